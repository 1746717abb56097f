import type { PayloadLimits } from './packetizer.js';

/**
 * Cuts a length into as few parts as the limits allow, all of one size but the last, which may be smaller: what segmentation
 * offload sends in one call. With reductions it is the packets that come out equal, extensions included.
 */
export class EqualParts {
  count = 0;
  private total = 0;
  private partBytes = 0;
  private firstReduction = 0;

  /** Whether `total` bytes can be sent, `overhead` descriptor bytes in each part and `firstExtra` more in the first. */
  plan(total: number, limits: PayloadLimits, overhead: number, firstExtra = 0): boolean {
    const first = limits.firstReductionBytes + firstExtra;
    return this.planParts(total, limits.maxPayloadBytes - overhead, first, limits.lastReductionBytes);
  }

  /** The same with the room of a part, and how much less the first and the last have. */
  planParts(total: number, max: number, first: number, last: number): boolean {
    this.total = total;
    this.firstReduction = first;
    this.count = 0;
    if (total < 1) return false;
    if (total + first + last <= max) {
      this.count = 1;
      return true;
    }
    if (max - first < 1 || max - last < 1) return false;
    const padded = total + first + last;
    const count = Math.max(2, Math.ceil(padded / max));
    if (total < count) return false;
    this.count = count;
    this.partBytes = Math.ceil(padded / count);
    return true;
  }

  /** Of the part at `index` when `done` bytes are in those before it. Each later part is left at least a byte. */
  sizeOf(index: number, done: number): number {
    const left = this.total - done;
    const partsAfter = this.count - 1 - index;
    if (partsAfter === 0) return left;
    const wanted = index === 0 ? this.partBytes - this.firstReduction : this.partBytes;
    return Math.max(1, Math.min(wanted, left - partsAfter));
  }
}
