import type { Instant } from '@maru/protocol/core';

/** How much of the server's allowance we use: clocks and networks bunch messages together. */
const SHARE = 0.8;

/**
 * Keeps our sending below what the server allows, so that forty candidates at once are spread instead of ending the connection.
 * A bucket that fills at the allowed rate (RFC 2697 calls it a token bucket).
 */
export class Pace {
  private level: number;
  private filledAt: Instant;

  constructor(
    now: Instant,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.level = burst * SHARE;
    this.filledAt = now;
  }

  /** How many messages may go out now. */
  available(now: Instant): number {
    this.level = Math.min(this.burst * SHARE, this.level + ((now - this.filledAt) / 1000) * this.perSecond * SHARE);
    this.filledAt = now;
    return Math.floor(this.level + 1e-9);
  }

  spend(count: number): void {
    this.level -= count;
  }

  /** When at least one more may go out. */
  nextAt(now: Instant): Instant {
    const missing = 1 - this.level;
    return missing <= 0 ? now : now + (missing / (this.perSecond * SHARE)) * 1000 + 1;
  }
}
