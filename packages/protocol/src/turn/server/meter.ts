import type { Instant } from '../../core/index.js';
import type { Traffic } from './contract.js';

/** What may be sent at once after a pause: half a second of the rate, and at least so many bytes (a keyframe). */
const LEAST_BURST_BYTES = 65_536;
const BURST_MS = 500;

/** A stream is told of a chunk when it was read: it may be so far over its rate. */
const MOST_DEBT_BYTES = 1_048_576;

/** A rate as meters take it: 0 for none, since Infinity is a double, which each call on the packet path would put on the heap. */
export function rateOf(bps: number): number {
  return Number.isFinite(bps) ? bps : 0;
}

/** Counts one direction, and holds it to a rate with a token bucket. Ordinary fields: it is asked for every packet. */
export class Meter implements Traffic {
  packets = 0;
  bytes = 0;
  dropped = 0;
  private tokens: number;
  private refilledAt: Instant;

  constructor(now: Instant) {
    this.refilledAt = now;
    this.tokens = LEAST_BURST_BYTES;
  }

  /** Whether `bytes` fit the rate ({@link rateOf}) now. Nothing is counted yet: another meter may still refuse. */
  fits(now: Instant, bytes: number, bps: number): boolean {
    if (bps === 0) return true;
    const elapsedMs = now - this.refilledAt;
    if (elapsedMs > 0) {
      this.refilledAt = now;
      this.tokens = Math.min(this.tokens + (elapsedMs * bps) / 8_000, burstBytes(bps));
    }
    return this.tokens >= bytes;
  }

  count(bytes: number): void {
    this.packets += 1;
    this.bytes += bytes;
    this.tokens = Math.max(this.tokens - bytes, -MOST_DEBT_BYTES);
  }

  /** How long the rate makes a stream wait after what it has sent: the debt of the bucket in milliseconds. */
  debtMs(bps: number): number {
    return this.tokens >= 0 || bps === 0 ? 0 : Math.ceil((-this.tokens * 8_000) / bps);
  }

  snapshot(): Traffic {
    const { packets, bytes, dropped } = this;
    return { packets, bytes, dropped };
  }
}

function burstBytes(bps: number): number {
  return Math.max((BURST_MS * bps) / 8_000, LEAST_BURST_BYTES);
}
