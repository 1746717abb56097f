import { ByteQueue } from './byte-queue.js';

const FILE_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;
/** More than any frame of a live encoder; a larger number means that the stream is not what it should be. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Frames of an IVF stream as it comes: a header of 32 bytes, then a size, a timestamp and a frame each time. */
export class IvfReader {
  private readonly queue = new ByteQueue();
  private hasHeader = false;

  constructor(private readonly give: (data: Uint8Array, timestamp: number) => void) {}

  /** False when the bytes are no IVF. */
  push(bytes: Uint8Array): boolean {
    const { queue } = this;
    queue.push(bytes);
    if (!this.hasHeader) {
      if (!queue.take(FILE_HEADER_BYTES)) return true;
      this.hasHeader = true;
    }
    for (;;) {
      const header = queue.peek(FRAME_HEADER_BYTES);
      if (!header) return true;
      const view = new DataView(header.buffer);
      const size = view.getUint32(0, true);
      if (size > MAX_FRAME_BYTES) return false;
      const frame = queue.take(FRAME_HEADER_BYTES + size);
      if (!frame) return true;
      this.give(frame.subarray(FRAME_HEADER_BYTES), Number(view.getBigUint64(4, true)));
    }
  }
}

/** The header of an IVF stream whose timestamps count milliseconds. */
export function ivfHeader(fourCc: string, width: number, height: number): Uint8Array {
  const header = new Uint8Array(FILE_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(Buffer.from('DKIF'));
  view.setUint16(6, FILE_HEADER_BYTES, true);
  header.set(Buffer.from(fourCc), 8);
  view.setUint16(12, width, true);
  view.setUint16(14, height, true);
  view.setUint32(16, 1_000, true);
  view.setUint32(20, 1, true);
  return header;
}

export function ivfFrame(data: Uint8Array, timestamp: number): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + data.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, data.length, true);
  view.setBigUint64(4, BigInt(timestamp), true);
  frame.set(data, FRAME_HEADER_BYTES);
  return frame;
}
