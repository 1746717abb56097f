import type { Instant } from '@maru/protocol/core';

/** After a fall for want of room a higher layer is tried again after this: each switch costs a key frame. */
const FIRST_MS = 3_000;
/** What rose and fell again within this was a mistake, and the next try comes after twice as long, */
const TOO_SOON_MS = 15_000;
/** up to this. */
const LONGEST_MS = 60_000;

/** How long somebody whose line carried no more is left in peace before more is tried: longer each time that it was in vain. */
export class RisePacing {
  /** Before, only with much more room than is needed. */
  raiseAt: Instant = Number.NEGATIVE_INFINITY;
  private roseAt: Instant = Number.NEGATIVE_INFINITY;
  private waitMs = FIRST_MS;

  rose(now: Instant): void {
    this.roseAt = now;
  }

  fell(now: Instant): void {
    const wasInVain = now - this.roseAt < TOO_SOON_MS;
    this.waitMs = wasInVain ? Math.min(this.waitMs * 2, LONGEST_MS) : FIRST_MS;
    this.raiseAt = now + this.waitMs;
  }
}
