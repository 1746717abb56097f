/** Of queueing that we allow ourselves before we hold back. */
const QUEUE_MS = 350;
const MIN_WINDOW_BYTES = 2 * 1_500;

/**
 * Bounds how much may be on its way: faster than any estimate, it tells encoders to give less and the pacer to wait when feedback
 * stays away or a queue builds up.
 */
export class CongestionWindow {
  /** What of the estimate encoders are to be told, from 0 to 1. */
  encoderShare = 1;
  isFull = false;

  update(inFlightBytes: number, estimateBps: number, roundTripMs: number): void {
    const window = Math.max(MIN_WINDOW_BYTES, (estimateBps * (roundTripMs + QUEUE_MS)) / 8_000);
    this.isFull = inFlightBytes > window;
  }

  /** Feedback came: the share moves by how full the window is. */
  adapt(inFlightBytes: number, estimateBps: number, roundTripMs: number): void {
    this.update(inFlightBytes, estimateBps, roundTripMs);
    const fill = inFlightBytes / Math.max(MIN_WINDOW_BYTES, (estimateBps * (roundTripMs + QUEUE_MS)) / 8_000);
    if (fill > 1.5) this.encoderShare *= 0.9;
    else if (fill > 1) this.encoderShare *= 0.95;
    else if (fill < 0.1) this.encoderShare = 1;
    else this.encoderShare *= 1.05;
    this.encoderShare = Math.min(Math.max(this.encoderShare, 0.1), 1);
  }
}
