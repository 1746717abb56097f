import { assertNever, type RandomSource } from '../core/index.js';
import { Av1Depacketizer } from './av1/depacketizer.js';
import { Av1Packetizer } from './av1/packetizer.js';
import type { Depacketizer } from './depacketizer.js';
import { H264Depacketizer, H264Packetizer } from './h264/payload-format.js';
import { H265Depacketizer, H265Packetizer } from './h265/payload-format.js';
import type { NalFormat } from './nal/nal-units.js';
import type { Packetizer } from './packetizer.js';
import { Vp8Depacketizer } from './vp8/depacketizer.js';
import { Vp8Packetizer } from './vp8/packetizer.js';
import { Vp9Depacketizer } from './vp9/depacketizer.js';
import { Vp9Packetizer } from './vp9/packetizer.js';

/** The video codecs that have a payload format here. */
export type VideoCodec = 'vp8' | 'vp9' | 'h264' | 'h265' | 'av1';

export interface PacketizerOptions {
  /** Picture ids and TL0PICIDX of VP8 and VP9 begin at random; without it, at 0. */
  readonly random?: RandomSource;
  /** H.264: `packetization-mode` of the format parameters; 1 if left out. */
  readonly packetizationMode?: 0 | 1;
  /** H.264, H.265: how the encoder's frames are; `annex-b` if left out. */
  readonly nalFormat?: NalFormat;
  /** VP9: pictures name their references. Left out: those whose description does. */
  readonly isFlexibleMode?: boolean;
}

/** A packetizer for one stream of `codec`. */
export function createPacketizer(codec: VideoCodec, options: PacketizerOptions = {}): Packetizer {
  const initial = options.random?.uint32() ?? 0;
  const initialPictureId = initial & 0x7fff;
  const initialTl0PicIdx = (initial >>> 15) & 0xff;
  const format = options.nalFormat ?? 'annex-b';
  switch (codec) {
    case 'vp8':
      return new Vp8Packetizer(initialPictureId, initialTl0PicIdx);
    case 'vp9':
      return new Vp9Packetizer({
        initialPictureId,
        initialTl0PicIdx,
        ...(options.isFlexibleMode !== undefined && { isFlexibleMode: options.isFlexibleMode }),
      });
    case 'h264':
      return new H264Packetizer({ format, isSingleUnitMode: options.packetizationMode === 0 });
    case 'h265':
      return new H265Packetizer({ format });
    case 'av1':
      return new Av1Packetizer();
    default:
      return assertNever(codec);
  }
}

/** A depacketizer for one stream of `codec`. */
export function createDepacketizer(codec: VideoCodec): Depacketizer {
  switch (codec) {
    case 'vp8':
      return new Vp8Depacketizer();
    case 'vp9':
      return new Vp9Depacketizer();
    case 'h264':
      return new H264Depacketizer();
    case 'h265':
      return new H265Depacketizer();
    case 'av1':
      return new Av1Depacketizer();
    default:
      return assertNever(codec);
  }
}
