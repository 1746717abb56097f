export { APP_PATHS, AppConfig, CreateHallRequest, HallInfo, JoinHallRequest, JoinHallResponse, NAME_CHARS } from './app.js';
export {
  OpenRequest,
  OpenResponse,
  PollRequest,
  PollResponse,
  SendRequest,
  SendResponse,
  SIGNALING_PATHS,
} from './channel.js';
export { validateClientMessageCompiled, validateEnvelopeCompiled } from './compiled.js';
export { ConnectionInfo, Presence } from './connection.js';
export { CLOSE_CODES, ERROR_CODES, type ErrorCode } from './errors.js';
export {
  type AckOnly,
  type ClientFrame,
  Envelope,
  type Numbered,
  parseJson,
  type ServerFrame,
  validateClientMessage,
  validateClientOpening,
  validateEnvelope,
  validateServerFrame,
  validateServerMessage,
  validateServerOpening,
} from './frame.js';
export { ClientMessage } from './from-client.js';
export { type Failed, type LeaveReason, ServerMessage } from './from-server.js';
export { IceServer } from './ice-server.js';
export { isShallow, MAX_JSON_DEPTH, Metadata } from './json.js';
export { PROTOCOL_LIMITS } from './limits.js';
export {
  ClientMediaSignal,
  LayerWish,
  MediaOffer,
  MediaRefused,
  MediaState,
  MediaWay,
  ServerMediaSignal,
  Slot,
  SlotSource,
  Tile,
} from './media.js';
export { ForwardedLayer, LimitingFactor, SubscriptionWhy, WhyEntry } from './media-why.js';
export { ConnectionId, SessionId, StreamId } from './names.js';
export {
  ClientOpening,
  Closed,
  ConnectionLimits,
  Hello,
  Refused,
  Resume,
  Resumed,
  ServerOpening,
  SessionInfo,
  Welcome,
} from './opening.js';
export { type Action, type Actor, isAllowed, PERMISSIONS, type Whose } from './permissions.js';
export { Problem } from './problem.js';
export { Mode, Role } from './session.js';
export { shortId } from './short-id.js';
export { type MediaMapping, Signal } from './signal.js';
export { Muted, StreamInfo, StreamKind, StreamSpec } from './stream.js';
export { type Invalid, type Validated, validate } from './validation.js';
export { PROTOCOL_VERSION } from './version.js';
