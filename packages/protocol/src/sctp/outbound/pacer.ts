import { type Instant, NEVER } from '../../core/index.js';

const MIN_BURST_PACKETS = 8;
/** Shortest wait: drivers tick in milliseconds. */
const MIN_WAIT_MS = 1;

/** Spreads packets over the round trip instead of sending a window at once: a token bucket in bytes. */
export class Pacer {
  private credit = 0;
  private filledAt: Instant = 0;

  constructor(private packetBytes: number) {}

  set packetSize(bytes: number) {
    this.packetBytes = bytes;
  }

  /** When the next packet may leave: `now`, or later. Up to `burstMs` of the rate may be saved up. */
  releaseAt(now: Instant, bytesPerMs: number, burstMs: number): Instant {
    if (bytesPerMs === Infinity) return now;
    const burst = Math.max(burstMs * bytesPerMs, MIN_BURST_PACKETS * this.packetBytes);
    this.credit = Math.min(burst, this.credit + (now - this.filledAt) * bytesPerMs);
    this.filledAt = now;
    if (this.credit > 0) return now;
    return bytesPerMs > 0 ? now + Math.max(MIN_WAIT_MS, (this.packetBytes - this.credit) / bytesPerMs) : NEVER;
  }

  sent(bytes: number): void {
    this.credit -= bytes;
  }

  /** Not paced until now: what was sent so is no debt. */
  forgive(now: Instant): void {
    this.credit = 0;
    this.filledAt = now;
  }
}
