import type { Instant } from '@maru/protocol/core';

/** The only two things a driver may ask of time. */
export interface Clock {
  now(): Instant;
  /** Runs `task` at or after `at`; the function returned cancels it. */
  schedule(at: Instant, task: () => void): () => void;
}

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
