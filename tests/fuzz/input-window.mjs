const MAX_BYTES = 65_536;
const HEADER_INTS = 2;

/**
 * The input that a target is at, in memory that two threads share: when the one hangs or dies, the other still knows it.
 * Two counters stand before the bytes: how many inputs there were, and how long this one is.
 */
export class InputWindow {
  /** @param {SharedArrayBuffer} [shared] of another thread's window */
  constructor(shared = new SharedArrayBuffer(HEADER_INTS * 4 + MAX_BYTES)) {
    this.shared = shared;
    this.header = new Int32Array(shared, 0, HEADER_INTS);
    this.content = new Uint8Array(shared, HEADER_INTS * 4);
  }

  /** @param {Uint8Array} bytes what is run next */
  show(bytes) {
    const length = Math.min(bytes.length, MAX_BYTES);
    this.content.set(bytes.length > length ? bytes.subarray(0, length) : bytes);
    this.header[1] = length;
    this.header[0] += 1;
  }

  get runs() {
    return this.header[0];
  }

  /** A copy. */
  get bytes() {
    return new Uint8Array(this.content.subarray(0, this.header[1]));
  }
}
