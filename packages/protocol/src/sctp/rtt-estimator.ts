import type { Instant } from '../core/index.js';

/** RTO.Initial, RTO.Alpha and RTO.Beta (RFC 9260 §16). */
const INITIAL_RTO_MS = 1_000;
const ALPHA = 1 / 8;
const BETA = 1 / 4;

/** How long a minimum counts: long enough for the queue to have been empty once, short enough to follow a route change. */
const MIN_RTT_WINDOW_MS = 10_000;

/** Round-trip times of one path: smoothed, their variation, the least of late, and the timeout (RFC 9260 §6.3.1). */
export class RttEstimator {
  /** Undefined until the first measurement. */
  smoothedMs: number | undefined;
  latestMs = 0;
  private variationMs = 0;
  private currentMinMs = Infinity;
  private previousMinMs = Infinity;
  private windowEndsAt: Instant = 0;

  constructor(
    private readonly minRtoMs: number,
    private readonly maxRtoMs: number,
  ) {}

  /** The least of the last ten to twenty seconds; Infinity before the first measurement. */
  get minMs(): number {
    return Math.min(this.currentMinMs, this.previousMinMs);
  }

  /**
   * RTO, without back-off. RTO.Min is a floor of the variation, not of the sum (as Linux has it): a steady queue makes
   * round trips long and alike, and a timeout must not follow them so closely that one late packet sets it off.
   */
  get timeoutMs(): number {
    if (this.smoothedMs === undefined) return Math.min(INITIAL_RTO_MS, this.maxRtoMs);
    return Math.min(this.smoothedMs + Math.max(4 * this.variationMs, this.minRtoMs), this.maxRtoMs);
  }

  measured(now: Instant, rttMs: number): void {
    this.latestMs = rttMs;
    if (this.smoothedMs === undefined) {
      this.smoothedMs = rttMs;
      this.variationMs = rttMs / 2;
    } else {
      this.variationMs += BETA * (Math.abs(this.smoothedMs - rttMs) - this.variationMs);
      this.smoothedMs += ALPHA * (rttMs - this.smoothedMs);
    }
    this.updateMinimum(now, rttMs);
  }

  /** The path is another one. */
  reset(): void {
    this.smoothedMs = undefined;
    this.latestMs = 0;
    this.currentMinMs = this.previousMinMs = Infinity;
    this.windowEndsAt = 0;
  }

  private updateMinimum(now: Instant, rttMs: number): void {
    if (now >= this.windowEndsAt) {
      this.previousMinMs = this.currentMinMs;
      this.currentMinMs = rttMs;
      this.windowEndsAt = now + MIN_RTT_WINDOW_MS;
    } else if (rttMs < this.currentMinMs) this.currentMinMs = rttMs;
  }
}
