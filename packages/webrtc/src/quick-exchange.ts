import type { Instant } from '@maru/protocol/core';

/** An answer within this time is quick: it may have had to wake both ends. */
const QUICK_MS = 0.3;
/**
 * How long to stay awake for an answer that is late. It is longer than anything takes that wakes up on either side: a core that
 * has fallen asleep costs the next answers as well, and those make the 99th percentile. Whoever is answered may sleep at once.
 */
export const AWAKE_MS = 1;
/** So many quick answers in a row, and another is to be expected … */
const CONVINCED = 2;
/** … twice as many after so many in a row were waited for in vain (a single one says only that something else had the core), … */
const DOUBTS = 2;
/** … up to this: both ends may be on one core, and each keeps the other off it. */
const MOST_DOUBTFUL = 256;
const NOT_WAITING: Instant = -1;

/**
 * Notices that scripts at both ends take turns, each answering the other at once: then the time that a message takes is mostly
 * that of waking two processes, and who has spoken may stay awake for the answer. Where two messages go or come for one, it
 * starts over: streams keep nobody awake.
 */
export class QuickExchange {
  private spokeAt: Instant = NOT_WAITING;
  private quickAnswers = 0;
  private needed = CONVINCED;
  /** Answers in a row that were waited for in vain. */
  private late = 0;

  /** A message came. Returns whether somebody stayed awake for it. */
  heard(now: Instant): boolean {
    const wasAwake = this.spokeAt !== NOT_WAITING && this.quickAnswers >= this.needed;
    if (this.spokeAt === NOT_WAITING) this.quickAnswers = 0;
    else this.answered(now - this.spokeAt);
    this.spokeAt = NOT_WAITING;
    return wasAwake;
  }

  /** A script has sent something. Returns whether it is worth while to stay awake for {@link AWAKE_MS}. */
  spoke(now: Instant): boolean {
    if (this.spokeAt !== NOT_WAITING) this.quickAnswers = 0; // twice, and no answer yet
    this.spokeAt = now;
    return this.quickAnswers >= this.needed;
  }

  private answered(afterMs: number): void {
    if (this.quickAnswers < this.needed) {
      this.quickAnswers = afterMs <= QUICK_MS ? this.quickAnswers + 1 : 0;
      return;
    }
    if (afterMs <= AWAKE_MS) {
      this.late = 0;
      this.needed = Math.max(CONVINCED, this.needed / 2);
    } else if (++this.late === DOUBTS) {
      this.late = this.quickAnswers = 0;
      this.needed = Math.min(MOST_DOUBTFUL, this.needed * 2);
    }
  }
}
