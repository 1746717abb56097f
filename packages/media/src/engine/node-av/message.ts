import { ByteQueue } from '../ffmpeg/byte-queue.js';

/** What goes through the pipes between an engine and its process: pictures, sound, encoded frames. */
export interface Message {
  readonly data: Uint8Array;
  readonly timestampMs: number;
  /** Of what is encoded: it is a key frame; of a picture to be encoded: it is to become one. */
  readonly isKeyFrame: boolean;
  /** Of pictures; 0 otherwise. */
  readonly width: number;
  readonly height: number;
}

const HEADER_BYTES = 20;
const KEY_FRAME = 1;
/** More is no message: the other end is not what we think. */
const MAX_DATA_BYTES = 256 * 1024 * 1024;

/**
 * The head of a message, whose data follows:
 *
 *      0       4       8               16      18      20
 *     | bytes | flags | timestampMs   | width | height |
 */
export function messageHead({ data, timestampMs, isKeyFrame, width, height }: Message): Uint8Array {
  const head = new DataView(new ArrayBuffer(HEADER_BYTES));
  head.setUint32(0, data.length);
  head.setUint32(4, isKeyFrame ? KEY_FRAME : 0);
  head.setFloat64(8, timestampMs);
  head.setUint16(16, width);
  head.setUint16(18, height);
  return new Uint8Array(head.buffer);
}

/** Reads messages out of what a pipe gives. Their data belongs to who is given them. */
export class MessageReader {
  private readonly queue = new ByteQueue();
  private head: DataView | undefined;

  constructor(private readonly give: (message: Message) => void) {}

  /** False when it cannot be read. */
  push(bytes: Uint8Array): boolean {
    this.queue.push(bytes);
    for (;;) {
      this.head ??= viewOf(this.queue.take(HEADER_BYTES));
      if (!this.head) return true;
      const { head } = this;
      if (head.getUint32(0) > MAX_DATA_BYTES) return false;
      const data = this.queue.take(head.getUint32(0));
      if (!data) return true;
      this.head = undefined;
      const isKeyFrame = (head.getUint32(4) & KEY_FRAME) !== 0;
      this.give({ data, isKeyFrame, timestampMs: head.getFloat64(8), width: head.getUint16(16), height: head.getUint16(18) });
    }
  }
}

function viewOf(bytes: Uint8Array | undefined): DataView | undefined {
  return bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
