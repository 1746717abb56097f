/** How the queue of the path develops: it grows, it empties, or it does neither. */
export type NetworkUsage = 'over' | 'under' | 'normal';

/** Groups of packets that the line is drawn through. */
const WINDOW = 20;
const NO_POINTS = new Float64Array(0);
const SMOOTHING = 0.9;
const GAIN = 4;
const MAX_COUNTED_GROUPS = 60;
/** A queue has to grow for so long before we believe it. */
const OVERUSE_MS = 10;
const FIRST_THRESHOLD_MS = 12.5;
const MIN_THRESHOLD_MS = 6;
const MAX_THRESHOLD_MS = 600;
/** How fast the threshold follows: slowly down, so that a queue that is filled by others does not starve us (draft-ietf-rmcat-gcc-02 §5.4). */
const GAIN_UP = 0.0087;
const GAIN_DOWN = 0.039;
const MAX_THRESHOLD_JUMP_MS = 15;
const MAX_THRESHOLD_STEP_MS = 100;

/**
 * Whether the delay of the path grows: the slope of a line through the smoothed delays of the last groups, against a threshold that
 * adapts (draft-ietf-rmcat-gcc-02 §5.4; the slope in place of its Kalman filter, as libwebrtc).
 */
export class TrendlineDetector {
  usage: NetworkUsage = 'normal';
  /** Makes the detector less sensitive while others fill the queue: see {@link Competition}. */
  tolerance = 1;
  /** Of each group its arrival, and then of each its delay. Made with the first. */
  private points = NO_POINTS;
  private groups = 0;
  private firstArrivedAt = 0;
  private accumulatedMs = 0;
  private smoothedMs = 0;
  private slope = 0;
  private slopeBefore = 0;
  private thresholdMs = FIRST_THRESHOLD_MS;
  private thresholdAt = Number.NaN;
  private overMs = -1;
  private overGroups = 0;

  /** Two groups were sent and arrived so far apart; the second arrived at `arrivedAt`. */
  add(sentDeltaMs: number, arrivalDeltaMs: number, arrivedAt: number): void {
    if (this.points.length === 0) this.points = new Float64Array(2 * WINDOW);
    if (this.groups === 0) this.firstArrivedAt = arrivedAt;
    const slot = this.groups % WINDOW;
    this.groups += 1;
    this.accumulatedMs += arrivalDeltaMs - sentDeltaMs;
    this.smoothedMs = SMOOTHING * this.smoothedMs + (1 - SMOOTHING) * this.accumulatedMs;
    this.points[slot] = arrivedAt - this.firstArrivedAt;
    this.points[WINDOW + slot] = this.smoothedMs;
    if (this.groups >= WINDOW) this.slope = this.fit() ?? this.slope;
    this.detect(sentDeltaMs, arrivedAt);
  }

  /** What looked like a queue is none. */
  excuse(): void {
    this.usage = 'normal';
  }

  reset(): void {
    this.groups = 0;
    this.accumulatedMs = this.smoothedMs = this.slope = this.slopeBefore = 0;
    this.overMs = -1;
    this.overGroups = 0;
    this.usage = 'normal';
    this.thresholdAt = Number.NaN;
  }

  /** The slope of the least squares line; undefined where all arrived at once. */
  private fit(): number | undefined {
    let meanArrival = 0;
    let meanDelay = 0;
    for (let i = 0; i < WINDOW; i++) {
      meanArrival += this.points[i]!;
      meanDelay += this.points[WINDOW + i]!;
    }
    meanArrival /= WINDOW;
    meanDelay /= WINDOW;
    let covariance = 0;
    let variance = 0;
    for (let i = 0; i < WINDOW; i++) {
      const off = this.points[i]! - meanArrival;
      covariance += off * (this.points[WINDOW + i]! - meanDelay);
      variance += off * off;
    }
    return variance === 0 ? undefined : covariance / variance;
  }

  private detect(sentDeltaMs: number, arrivedAt: number): void {
    if (this.groups < 2) {
      this.usage = 'normal';
      return;
    }
    const trendMs = Math.min(this.groups, MAX_COUNTED_GROUPS) * this.slope * GAIN;
    const thresholdMs = this.thresholdMs * this.tolerance;
    if (trendMs > thresholdMs) {
      this.overMs = this.overMs < 0 ? sentDeltaMs / 2 : this.overMs + sentDeltaMs;
      this.overGroups += 1;
      if (this.overMs > OVERUSE_MS && this.overGroups > 1 && this.slope >= this.slopeBefore) {
        this.overMs = 0;
        this.overGroups = 0;
        this.usage = 'over';
      }
    } else {
      this.overMs = -1;
      this.overGroups = 0;
      this.usage = trendMs < -thresholdMs ? 'under' : 'normal';
    }
    this.slopeBefore = this.slope;
    this.adaptThreshold(trendMs, arrivedAt);
  }

  private adaptThreshold(trendMs: number, arrivedAt: number): void {
    const elapsedMs = Number.isNaN(this.thresholdAt) ? 0 : arrivedAt - this.thresholdAt;
    this.thresholdAt = arrivedAt;
    const size = Math.abs(trendMs);
    if (size > this.thresholdMs + MAX_THRESHOLD_JUMP_MS) return; // a sudden change of the path, which must not make us deaf
    const gain = size < this.thresholdMs ? GAIN_DOWN : GAIN_UP;
    const stepMs = Math.min(Math.max(elapsedMs, 0), MAX_THRESHOLD_STEP_MS);
    const next = this.thresholdMs + gain * (size - this.thresholdMs) * stepMs;
    this.thresholdMs = Math.min(Math.max(next, MIN_THRESHOLD_MS), MAX_THRESHOLD_MS);
  }
}
