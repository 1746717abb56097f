import { defineConfig } from 'vitest/config';

/** Unit tests, vectors, properties and simulations: everything that needs neither a browser nor a network namespace. */
export default defineConfig({
  resolve: { conditions: ['@maru/source'] },
  ssr: { resolve: { conditions: ['@maru/source', 'node', 'import', 'default'] } },
  test: {
    include: [
      'packages/**/src/**/*.test.ts',
      'packages/**/test/**/*.test.ts',
      'apps/**/src/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    pool: 'threads',
    maxWorkers: '100%', // not one core less, which is half of a small machine
    testTimeout: 20_000,
    passWithNoTests: false,
  },
});
