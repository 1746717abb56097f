import type { Instant } from '@maru/protocol/core';

/** After a fall for want of room a higher layer is tried again after this: each switch costs a key frame. */
const FIRST_MS = 3_000;
/** What rose and fell again within this was a mistake, and the next try comes after twice as long, */
const TOO_SOON_MS = 15_000;
/** up to this; */
const LONGEST_MS = 60_000;
/** and sooner where nothing is seen at all. */
const LONGEST_GONE_MS = 6_000;
/** Who fell before rises only on room that has been there for so long: an estimate may be too high for a moment, behind a probe. */
const STEADY_MS = 2_000;
/** What is all that is seen stays for so long without the room for it: an estimate may be too low for a moment, too. */
const GRACE_MS = 2_000;

/** How long somebody whose line carried no more is left in peace before more is tried: longer each time that it was in vain. */
export class RisePacing {
  /** Before, only with much more room than is needed. */
  raiseAt: Instant = Number.NEGATIVE_INFINITY;
  private roseAt: Instant = Number.NEGATIVE_INFINITY;
  private waitMs = FIRST_MS;
  private roomSince: Instant = Number.NaN;
  private lackingSince: Instant = Number.NaN;

  rose(now: Instant): void {
    this.roseAt = now;
    this.roomSince = Number.NaN;
  }

  /** `isGone`: nothing is left of it. */
  fell(now: Instant, isGone: boolean): void {
    const wasInVain = now - this.roseAt < TOO_SOON_MS;
    const longestMs = isGone ? LONGEST_GONE_MS : LONGEST_MS;
    this.waitMs = wasInVain ? Math.min(this.waitMs * 2, longestMs) : FIRST_MS;
    this.raiseAt = now + this.waitMs;
    this.roomSince = this.lackingSince = Number.NaN;
  }

  /** Whether the least may stay for now, where the room for it is lacking, or is not. */
  mayStay(now: Instant, isLacking: boolean): boolean {
    if (!isLacking) this.lackingSince = Number.NaN;
    else if (Number.isNaN(this.lackingSince)) this.lackingSince = now;
    return !isLacking || now - this.lackingSince < GRACE_MS;
  }

  /** Whether more may be tried, as there is room for it now, or not. */
  mayRise(now: Instant, hasRoom: boolean): boolean {
    if (!hasRoom) this.roomSince = Number.NaN;
    else if (Number.isNaN(this.roomSince)) this.roomSince = now;
    return hasRoom && (this.raiseAt === Number.NEGATIVE_INFINITY || now - this.roomSince >= STEADY_MS);
  }
}
