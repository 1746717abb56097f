import { type Instant, NEVER } from '@maru/protocol/core';

/** How often it is looked at while something is sent again or waits. */
const REVIEW_MS = 100;
/** Over which retransmissions are averaged. */
const WINDOW_MS = 500;
/** So much of the rate may always wait: frames are not packets. */
const FREE_QUEUE_MS = 100;
/** What waits beyond that is to be gone after so long. */
const DRAIN_MS = 1_000;
/** Encoders keep so much in any case: a picture that is too coarse is better than none. */
const LEAST_SHARE = 0.1;
/** Nothing is switched off for a rate that is too low for it for less than this: an estimate that has just fallen has often fallen too far. */
const SHORT_MS = 3_000;
/** Below that, nothing is sent again that mattered. */
const SILENCE_BPS = 1_000;

/**
 * How much of the rate is left for encoders: what is sent again comes out of it, and what waits to be sent already. Without it the
 * retransmissions that a full queue causes would come on top of the rate, and keep the queue full. Pictures become coarser by it, and
 * are not switched off.
 */
export class EncoderHeadroom {
  /** When {@link of} is next worth asking. */
  deadline: Instant = NEVER;
  private resentBps = 0;
  private at: Instant = 0;
  /** Since when there is too little for everything; NaN while there is enough. */
  private shortSince: Instant = Number.NaN;

  /** A retransmission of so many bytes has left. */
  resent(now: Instant, bytes: number): void {
    this.decay(now);
    this.resentBps += (bytes * 8_000) / WINDOW_MS;
    this.review(now);
  }

  /** So many bytes wait. */
  waiting(now: Instant, queuedBytes: number, targetBps: number): void {
    if (backlogBps(queuedBytes, targetBps) > 0) this.review(now);
  }

  /** Of `targetBps`, where so many bytes wait; with less than `leastBps`, pictures are switched off. */
  of(now: Instant, targetBps: number, queuedBytes: number, leastBps: number): number {
    this.decay(now);
    const backlog = backlogBps(queuedBytes, targetBps);
    const isBridged = this.isBridged(now, targetBps < leastBps);
    this.deadline = this.resentBps > SILENCE_BPS || backlog > 0 || isBridged ? now + REVIEW_MS : NEVER;
    const least = targetBps < leastBps && !isBridged ? targetBps : leastBps;
    return Math.max(least, targetBps * LEAST_SHARE, targetBps - this.resentBps - backlog);
  }

  /** Whether there is too little, but not for long. */
  private isBridged(now: Instant, isShort: boolean): boolean {
    if (!isShort) this.shortSince = Number.NaN;
    else if (Number.isNaN(this.shortSince)) this.shortSince = now;
    return isShort && now - this.shortSince < SHORT_MS;
  }

  private review(now: Instant): void {
    this.deadline = Math.min(this.deadline, now + REVIEW_MS);
  }

  private decay(now: Instant): void {
    this.resentBps *= Math.exp((this.at - now) / WINDOW_MS);
    this.at = now;
  }
}

function backlogBps(queuedBytes: number, targetBps: number): number {
  return (Math.max(0, queuedBytes * 8 - (targetBps * FREE_QUEUE_MS) / 1_000) * 1_000) / DRAIN_MS;
}
