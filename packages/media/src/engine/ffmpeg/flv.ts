import { ContainedFrames } from '../contained-frames.js';
import { ByteQueue } from './byte-queue.js';

const FILE_HEADER_BYTES = 9 + 4;
const TAG_HEADER_BYTES = 11;
const TAG_TRAILER_BYTES = 4;
const VIDEO = 9;
const AVC = 7;
const SEQUENCE_HEADER = 0;
const NAL_UNITS = 1;
const KEY_FRAME = 1;

/** H.264 frames of an FLV stream as it comes, in Annex B. FLV tells the size of each frame before it; raw H.264 tells it with the next. */
export class FlvReader {
  private readonly queue = new ByteQueue();
  private hasHeader = false;
  private frames: ContainedFrames | undefined;

  constructor(private readonly give: (data: Uint8Array, timestampMs: number) => void) {}

  /** False when the bytes are not what they should be. */
  push(bytes: Uint8Array): boolean {
    const { queue } = this;
    queue.push(bytes);
    if (!this.hasHeader) {
      if (!queue.take(FILE_HEADER_BYTES)) return true;
      this.hasHeader = true;
    }
    for (;;) {
      const header = queue.peek(TAG_HEADER_BYTES);
      if (!header) return true;
      const size = (header[1]! << 16) | (header[2]! << 8) | header[3]!;
      const tag = queue.take(TAG_HEADER_BYTES + size + TAG_TRAILER_BYTES);
      if (!tag) return true;
      const timestampMs = ((header[7]! << 24) | (header[4]! << 16) | (header[5]! << 8) | header[6]!) >>> 0;
      const body = tag.subarray(TAG_HEADER_BYTES, TAG_HEADER_BYTES + size);
      if (header[0] === VIDEO && !this.takeVideo(body, timestampMs)) return false;
    }
  }

  private takeVideo(body: Uint8Array, timestampMs: number): boolean {
    if (body.length < 5 || (body[0]! & 0xf) !== AVC) return false;
    const payload = body.subarray(5);
    if (body[1] === SEQUENCE_HEADER) {
      this.frames = ContainedFrames.of('H264', payload);
      return this.frames !== undefined;
    }
    if (body[1] !== NAL_UNITS || !this.frames) return true;
    const isKeyFrame = body[0]! >> 4 === KEY_FRAME;
    const data = this.frames.annexB(payload, isKeyFrame);
    if (data) this.give(data, timestampMs);
    return data !== undefined;
  }
}
