import type { Instant } from '@maru/protocol/core';

/** Allows a steady rate and bursts above it: what was taken drains away at the rate, and may stand at most as high as the burst. */
export class TokenBucket {
  private level = 0;

  constructor(
    private drainedAt: Instant,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  /** Takes `cost`; false when that would be too much. `extraBurst` raises the burst for this moment. */
  take(now: Instant, cost: number = 1, extraBurst: number = 0): boolean {
    this.level = Math.max(0, this.level - ((now - this.drainedAt) * this.perSecond) / 1_000);
    this.drainedAt = now;
    if (this.level + cost > this.burst + extraBurst) return false;
    this.level += cost;
    return true;
  }
}
