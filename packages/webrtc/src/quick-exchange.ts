import type { Instant } from '@maru/protocol/core';

/** An answer within this time is quick: it may have had to wake both ends. */
const QUICK_MS = 0.3;
/** How long to stay awake for an answer: twice what it takes where nobody sleeps. */
export const AWAKE_MS = 0.1;
/** So many quick answers in a row, and another is to be expected … */
const CONVINCED = 2;
/** … twice as many after each one that was waited for in vain, up to this: both ends may be on one core, and each keeps the other off it. */
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

  /** A message came. */
  heard(now: Instant): void {
    if (this.spokeAt === NOT_WAITING) this.quickAnswers = 0;
    else this.answered(now - this.spokeAt);
    this.spokeAt = NOT_WAITING;
  }

  /** A script has sent something. Returns whether it is worth while to stay awake for {@link AWAKE_MS}. */
  spoke(now: Instant): boolean {
    if (this.spokeAt !== NOT_WAITING) this.quickAnswers = 0; // twice, and no answer yet
    this.spokeAt = now;
    return this.quickAnswers >= this.needed;
  }

  private answered(afterMs: number): void {
    const wasAwake = this.quickAnswers >= this.needed;
    const isQuick = afterMs <= (wasAwake ? AWAKE_MS : QUICK_MS);
    if (wasAwake) this.needed = isQuick ? Math.max(CONVINCED, this.needed / 2) : Math.min(MOST_DOUBTFUL, this.needed * 2);
    this.quickAnswers = isQuick ? this.quickAnswers + 1 : 0;
  }
}
