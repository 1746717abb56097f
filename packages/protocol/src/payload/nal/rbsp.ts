import { BitReader } from '../../bytes/index.js';

/**
 * Reads the fields at the beginning of a NAL unit: takes the emulation prevention bytes out (00 00 03, H.264 §7.4.1) of as much as
 * its scratch holds.
 */
export class RbspReader {
  private readonly scratch: Uint8Array;
  private readonly bits = new BitReader();

  constructor(maxBytes: number) {
    this.scratch = new Uint8Array(maxBytes);
  }

  /** Bits from `offset` on, within `length` bytes; valid until the next call. */
  read(bytes: Uint8Array, offset: number, length: number): BitReader {
    const { scratch } = this;
    const end = offset + length;
    let written = 0;
    let zeros = 0;
    for (let at = offset; at < end && written < scratch.length; at++) {
      const byte = bytes[at]!;
      if (zeros >= 2 && byte === 3) {
        zeros = 0;
        continue;
      }
      zeros = byte === 0 ? zeros + 1 : 0;
      scratch[written++] = byte;
    }
    return this.bits.reset(scratch, 0, written);
  }
}
