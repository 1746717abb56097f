/** An AV1 length takes up to eight bytes, and says up to 32 bits (AV1 specification §4.10.5). */
const MAX_LEB128_BYTES = 8;
const MAX_VALUE = 0xffff_ffff;

/** Reads one length after another. */
export class Leb128 {
  value = 0;
  /** Of the encoding. */
  bytes = 0;

  /** Reads at `offset` before `end`; false if there is no whole number of 32 bits. */
  read(from: Uint8Array, offset: number, end: number): boolean {
    let value = 0;
    for (let i = 0; i < MAX_LEB128_BYTES && offset + i < end; i++) {
      const byte = from[offset + i]!;
      value += (byte & 0x7f) * 2 ** (7 * i); // not shifted: eight bytes hold 56 bits
      if (byte & 0x80) continue;
      this.value = value;
      this.bytes = i + 1;
      return value <= MAX_VALUE;
    }
    return false;
  }
}

export function sizeOfLeb128(value: number): number {
  let size = 1;
  for (let left = value; left >= 0x80; left = Math.floor(left / 0x80)) size += 1;
  return size;
}

export function writeLeb128(value: number, out: { u8(value: number): unknown }): void {
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) out.u8((left & 0x7f) | 0x80);
  out.u8(left);
}

/** The same, at `offset` of `out`. */
export function writeLeb128At(value: number, out: Uint8Array, offset: number): void {
  let at = offset;
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) out[at++] = (left & 0x7f) | 0x80;
  out[at] = left;
}
