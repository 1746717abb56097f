import type { Clock, SeededRandom } from '@maru/protocol/core';
import { EncodedSource, type ReceivedMedia } from '../../../index.js';

export const FRAME_MS = 1_000 / 30;
/** What the first allocation is awaited with. */
const START_BPS = 300_000;
/** A key frame is as large as so many others, and what it took is saved from those that follow. */
const KEY_FRAME_SCALE = 5;
const PAID_BACK_A_FRAME = 0.3;
const HEADER_BYTES = 32;
const SIZE = { width: 1_280, height: 720 } as const;

/** A camera and an encoder that does as it is told: VP8, 30 numbered frames a second, as large as the target says, key frames when asked. */
export class VirtualCamera {
  readonly source: EncodedSource;
  framesSent = 0;
  keyFrames = 0;
  keyFrameRequests = 0;
  targetBps = START_BPS;
  private isKeyFrameWanted = true;
  private isFilming = false;
  private debtBytes = 0;
  private startedAt = 0;
  private ticks = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: SeededRandom,
  ) {
    this.source = new EncodedSource({
      kind: 'video',
      codec: 'VP8',
      onKeyFrameRequest: () => {
        this.keyFrameRequests += 1;
        this.isKeyFrameWanted = true;
      },
      onTargetBitrate: (bitsPerSecond) => {
        this.targetBps = bitsPerSecond;
      },
    });
  }

  film(): void {
    this.isFilming = true;
    this.startedAt = this.clock.now();
    this.ticks = 0;
    this.frame();
  }

  rest(): void {
    this.isFilming = false;
  }

  private frame(): void {
    if (!this.isFilming) return;
    if (this.targetBps > 0) this.write();
    this.ticks += 1;
    this.clock.schedule(this.startedAt + this.ticks * FRAME_MS, () => this.frame());
  }

  private write(): void {
    const isKeyFrame = this.isKeyFrameWanted;
    this.isKeyFrameWanted = false;
    const bytes = this.sizeOf(isKeyFrame);
    const data = vp8(this.framesSent, isKeyFrame, bytes, this.clock.now());
    this.framesSent += 1;
    if (isKeyFrame) this.keyFrames += 1;
    this.source.write({ data, timestampMs: this.clock.now(), isKeyFrame });
  }

  private sizeOf(isKeyFrame: boolean): number {
    const mean = (this.targetBps * FRAME_MS) / 8_000;
    const share = 0.75 + this.random.unit() / 2;
    const paid = isKeyFrame ? 0 : Math.min(this.debtBytes, mean * PAID_BACK_A_FRAME);
    const bytes = Math.max(HEADER_BYTES, Math.round(mean * (isKeyFrame ? KEY_FRAME_SCALE : share) - paid));
    this.debtBytes += isKeyFrame ? bytes - mean : -paid;
    return bytes;
  }
}

/** A VP8 frame that says its number and its time behind the header that depacketizers look at (RFC 6386 §9.1). */
function vp8(number: number, isKeyFrame: boolean, bytes: number, capturedAt: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  const view = new DataView(frame.buffer);
  frame[0] = isKeyFrame ? 0x10 : 0x11;
  if (isKeyFrame) {
    frame.set([0x9d, 0x01, 0x2a], 3);
    view.setUint16(6, SIZE.width, true);
    view.setUint16(8, SIZE.height, true);
  }
  view.setUint32(12, number);
  view.setFloat64(16, capturedAt);
  return frame;
}

/** What {@link VirtualCamera} has written into a frame. */
export function readFrame({ data }: ReceivedMedia): { readonly number: number; readonly capturedAt: number } {
  const view = new DataView(data.buffer, data.byteOffset);
  return { number: view.getUint32(12), capturedAt: view.getFloat64(16) };
}
