import { defineConfig } from 'vitest/config';

/** Real hosts behind real NATs in network namespaces: needs root. They mostly wait, each in a lab of its own: four files at a time. */
export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['@maru/source'] },
  ssr: { resolve: { conditions: ['@maru/source', 'node', 'import', 'default'] } },
  test: {
    include: ['src/**/*.test.ts'],
    globalSetup: 'src/first-namespace.ts',
    pool: 'forks',
    maxWorkers: 4,
    testTimeout: 120_000,
    reporters: ['verbose'],
  },
});
