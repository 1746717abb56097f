import type { Instant } from '../../core/index.js';

/** A queue of this length that does not go away though we hold back is filled by somebody else; */
const STANDING_MS = 40;
/** once it has been as short as this, it is over. */
const GONE_MS = 25;
/** So long it has to stand, the first time and when it is looked at again: our own queue is gone by then. */
const FIRST_DOUBT_MS = 4_000;
const DOUBT_MS = 2_000;
/** After so long we hold back again, to see whether it is not our own by now. */
const COMPETING_MS = 10_000;

/**
 * Whether somebody else fills the queue of the path, such as a download that goes on until packets are lost. Who then holds back at
 * each sign of a queue gets nothing (the starving that draft-ietf-rmcat-gcc-02 §5.4 warns of).
 */
export class Competition {
  isCompeting = false;
  private standingSince: Instant = Number.NaN;
  private competingSince: Instant = Number.NaN;
  private doubtMs = FIRST_DOUBT_MS;

  /** The round trip is longer by `queueMs` than it is over an empty path. True when we are to hold back for a moment, to see. */
  update(now: Instant, queueMs: number): boolean {
    if (queueMs < GONE_MS) this.reset();
    else if (this.isCompeting) return this.recheck(now);
    else if (queueMs < STANDING_MS) this.standingSince = Number.NaN;
    else if (Number.isNaN(this.standingSince)) this.standingSince = now;
    else if (now - this.standingSince >= this.doubtMs) {
      this.isCompeting = true;
      this.competingSince = now;
    }
    return false;
  }

  reset(): void {
    this.isCompeting = false;
    this.standingSince = Number.NaN;
    this.doubtMs = FIRST_DOUBT_MS;
  }

  private recheck(now: Instant): boolean {
    if (now - this.competingSince < COMPETING_MS) return false;
    this.isCompeting = false;
    this.standingSince = now;
    this.doubtMs = DOUBT_MS;
    return true;
  }
}
