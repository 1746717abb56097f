import type { Instant } from '@maru/protocol/core';

/** Allows a steady rate and short bursts above it. */
export class TokenBucket {
  private tokens: number;
  private filledAt: Instant;

  constructor(
    now: Instant,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
    this.filledAt = now;
  }

  /** Takes one; false when there is none. `extraBurst` raises the burst for this moment. */
  take(now: Instant, cost: number = 1, extraBurst: number = 0): boolean {
    const limit = this.burst + extraBurst;
    this.tokens = Math.min(limit, this.tokens + ((now - this.filledAt) * this.perSecond) / 1_000 + 0);
    this.filledAt = now;
    if (this.tokens < cost) return false;
    this.tokens -= cost;
    return true;
  }
}
