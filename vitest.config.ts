import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** What is pure holds nothing outside its objects: its tests may share a thread, and the modules that the thread has loaded. */
const PURE = ['packages/{protocol,netsim,signaling}/**/*.test.ts', 'packages/sfu/src/core/**/*.test.ts'];

/** Unit tests, vectors, properties and simulations: everything that needs neither a browser nor a network namespace. */
export default defineConfig({
  resolve: { conditions: ['@maru/source'] },
  ssr: { resolve: { conditions: ['@maru/source', 'node', 'import', 'default'] } },
  test: {
    pool: 'threads',
    maxWorkers: availableParallelism(), // not one core less, which is half of a small machine
    testTimeout: 120_000, // what is under virtual time ends by the processor alone, and others may want it too
    hookTimeout: 120_000, // films are made in some of them
    passWithNoTests: false,
    projects: [
      { extends: true, test: { name: 'pure', include: PURE, isolate: false, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          name: 'others',
          maxWorkers: availableParallelism() + 1, // one of them waits for sockets, timers or programs
          include: [
            'packages/**/src/**/*.test.ts',
            'packages/**/test/**/*.test.ts',
            'apps/**/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'bench/**/*.test.mjs',
          ],
          exclude: ['**/node_modules/**', ...PURE],
        },
      },
    ],
  },
});
