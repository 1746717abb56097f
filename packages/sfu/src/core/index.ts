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
export { FORWARDED_EXTENSIONS } from './extension-kinds.js';
export { DEFAULT_LIMITS, type RouterLimits } from './limits.js';
export type { MediaKind } from './media-kind.js';
export { Participant, type ParticipantFigures, type ParticipantOptions } from './participant.js';
export { PublishedTrack } from './published-track.js';
export { Router, type RouterOptions } from './router.js';
export { Session } from './session.js';
export { Slot } from './slot.js';
export type { SourcePacket } from './source-packet.js';
export type { SourceStream } from './source-stream.js';
export { Subscription } from './subscription.js';
export { type PipeOutlet, TrackPipe } from './track-pipe.js';
