import { Malformed } from '../../core/index.js';
import type { Depacketizer, FrameSummary } from '../depacketizer.js';
import type { FrameBuffer } from '../frame-buffer.js';
import type { PayloadInfo } from '../payload-info.js';
import { readVp8Descriptor } from './descriptor.js';
import { hasVp8Size, isVp8KeyFrame, readVp8Height, readVp8Width } from './frame-header.js';

const KEY_FRAME_WITHOUT_SIZE = Malformed.of('payload/vp8/key-frame-without-size');

/** VP8 (RFC 7741). */
export class Vp8Depacketizer implements Depacketizer {
  read(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): Malformed | undefined {
    const refusal = readVp8Descriptor(bytes, offset, length, info.reset());
    if (refusal || !info.isFrameStart) return refusal;
    const at = offset + info.descriptorBytes;
    info.isKeyFrame = isVp8KeyFrame(bytes, at);
    if (info.isKeyFrame && hasVp8Size(bytes, at, length - info.descriptorBytes)) {
      info.width = readVp8Width(bytes, at);
      info.height = readVp8Height(bytes, at);
    }
    return undefined;
  }

  begin(_frame: FrameBuffer): void {}

  append(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo, frame: FrameBuffer): undefined {
    frame.append(bytes, offset + info.descriptorBytes, length - info.descriptorBytes);
  }

  finish(frame: FrameBuffer, summary: FrameSummary): Malformed | undefined {
    const { bytes, length } = frame;
    summary.isKeyFrame = length > 0 && isVp8KeyFrame(bytes);
    if (!summary.isKeyFrame) return undefined;
    if (!hasVp8Size(bytes, 0, length)) return KEY_FRAME_WITHOUT_SIZE;
    summary.width = readVp8Width(bytes, 0);
    summary.height = readVp8Height(bytes, 0);
    return undefined;
  }
}
