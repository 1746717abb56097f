import type { Instant } from '../../core/index.js';

const FIRST_MS = 100;
const SMOOTHING = 1 / 8;
/** For how long a shortest round trip counts as the path's own. */
const EPOCH_MS = 5_000;
const BASE_CREEP_MS_PER_S = 0.5;
const MOMENT_MS = 500;

/** The round trip, from when packets were sent to when feedback told of them: smoothed, and without queues. */
export class RoundTripEstimate {
  smoothedMs = FIRST_MS;
  /** The shortest ever on this path; it creeps up, so that a path that has become longer is learnt in a minute or so. */
  private baseMs = Infinity;
  private baseAt: Instant = 0;
  /** The shortest of this moment and of the one before. */
  private lately = Infinity;
  private latelyBefore = Infinity;
  private momentAt: Instant = Number.NEGATIVE_INFINITY;
  private isKnown = false;
  private shortest = Infinity;
  private shortestBefore = Infinity;
  private epochAt: Instant = Number.NEGATIVE_INFINITY;

  /** The shortest of the last seconds. */
  get shortestMs(): number {
    const shortest = Math.min(this.shortest, this.shortestBefore);
    return shortest === Infinity ? FIRST_MS : shortest;
  }

  /** How much longer than over an empty path it is now, at the least: a queue that stands, not jitter. */
  get queueMs(): number {
    return this.baseMs === Infinity ? 0 : Math.max(0, Math.min(this.lately, this.latelyBefore) - this.baseMs);
  }

  add(now: Instant, ms: number): void {
    if (!(ms >= 0)) return;
    if (now - this.epochAt > EPOCH_MS) {
      this.shortestBefore = this.shortest;
      this.shortest = Infinity;
      this.epochAt = now;
    }
    if (ms < this.shortest) this.shortest = ms;
    this.baseMs = Math.min(ms, this.baseMs + (BASE_CREEP_MS_PER_S * Math.max(0, now - this.baseAt)) / 1_000);
    this.baseAt = now;
    if (now - this.momentAt > MOMENT_MS) {
      this.latelyBefore = this.lately;
      this.lately = Infinity;
      this.momentAt = now;
    }
    if (ms < this.lately) this.lately = ms;
    this.smoothedMs = this.isKnown ? this.smoothedMs + SMOOTHING * (ms - this.smoothedMs) : ms;
    this.isKnown = true;
  }

  reset(): void {
    this.isKnown = false;
    this.smoothedMs = FIRST_MS;
    this.shortest = this.shortestBefore = this.baseMs = this.lately = this.latelyBefore = Infinity;
  }
}
