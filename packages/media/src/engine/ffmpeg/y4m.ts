import { i420Bytes, type PictureSize } from '../media-engine.js';
import { ByteQueue } from './byte-queue.js';

/** The longest line that is looked for; those of ffmpeg have some 80 bytes. */
const MAX_LINE_BYTES = 1_024;
const NEW_LINE = 0x0a;
const FRAME_LINE = 'FRAME\n';

/** Pictures of a YUV4MPEG2 stream as it comes: a line that tells their size, then a short line and the bytes of each. */
export class Y4mReader {
  private readonly queue = new ByteQueue();
  private size: PictureSize | undefined;

  constructor(private readonly give: (data: Uint8Array, size: PictureSize) => void) {}

  /** False when the bytes are no such stream. */
  push(bytes: Uint8Array): boolean {
    const { queue } = this;
    queue.push(bytes);
    if (!this.size) {
      const line = this.takeLine();
      if (line === undefined) return queue.length < MAX_LINE_BYTES;
      const [, width, height] = /^YUV4MPEG2 W(\d+) H(\d+) .*C420/.exec(line) ?? [];
      if (!width || !height) return false;
      this.size = { width: Number(width), height: Number(height) };
    }
    const frameBytes = FRAME_LINE.length + i420Bytes(this.size);
    for (let frame = queue.take(frameBytes); frame; frame = queue.take(frameBytes)) {
      if (frame[FRAME_LINE.length - 1] !== NEW_LINE) return false;
      this.give(frame.subarray(FRAME_LINE.length), this.size);
    }
    return true;
  }

  private takeLine(): string | undefined {
    const seen = this.queue.peek(Math.min(this.queue.length, MAX_LINE_BYTES));
    const end = seen?.indexOf(NEW_LINE) ?? -1;
    const line = end < 0 ? undefined : this.queue.take(end + 1);
    return line && Buffer.from(line).toString('latin1');
  }
}
