import type { Instant } from '../../core/index.js';

/** Up to this loss the rate grows, above the other it falls (draft-ietf-rmcat-gcc-02 §6). */
const LITTLE = 0.02;
const MUCH = 0.1;
const GROWTH = 1.08;
const MIN_SPACING_MS = 300;

/** The estimate of last resort, by the loss that reports tell of once a second, where there is no feedback of single packets. */
export class ReportedLoss {
  /** Undefined before the first report. */
  bitsPerSecond: number | undefined;
  private at: Instant = Number.NEGATIVE_INFINITY;

  add(now: Instant, lossShare: number, currentBps: number, maxBps: number): void {
    if (now - this.at < MIN_SPACING_MS) return;
    const seconds = Math.min(1, (now - this.at) / 1_000);
    this.at = now;
    const from = this.bitsPerSecond ?? currentBps;
    if (lossShare > MUCH) this.bitsPerSecond = from * (1 - 0.5 * Math.min(lossShare, 1));
    else if (lossShare < LITTLE) this.bitsPerSecond = Math.min(maxBps, from * GROWTH ** seconds);
    else this.bitsPerSecond = from;
  }

  reset(): void {
    this.bitsPerSecond = undefined;
  }
}
