import type { Instant } from '@maru/protocol/core';

/** When something happens: on the monotonic clock for deadlines, and on the wall for people and for storage. */
export interface Moment {
  readonly instant: Instant;
  /** Milliseconds since 1970, UTC. */
  readonly wallMs: number;
}

/** Wall time as the API writes it. */
export const isoOf = (wallMs: number): string => new Date(wallMs).toISOString();
