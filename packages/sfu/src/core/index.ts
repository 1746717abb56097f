export type {
  CodecDescription,
  EncodingDescription,
  ExtensionIds,
  Refusal,
  RefusalCode,
  SlotDescription,
  SubscriptionView,
  TrackContent,
  TrackDescription,
} from './description.js';
export type {
  DataChannelClass,
  ForwardedMessage,
  LimitCode,
  LimitingFactor,
  RouterEvent,
  RouterOutputs,
  ShownLayer,
  SlotSource,
  Why,
  WhyMoment,
} from './events.js';
export type { MediaKind } from './media-kind.js';
export { DESCRIPTOR_INTS, Descriptor, MAX_HEAD_BYTES, OutgoingBatch } from './outgoing-batch.js';
