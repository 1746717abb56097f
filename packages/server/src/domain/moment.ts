import type { Instant } from '@maru/protocol/core';

/** When something happens: on the monotonic clock for deadlines, and on the wall for people and for storage. */
export interface Moment {
  readonly instant: Instant;
  /** Milliseconds since 1970, UTC. */
  readonly wallMs: number;
}

let last = { wallMs: 0, iso: '1970-01-01T00:00:00.000Z' };

/** Wall time as the API writes it. What happens within one millisecond is written once. */
export function isoOf(wallMs: number): string {
  if (wallMs !== last.wallMs) last = { wallMs, iso: new Date(wallMs).toISOString() };
  return last.iso;
}
