import { defineConfig } from 'vitest/config';

/** Real hosts behind real NATs in network namespaces: needs root. */
export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['@maru/source'] },
  ssr: { resolve: { conditions: ['@maru/source', 'node', 'import', 'default'] } },
  test: { include: ['src/**/*.test.ts'], pool: 'forks', fileParallelism: false, testTimeout: 60_000, reporters: ['verbose'] },
});
