import type { Instant } from '../../core/index.js';

/** Least span to measure deliveries over: shorter round trips are within the noise of event loops. */
const MIN_SPAN_MS = 10;
/** Share of the window that must be delivered within a round trip for it to grow. */
const GROWTH_SHARE = 4;

/**
 * How much the peer may have us hold. It begins small and doubles while the peer delivers a good part of it each round
 * trip (receive buffer auto-tuning): a fast path gets the window that it needs, and a peer that only makes us hold
 * things never gets more than the beginning.
 */
export class ReceiveWindow {
  /** Bytes that we are ready to hold. */
  capacityBytes: number;
  private spanStartedAt: Instant = 0;
  private spanBytes = 0;

  constructor(
    initialBytes: number,
    private readonly maxBytes: number,
  ) {
    this.capacityBytes = initialBytes;
  }

  /** `bytes` of messages went to the owner. */
  delivered(now: Instant, bytes: number, rttMs: number): void {
    this.spanBytes += bytes;
    if (now - this.spanStartedAt < Math.max(rttMs, MIN_SPAN_MS)) return;
    if (this.spanBytes * GROWTH_SHARE >= this.capacityBytes)
      this.capacityBytes = Math.min(2 * this.capacityBytes, Math.max(this.maxBytes, this.capacityBytes));
    this.spanBytes = 0;
    this.spanStartedAt = now;
  }

  /** a_rwnd: what may still come (RFC 9260 §6.2). */
  advertised(heldBytes: number): number {
    return Math.max(0, this.capacityBytes - heldBytes);
  }
}
