import type { Instant } from '../../core/index.js';

const FIRST_MS = 100;
const SMOOTHING = 1 / 8;
/** For how long a shortest round trip counts as the path's own. */
const EPOCH_MS = 5_000;

/** The round trip, from when packets were sent to when feedback told of them: smoothed, and without queues. */
export class RoundTripEstimate {
  smoothedMs = FIRST_MS;
  private isKnown = false;
  private shortest = Infinity;
  private shortestBefore = Infinity;
  private epochAt: Instant = Number.NEGATIVE_INFINITY;

  /** The shortest of the last seconds. */
  get shortestMs(): number {
    const shortest = Math.min(this.shortest, this.shortestBefore);
    return shortest === Infinity ? FIRST_MS : shortest;
  }

  add(now: Instant, ms: number): void {
    if (!(ms >= 0)) return;
    if (now - this.epochAt > EPOCH_MS) {
      this.shortestBefore = this.shortest;
      this.shortest = Infinity;
      this.epochAt = now;
    }
    if (ms < this.shortest) this.shortest = ms;
    this.smoothedMs = this.isKnown ? this.smoothedMs + SMOOTHING * (ms - this.smoothedMs) : ms;
    this.isKnown = true;
  }

  reset(): void {
    this.isKnown = false;
    this.smoothedMs = FIRST_MS;
    this.shortest = this.shortestBefore = Infinity;
  }
}
