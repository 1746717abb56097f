import { createDepacketizer, type VideoCodec } from './codec.js';
import type { Depacketizer } from './depacketizer.js';
import { PayloadInfo } from './payload-info.js';

/**
 * Answers what an SFU asks of single packets, without putting frames together. Of streams with a dependency descriptor that one
 * knows more. A payload that is malformed is of no key frame and of layer 0.
 */
export class PayloadInspector {
  /** All that the payload inspected last said. */
  readonly info = new PayloadInfo();
  private readonly depacketizer: Depacketizer;

  constructor(codec: VideoCodec) {
    this.depacketizer = createDepacketizer(codec);
  }

  /** Reads a payload into {@link info}; false if it is malformed. */
  inspect(bytes: Uint8Array, offset: number, length: number): boolean {
    if (!this.depacketizer.read(bytes, offset, length, this.info)) return true;
    this.info.reset();
    return false;
  }

  /** Whether a key frame begins with the payload: from here a receiver may be switched to the stream. */
  isKeyFrameStart(bytes: Uint8Array, offset: number, length: number): boolean {
    return this.inspect(bytes, offset, length) && this.info.isKeyFrame && this.info.isFrameStart;
  }

  temporalIdOf(bytes: Uint8Array, offset: number, length: number): number {
    this.inspect(bytes, offset, length);
    return this.info.temporalId;
  }
}
