import type { Codec } from '@maru/protocol/jsep';
import { type QuantizerReader, quantizerReaderFor, type VideoCodec } from '@maru/protocol/payload';
import { videoCodecOf } from './codecs.js';

/** How coarse the pictures of a stream were, together (webrtc-stats, `qpSum`). */
export class QuantizerSum {
  /** Undefined where the codec does not tell. */
  value: number | undefined;
  private video: VideoCodec | undefined;
  private read: QuantizerReader | undefined;

  /** A picture, as the encoder gave it or as the decoder gets it. */
  add(codec: Codec, frame: Uint8Array): void {
    const video = videoCodecOf(codec);
    if (video !== this.video) {
      this.video = video;
      this.read = video && quantizerReaderFor(video);
    }
    const quantizer = this.read?.(frame);
    if (quantizer !== undefined) this.value = (this.value ?? 0) + quantizer;
  }
}
