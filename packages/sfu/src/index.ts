export type { MediaKind } from './core/media-kind.js';
export type {
  LayerWish,
  ParticipantClosed,
  ParticipantEvent,
  ParticipantState,
  SessionMediaEvent,
  SlotAssignment,
  TrackName,
} from './media-server/events.js';
export { MediaServer } from './media-server/media-server.js';
export { DEFAULT_MEDIA_LIMITS, type MediaAddress, type MediaLimits, type MediaServerOptions } from './media-server/options.js';
export type {
  JoinRequest,
  MediaAnswer,
  MediaOffer,
  MediaParticipant,
  MediaPermissions,
  PublishedStream,
  Tile,
} from './media-server/participant.js';
export { MediaRefusal, type MediaRefusalCode } from './media-server/refusal.js';
export type {
  ConnectionLogEntry,
  ForwardedLayer,
  LimitingFactor,
  MediaReport,
  ParticipantReport,
  ParticipantStats,
  SessionMediaReport,
  SubscriptionWhy,
  WhySample,
  WorkerReport,
} from './media-server/reports.js';
export { isIceTcp } from './media-server/stream-door.js';
