import type { Instant } from '@maru/protocol/core';

/** Lowered once in this time at most: a key frame may be under way. */
const LOWER_MS = 500;
/** After so long within the budget, one encoding more is tried; twice as long after each time that it was too much at once. */
const RAISE_MS = 10_000;
const MAX_RAISE_MS = 320_000;

/**
 * Up to which encoding a publisher's simulcast is forwarded: it falls where the publisher sends more than its budget, so that the lower
 * encodings stay whole instead of all of them losing packets.
 */
export class EncodingCap {
  /** The highest encoding that is taken. */
  highest = Number.POSITIVE_INFINITY;
  private changedAt: Instant = Number.NEGATIVE_INFINITY;
  private overAt: Instant = Number.NEGATIVE_INFINITY;
  private raisedAt: Instant = Number.NEGATIVE_INFINITY;
  private waitMs = RAISE_MS;

  /** A packet was beyond the budget while this was the highest encoding that was sent. Whether the cap has fallen. */
  over(now: Instant, highestSent: number): boolean {
    this.overAt = now;
    const before = Math.min(this.highest, highestSent);
    if (before <= 0 || now - this.changedAt < LOWER_MS) return false;
    this.highest = before - 1;
    this.changedAt = now;
    this.waitMs = now - this.raisedAt < RAISE_MS ? Math.min(2 * this.waitMs, MAX_RAISE_MS) : RAISE_MS;
    return true;
  }

  /** Whether the cap has risen. `encodings` is how many there are at most. */
  advance(now: Instant, encodings: number): boolean {
    if (this.highest === Number.POSITIVE_INFINITY || now - Math.max(this.overAt, this.changedAt) < this.waitMs) return false;
    this.highest = this.highest + 1 < encodings - 1 ? this.highest + 1 : Number.POSITIVE_INFINITY;
    this.changedAt = this.raisedAt = now;
    return true;
  }
}
