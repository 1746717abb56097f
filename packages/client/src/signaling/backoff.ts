import type { RandomSource } from '@maru/protocol/core';

const FIRST_MS = 300;
const LONGEST_MS = 7_000;

/** How long to wait before attempt `attempt` (0 and up): 0.3 s doubling to 7 s, of which a random half, so that a restarted server is not stormed. */
export function backoffMs(attempt: number, random: RandomSource): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + (random.uint32() / 0x1_0000_0000) * 0.5));
}
