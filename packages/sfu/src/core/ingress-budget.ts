import type { Instant } from '@maru/protocol/core';

/** What may come at once: half a second of the budget, if nothing else is said. */
const BURST_MS = 500;
/** Said to be over until nothing was dropped for so long. */
const OVER_MS = 2_000;

/** What one publisher may send: two buckets, of bytes and of packets. What is beyond is dropped before anything is done with it (S-56). */
export class IngressBudget {
  dropped = 0;
  private bytes: number;
  private packets: number;
  private at: Instant = Number.NaN;
  private droppedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly bitsPerSecond: number,
    private readonly packetsPerSecond: number,
    private readonly burstMs = BURST_MS,
  ) {
    this.bytes = (bitsPerSecond * burstMs) / 8_000;
    this.packets = (packetsPerSecond * burstMs) / 1_000;
  }

  /**
   * Whether a packet of so many bytes is within the budget; it counts. What matters less leaves a share of what may come at once to what
   * matters more.
   */
  take(now: Instant, bytes: number, share = 0): boolean {
    if (now !== this.at) this.refill(now);
    const { burstMs } = this;
    const keptBytes = (share * this.bitsPerSecond * burstMs) / 8_000;
    const keptPackets = (share * this.packetsPerSecond * burstMs) / 1_000;
    if (this.bytes - bytes < keptBytes || this.packets - 1 < keptPackets) return this.refuse(now);
    this.bytes -= bytes;
    this.packets -= 1;
    return true;
  }

  /** Something is beyond what may be for another reason. */
  refuse(now: Instant): false {
    this.dropped += 1;
    this.droppedAt = now;
    return false;
  }

  isOver(now: Instant): boolean {
    return now - this.droppedAt < OVER_MS;
  }

  private refill(now: Instant): void {
    const elapsedMs = Number.isNaN(this.at) ? 0 : now - this.at;
    this.at = now;
    const { bitsPerSecond, packetsPerSecond, burstMs } = this;
    this.bytes = Math.min(this.bytes + (bitsPerSecond * elapsedMs) / 8_000, (bitsPerSecond * burstMs) / 8_000);
    this.packets = Math.min(this.packets + (packetsPerSecond * elapsedMs) / 1_000, (packetsPerSecond * burstMs) / 1_000);
  }
}
