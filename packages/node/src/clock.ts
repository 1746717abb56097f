import type { Clock } from '@maru/protocol/core';

/** Longest delay that a Node.js timer keeps; above it, it fires at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(at, task) {
    const delayMs = Math.min(Math.max(0, Math.ceil(at - performance.now())), MAX_DELAY_MS);
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
