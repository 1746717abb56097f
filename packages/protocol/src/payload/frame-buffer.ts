/** Bytes of a frame as they come together: grows as needed up to a limit, is reused, and fails stickily beyond. */
export class FrameBuffer {
  failed = false;
  length = 0;
  bytes: Uint8Array;

  constructor(
    private readonly maxBytes: number,
    initialBytes = 16_384,
  ) {
    this.bytes = new Uint8Array(Math.min(initialBytes, maxBytes));
  }

  reset(): this {
    this.length = 0;
    this.failed = false;
    return this;
  }

  u8(value: number): this {
    const at = this.take(1);
    if (at >= 0) this.bytes[at] = value;
    return this;
  }

  append(from: Uint8Array, offset: number, length: number): this {
    const at = this.take(length);
    if (at >= 0) this.bytes.set(from.subarray(offset, offset + length), at);
    return this;
  }

  /** Makes room for `length` bytes at `at` by moving what follows; true if there is room. */
  insert(at: number, length: number): boolean {
    const end = this.length;
    if (this.take(length) < 0) return false;
    this.bytes.copyWithin(at + length, at, end);
    return true;
  }

  /** Takes back what is behind `length`. */
  truncate(length: number): void {
    this.length = length;
  }

  /** What came together: a view, valid until the next change. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private take(length: number): number {
    const end = this.length + length;
    if (end > this.maxBytes) this.failed = true;
    if (this.failed) return -1;
    if (end > this.bytes.length) this.grow(end);
    const at = this.length;
    this.length = end;
    return at;
  }

  private grow(needed: number): void {
    const larger = new Uint8Array(Math.min(this.maxBytes, Math.max(needed, 2 * this.bytes.length)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
