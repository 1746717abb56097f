export {
  type Codec,
  type CodecFeedback,
  codecKey,
  codecsOf,
  isPrimary,
  isRed,
  isRtx,
  type PayloadCodec,
  redundantPayloadType,
  repeatedPayloadType,
} from './codec.js';
export { type H264Profile, h264ProfileOf } from './h264-profile.js';
export { needsExchange } from './needs.js';
export { type MediaDescription, type MediaFlow, type MediaOutcome, mediaOutcome, readMedia } from './outcome.js';
export { isMediaSection } from './section.js';
export type { EncodingWish, ExtensionWish, MediaWish, SourceWish } from './wish.js';
