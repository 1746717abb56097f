import type { VideoCodec } from './codec.js';
import { H264QuantizerReader } from './h264/quantizer.js';
import { readVp8Quantizer } from './vp8/quantizer.js';
import { readVp9Quantizer } from './vp9/quantizer.js';

/** How coarsely a whole frame is encoded, in the codec's own measure, where its header tells (webrtc-stats, `qpSum`). */
export type QuantizerReader = (frame: Uint8Array) => number | undefined;

/** Parameter sets, what encoders say of themselves, and the beginning of a slice: the rest need not be looked through. */
const MAX_BEGINNING_BYTES = 2_048;

/** A reader for the frames of one stream, in their order; undefined for H.265 and AV1, whose headers would have to be read whole. */
export function quantizerReaderFor(codec: VideoCodec): QuantizerReader | undefined {
  switch (codec) {
    case 'vp8':
      return readVp8Quantizer;
    case 'vp9':
      return readVp9Quantizer;
    case 'h264': {
      const reader = new H264QuantizerReader();
      return (frame) => reader.read(frame.subarray(0, MAX_BEGINNING_BYTES));
    }
    default:
      return undefined;
  }
}
