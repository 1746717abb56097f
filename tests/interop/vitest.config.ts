import { defineConfig } from 'vitest/config';

/** Real browsers, real sockets, one test at a time: the machine has two cores and every browser wants them. */
export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['@maru/source'] },
  ssr: { resolve: { conditions: ['@maru/source', 'node', 'import', 'default'] } },
  test: {
    include: ['src/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    maxConcurrency: 6, // of tests that say that they mostly wait
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ['verbose'],
  },
});
