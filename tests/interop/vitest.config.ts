import { defineConfig } from 'vitest/config';

/**
 * Files that ask what happens and not how soon. Each mostly waits, for a browser to start and for pictures to come: two at a time cost the
 * machine little more than one. All others measure time, or change the machine's network, and have the machine to themselves.
 */
const TOGETHER = [
  'accessibility',
  'aiortc',
  'attack/chromium',
  'attack/client-hello',
  'attack/identity',
  'attack/stun',
  'bundle',
  'call',
  'data-channel',
  'direct',
  'file-transfer',
  'forwarded-call',
  'harness/harness',
  'lens',
  'libsrtp',
  'media',
  'media-calls',
  'media-forms',
  'media-layers',
  'publish',
  'relayed-call',
  'sfu',
  'sfu-joins',
  'sfu-node',
  'sfu-screen',
  'turn-relay',
  'turn-tools',
].map((name) => `src/${name}.test.ts`);

/** Real browsers and real sockets. */
export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['@maru/source'] },
  ssr: { resolve: { conditions: ['@maru/source', 'node', 'import', 'default'] } },
  test: {
    pool: 'forks',
    maxConcurrency: 6, // of tests that say that they mostly wait
    testTimeout: 240_000,
    hookTimeout: 240_000,
    reporters: ['verbose'],
    projects: [
      { extends: true, test: { name: 'together', include: TOGETHER, maxWorkers: 2 } },
      { extends: true, test: { name: 'alone', include: ['src/**/*.test.ts'], exclude: TOGETHER, fileParallelism: false } },
    ],
  },
});
