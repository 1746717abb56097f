import type { Instant } from '@maru/protocol/core';

const INTERVAL_MS = 1_000;
/** How much of what was counted before still counts after another interval: some ten seconds in all. */
const REMEMBERED = 0.9;

/** Which share of the packets expected lately was lost, from counters that begin with the first packet. */
export class LossMeter {
  private at: Instant = Number.NEGATIVE_INFINITY;
  private expectedBefore = 0;
  private lostBefore = 0;
  private expected = 0;
  private lost = 0;

  /** From 0 to 1. */
  get share(): number {
    return this.expected > 0 ? Math.min(1, this.lost / this.expected) : 0;
  }

  /** Looks at the counters once a second; those of a source that is gone take theirs with them. */
  settle(now: Instant, expected: number, lost: number): void {
    if (now - this.at < INTERVAL_MS) return;
    this.at = now;
    this.expected = this.expected * REMEMBERED + Math.max(0, expected - this.expectedBefore);
    this.lost = this.lost * REMEMBERED + Math.max(0, lost - this.lostBefore);
    this.expectedBefore = expected;
    this.lostBefore = lost;
  }
}
