import type { Instant } from '@maru/protocol/core';

const WINDOW_MS = 10_000;
/** An ICE restart makes a generation of everything: one a second is plenty (S-26). */
const RESTART_INTERVAL_MS = 1_000;

/** How many offers one client may make, and how many restarts of ICE among them. */
export class OfferBudget {
  private readonly offeredAt: Instant[] = [];
  private restartedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(private readonly offersPerWindow: number) {}

  /** Whether an offer may come now; it is counted then. */
  takeOffer(now: Instant): boolean {
    while (this.offeredAt.length > 0 && now - this.offeredAt[0]! >= WINDOW_MS) this.offeredAt.shift();
    if (this.offeredAt.length >= this.offersPerWindow) return false;
    this.offeredAt.push(now);
    return true;
  }

  takeRestart(now: Instant): boolean {
    if (now - this.restartedAt < RESTART_INTERVAL_MS) return false;
    this.restartedAt = now;
    return true;
  }
}
