import type { Instant } from '@maru/protocol/core';

/** One restart in this time is what an honest peer may need at the most: each gathers anew and asks every server (S-26). */
const INTERVAL_MS = 1_000;

/** So many may come at once, after quiet: networks that change change more than once. */
const BURST = 5;

/** How often the other side may restart ICE (S-26). */
export class RestartBudget {
  /** When the budget is whole again. */
  private fullAt: Instant = Number.NEGATIVE_INFINITY;

  /** Takes one restart out of the budget; false when there is none left. */
  take(now: Instant): boolean {
    const fullAt = Math.max(this.fullAt, now) + INTERVAL_MS;
    if (fullAt > now + BURST * INTERVAL_MS) return false;
    this.fullAt = fullAt;
    return true;
  }
}
