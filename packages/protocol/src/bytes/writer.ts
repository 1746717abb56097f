/** Big-endian appender into bytes that the caller owns. Writing past the end sets `failed`; it never throws. */
export class ByteWriter {
  failed = false;
  length = 0;

  constructor(private bytes: Uint8Array) {}

  /** Points this writer at other bytes and starts at their beginning. */
  reset(bytes: Uint8Array): this {
    this.bytes = bytes;
    this.length = 0;
    this.failed = false;
    return this;
  }

  /** What was written: a view of the caller's bytes. */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  u8(value: number): this {
    const at = this.take(1);
    if (at >= 0) this.bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.take(2);
    if (at < 0) return this;
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value;
    return this;
  }

  u24(value: number): this {
    return this.u8(value >>> 16).u16(value & 0xffff);
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value & 0xffff);
  }

  /** Writes the low 48 bits of a non-negative integer. */
  u48(value: number): this {
    return this.u16(Math.floor(value / 0x1_0000_0000)).u32(value >>> 0);
  }

  u64(value: bigint): this {
    return this.u32(Number((value >> 32n) & 0xffff_ffffn)).u32(Number(value & 0xffff_ffffn));
  }

  /** Copies `bytes`. */
  raw(bytes: Uint8Array): this {
    const at = this.take(bytes.length);
    if (at >= 0) this.bytes.set(bytes, at);
    return this;
  }

  /** Writes `count` zero bytes, so that nothing of an earlier use of the buffer goes out. */
  zeros(count: number): this {
    const at = this.take(count);
    if (at >= 0) this.bytes.fill(0, at, at + count);
    return this;
  }

  /** Overwrites two bytes written earlier at `position`, for lengths that are known late. */
  patchU16(position: number, value: number): this {
    if (position + 2 > this.length) this.failed = true;
    if (this.failed) return this;
    this.bytes[position] = value >>> 8;
    this.bytes[position + 1] = value;
    return this;
  }

  private take(length: number): number {
    const at = this.length;
    if (this.failed || at + length > this.bytes.length) {
      this.failed = true;
      return -1;
    }
    this.length = at + length;
    return at;
  }
}
