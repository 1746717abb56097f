import { MAGIC_COOKIE, STUN_HEADER_BYTES } from './message.js';

/**
 * The size of the frame that starts `bytes`, as far as its first bytes tell: undefined when more are needed, -1 when no
 * frame starts like this.
 */
export type FrameSize = (bytes: Uint8Array) => number | undefined;

/** Cuts a stream into frames. Whole frames are lent as views; only what is left over is copied. */
export class StreamFramer {
  private pending = new Uint8Array(0);
  private pendingBytes = 0;
  /** The stream made no sense: close it. Nothing is delivered any more. */
  failed = false;

  constructor(
    private readonly frameSize: FrameSize,
    private readonly maxFrameBytes: number,
  ) {}

  /** Bytes of an unfinished frame. */
  get bufferedBytes(): number {
    return this.pendingBytes;
  }

  /** Takes some bytes of the stream, lent for the call, and gives each frame that they complete to `take`, lent as well. */
  feed(bytes: Uint8Array, take: (frame: Uint8Array) => void): void {
    let rest = bytes;
    while (this.pendingBytes > 0 && rest.length > 0 && !this.failed) rest = this.complete(rest, take);
    while (rest.length > 0 && !this.failed) {
      const size = this.sizeOf(rest);
      if (size === undefined || size > rest.length) break;
      take(rest.subarray(0, size));
      rest = rest.subarray(size);
    }
    if (!this.failed) this.keep(rest);
  }

  /** Adds to the unfinished frame what it lacks, first for its header and then for its body. */
  private complete(bytes: Uint8Array, take: (frame: Uint8Array) => void): Uint8Array {
    const size = this.sizeOf(this.pending.subarray(0, this.pendingBytes));
    if (this.failed) return bytes;
    const missing = size === undefined ? 1 : size - this.pendingBytes;
    const count = Math.min(missing, bytes.length);
    this.keep(bytes.subarray(0, count));
    this.takePending(take);
    return bytes.subarray(count);
  }

  private takePending(take: (frame: Uint8Array) => void): void {
    const size = this.sizeOf(this.pending.subarray(0, this.pendingBytes));
    if (size !== this.pendingBytes) return;
    this.pendingBytes = 0;
    take(this.pending.subarray(0, size));
  }

  private sizeOf(bytes: Uint8Array): number | undefined {
    const size = this.frameSize(bytes);
    if (size !== undefined && (size <= 0 || size > this.maxFrameBytes)) this.failed = true;
    return this.failed ? undefined : size;
  }

  private keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const needed = this.pendingBytes + bytes.length;
    if (needed > this.pending.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.pending.length, 64));
      larger.set(this.pending.subarray(0, this.pendingBytes));
      this.pending = larger;
    }
    this.pending.set(bytes, this.pendingBytes);
    this.pendingBytes = needed;
  }
}

/** STUN alone on a stream: each message says its length (RFC 8489 §6.2.2). */
export const stunFrameSize: FrameSize = (bytes) => {
  if (bytes.length > 0 && bytes[0]! > 3) return -1;
  if (bytes.length < 8) return undefined;
  const cookie = ((bytes[4]! << 24) | (bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!) >>> 0;
  const length = (bytes[2]! << 8) | bytes[3]!;
  return cookie === MAGIC_COOKIE && length % 4 === 0 ? STUN_HEADER_BYTES + length : -1;
};
