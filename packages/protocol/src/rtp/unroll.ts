import { serialDistance16, serialDistance32 } from '../bytes/index.js';

/** Extends 16-bit sequence numbers to an ever-growing count, following wrap-around and reordering (RFC 3550 A.1). */
export class SequenceUnroller {
  private highest: number | undefined;

  /** The count that `sequenceNumber` stands for; remembers the highest. The first is itself; older ones may be negative. */
  unroll(sequenceNumber: number): number {
    const count = this.peek(sequenceNumber);
    if (this.highest === undefined || count > this.highest) this.highest = count;
    return count;
  }

  /** The same without remembering: for numbers from elsewhere, such as a NACK. */
  peek(sequenceNumber: number): number {
    if (this.highest === undefined) return sequenceNumber;
    return this.highest + serialDistance16(this.highest & 0xffff, sequenceNumber);
  }

  reset(): void {
    this.highest = undefined;
  }
}

/** Extends 32-bit RTP timestamps (R-19: 13 hours at 90 kHz) in the same way. */
export class TimestampUnroller {
  private highest: number | undefined;

  unroll(rtpTimestamp: number): number {
    const count = this.peek(rtpTimestamp);
    if (this.highest === undefined || count > this.highest) this.highest = count;
    return count;
  }

  peek(rtpTimestamp: number): number {
    if (this.highest === undefined) return rtpTimestamp;
    return this.highest + serialDistance32(this.highest % 2 ** 32, rtpTimestamp);
  }

  reset(): void {
    this.highest = undefined;
  }
}
