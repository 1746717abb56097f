/** Constants of RFC 9406 §4.3. */
const MIN_RTT_THRESHOLD_MS = 4;
const MAX_RTT_THRESHOLD_MS = 16;
const CSS_GROWTH_DIVISOR = 4;
/** Rounds of conservative slow start. RFC 9406 has 5, growing threefold; with its delay signal once a round, it needs the doubt. */
const CSS_ROUNDS = 2;

/** Growth of the round trip over the path's own that means a queue (RFC 9406 §4.2, RttThresh). */
export function queueThresholdMs(minRttMs: number): number {
  return Math.max(MIN_RTT_THRESHOLD_MS, Math.min(minRttMs / 8, MAX_RTT_THRESHOLD_MS));
}

/**
 * HyStart++ (RFC 9406): ends slow start when round trips begin to grow, instead of when the queue overflows.
 *
 * Deviates in looking at the least of the latest samples instead of the least of a whole round: since we pace, a queue
 * builds up over the round, and the round's least is a round late: twice the window.
 */
export class HyStart {
  private isConservative = false;
  private conservativeRounds = 0;

  /** What slow start's growth is divided by. */
  get growthDivisor(): number {
    return this.isConservative ? CSS_GROWTH_DIVISOR : 1;
  }

  /** The least of the latest round trips, and of all. */
  measured(recentMs: number, minRttMs: number): void {
    const isQueueing = recentMs > minRttMs + queueThresholdMs(minRttMs);
    if (isQueueing === this.isConservative) return;
    this.isConservative = isQueueing; // leaving it: the growth was spurious
    this.conservativeRounds = 0;
  }

  /** A round trip is over; returns whether slow start is. */
  roundEnded(): boolean {
    if (!this.isConservative) return false;
    this.conservativeRounds += 1;
    return this.conservativeRounds >= CSS_ROUNDS;
  }

  reset(): void {
    this.isConservative = false;
    this.conservativeRounds = 0;
  }
}
