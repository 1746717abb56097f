const EMPTY = new Uint8Array(0);

/** Big-endian cursor over borrowed bytes. Reading past the end sets `failed` and yields 0; it never throws. */
export class ByteReader {
  failed = false;
  private start = 0;
  private offset = 0;
  private end: number;

  constructor(private bytes: Uint8Array) {
    this.end = bytes.length;
  }

  /** Points this reader at other bytes, of a slab at those of `length` from `offset`: one reader can serve every datagram of a socket. */
  reset(bytes: Uint8Array, offset = 0, length = bytes.length - offset): this {
    this.bytes = bytes;
    this.start = this.offset = offset;
    this.end = Math.min(offset + length, bytes.length);
    this.failed = false;
    return this;
  }

  /** Bytes read or skipped so far. */
  get position(): number {
    return this.offset - this.start;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  u8(): number {
    const at = this.take(1);
    return at < 0 ? 0 : this.bytes[at]!;
  }

  u16(): number {
    const at = this.take(2);
    return at < 0 ? 0 : (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  u24(): number {
    const at = this.take(3);
    return at < 0 ? 0 : (this.bytes[at]! << 16) | (this.bytes[at + 1]! << 8) | this.bytes[at + 2]!;
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16(); // multiplication keeps the value unsigned
  }

  /** 48 bits: exact in a number. */
  u48(): number {
    return this.u16() * 0x1_0000_0000 + this.u32();
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** A view, not a copy: valid only while the datagram is. */
  view(length: number): Uint8Array {
    const at = this.take(length);
    return at < 0 ? EMPTY : this.bytes.subarray(at, at + length);
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.view(this.remaining);
  }

  skip(length: number): void {
    this.take(length);
  }

  private take(length: number): number {
    const at = this.offset;
    if (this.failed || length < 0 || at + length > this.end) {
      this.failed = true;
      return -1;
    }
    this.offset = at + length;
    return at;
  }
}
