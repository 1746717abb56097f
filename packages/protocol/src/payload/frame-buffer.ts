/**
 * Bytes of a frame as they come together: grows as needed up to a limit, is reused, and fails stickily beyond. Behind them, in the
 * same array, lies a tail for packets that wait: what moves within one array needs no view.
 */
export class FrameBuffer {
  failed = false;
  length = 0;
  bytes: Uint8Array;
  /** Where the tail begins. */
  tailAt: number;

  constructor(
    private readonly maxBytes: number,
    initialBytes = 16_384,
  ) {
    this.tailAt = Math.min(initialBytes, maxBytes);
    this.bytes = new Uint8Array(this.tailAt);
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
    if (at < 0) return this;
    if (from === this.bytes) from.copyWithin(at, offset, offset + length);
    else this.bytes.set(from.subarray(offset, offset + length), at);
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

  /** Of the tail. */
  get tailBytes(): number {
    return this.bytes.length - this.tailAt;
  }

  /** Makes the tail `length` bytes long; what it holds stays at its distance from {@link tailAt}. */
  growTail(length: number): void {
    this.move(this.tailAt, length);
  }

  private take(length: number): number {
    const end = this.length + length;
    if (end > this.maxBytes) this.failed = true;
    if (this.failed) return -1;
    if (end > this.tailAt) this.move(Math.min(this.maxBytes, Math.max(end, 2 * this.tailAt)), this.tailBytes);
    const at = this.length;
    this.length = end;
    return at;
  }

  private move(tailAt: number, tailBytes: number): void {
    const larger = new Uint8Array(tailAt + tailBytes);
    larger.set(this.bytes.subarray(0, this.length));
    larger.set(this.bytes.subarray(this.tailAt), tailAt);
    this.bytes = larger;
    this.tailAt = tailAt;
  }
}
