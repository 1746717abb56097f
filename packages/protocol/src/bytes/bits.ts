/** Most significant bit first, over borrowed bytes; like ByteReader it fails stickily and yields 0 past the end. */
export class BitReader {
  failed = false;
  private bytes: Uint8Array = NOTHING;
  private at = 0;
  private end = 0;

  reset(bytes: Uint8Array, offset: number, length: number): this {
    this.bytes = bytes;
    this.at = 8 * offset;
    this.end = 8 * (offset + length);
    this.failed = false;
    return this;
  }

  /** An unsigned number of up to 24 bits. */
  read(bits: number): number {
    if (this.at + bits > this.end) this.failed = true;
    if (this.failed) return 0;
    let value = 0;
    for (let left = bits; left > 0; ) {
      const inByte = 8 - (this.at & 7);
      const taken = Math.min(left, inByte);
      const byte = this.bytes[this.at >> 3]!;
      value = (value << taken) | ((byte >> (inByte - taken)) & ((1 << taken) - 1));
      this.at += taken;
      left -= taken;
    }
    return value;
  }

  bit(): boolean {
    return this.read(1) === 1;
  }

  skip(bits: number): void {
    this.at += bits;
    if (this.at > this.end) this.failed = true;
  }

  /** Exp-Golomb, unsigned: ue(v) of ITU-T H.264 §9.1. Fails beyond 24 bits after the leading zeros, which no honest field needs. */
  readUe(): number {
    let zeros = 0;
    while (!this.failed && zeros <= 24 && this.read(1) === 0) zeros += 1;
    if (zeros > 24) this.failed = true;
    return this.failed || zeros === 0 ? 0 : 2 ** zeros - 1 + this.read(zeros);
  }

  /** Exp-Golomb, signed: se(v) (§9.1.1). */
  readSe(): number {
    const code = this.readUe();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }

  /** One of `count` values, in as few bits as that takes: ns(n) of the AV1 specification (§4.10.7). */
  readOneOf(count: number): number {
    const width = 32 - Math.clz32(count);
    const shortValues = (1 << width) - count;
    const value = this.read(width - 1);
    return value < shortValues ? value : (value << 1) - shortValues + this.read(1);
  }
}

/** The mirror of {@link BitReader}: fails stickily past the end. Bytes written to must be zero before. */
export class BitWriter {
  failed = false;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Bytes begun so far. */
  get length(): number {
    return (this.at + 7) >> 3;
  }

  write(value: number, bits: number): this {
    if (this.at + bits > 8 * this.bytes.length) this.failed = true;
    if (this.failed) return this;
    for (let bit = bits - 1; bit >= 0; bit--, this.at++) {
      if ((value >> bit) & 1) this.bytes[this.at >> 3] = this.bytes[this.at >> 3]! | (0x80 >> (this.at & 7));
    }
    return this;
  }

  bit(value: boolean): this {
    return this.write(value ? 1 : 0, 1);
  }

  writeOneOf(value: number, count: number): this {
    const width = 32 - Math.clz32(count);
    const shortValues = (1 << width) - count;
    if (value < shortValues) return this.write(value, width - 1);
    return this.write(value + shortValues, width);
  }
}

const NOTHING = new Uint8Array(0);
