export type { ForwardedLayer, LimitingFactor, MediaState, SubscriptionWhy } from '@maru/signaling';
export type { Call, CallEvents, CallState, CloseReason, OutgoingMessage, ReceivedMessage, TransportName } from './call.js';
export type { MediaPath, Metadata, PathState, Presence, RemoteConnection, Role, SelfConnection } from './connection.js';
export { DirectCall } from './direct/direct-call.js';
export { kindOfDirectCode } from './direct/direct-code.js';
export type { DirectCallOptions } from './direct/options.js';
export { Emitter, type Observable, type Off } from './emitter.js';
export { MaruError, type MaruErrorCode, SDK_ERROR_CODES } from './errors.js';
export {
  type EntryKind,
  type InspectedCandidate,
  type InspectedConnection,
  type InspectedDescription,
  type InspectedPair,
  type InspectedSeries,
  type InspectedTransport,
  type Inspection,
  type InspectionEntry,
  SERIES_NAMES,
  SERVER_ID,
  type SeriesName,
} from './inspector/inspection.js';
export type { Inspector, InspectorEvents } from './inspector/inspector.js';
export { loadInspection } from './inspector/load.js';
export { MEANING_KEYS, type Meaning, type MeaningKey } from './inspector/meaning.js';
export type { JsonValue } from './json.js';
export type { JoinOptions, SessionOptions } from './session/options.js';
export { Session } from './session/session.js';
export type {
  CallStats,
  ConnectionStats,
  Direction,
  Quality,
  QualityReason,
  Side,
  TrackStats,
} from './stats/call-stats.js';
export type {
  DisplaySize,
  LocalStream,
  Muted,
  MuteOptions,
  PublishOptions,
  RemoteStream,
  StreamKind,
  StreamMetadata,
  SubscribeOptions,
  TrackKind,
} from './stream.js';
