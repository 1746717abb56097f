import * as z from 'zod/mini';
import { ConnectionInfo, Presence } from './connection.js';
import { MessageType } from './from-client.js';
import { IceServer, iceServersTtlMs } from './ice-server.js';
import { JsonValue, Metadata } from './json.js';
import { LayerWish, MediaState, ServerMediaSignal, Slot } from './media.js';
import { SubscriptionWhy } from './media-why.js';
import { ConnectionId, StreamId } from './names.js';
import { Role } from './session.js';
import { Signal } from './signal.js';
import { StreamInfo } from './stream.js';

export const Done = z
  .object({
    type: z.literal('done'),
    ref: z.int(),
    id: z.optional(z.string().check(z.describe('For `message`: the id under which the others received it.'))),
    at: z.optional(z.iso.datetime().check(z.describe('For `message`: when the server took it.'))),
    iceServers: z.optional(z.array(IceServer).check(z.describe('For `get-ice-servers`.'))),
    iceServersTtlMs: iceServersTtlMs(),
    why: z.optional(z.array(SubscriptionWhy).check(z.describe('For `get-media-why`.'))),
  })
  .register(z.globalRegistry, { id: 'Done', description: 'The request with this `ref` was carried out.' });

export const Failed = z
  .object({
    type: z.literal('failed'),
    ref: z.optional(z.int()),
    code: z.string(),
    detail: z.string(),
    field: z.optional(z.string().check(z.describe('Path of the field that is wrong, such as `stream.kind`.'))),
  })
  .register(z.globalRegistry, { id: 'Failed', description: 'A request was refused; nothing of it was carried out.' });
export type Failed = z.infer<typeof Failed>;

export const ConnectionJoined = z
  .object({ type: z.literal('connection-joined'), connection: ConnectionInfo })
  .register(z.globalRegistry, { id: 'ConnectionJoined', description: 'Another connection took its seat.' });

/** Why a connection is over. */
export const LeaveReason = z
  .enum(['left', 'disconnected', 'grace-expired', 'token-revoked', 'session-ended', 'overflow', 'flood'])
  .register(z.globalRegistry, {
    id: 'LeaveReason',
    description:
      'It `left`; was `disconnected` by a moderator or the application; did not come back (`grace-expired`); fell behind (`overflow`); sent too much (`flood`).',
  });
export type LeaveReason = z.infer<typeof LeaveReason>;

export const ConnectionLeft = z
  .object({ type: z.literal('connection-left'), connection: ConnectionId, reason: LeaveReason })
  .register(z.globalRegistry, { id: 'ConnectionLeft', description: 'Another connection is over, with its streams.' });

export const ConnectionUpdated = z
  .object({
    type: z.literal('connection-updated'),
    connection: ConnectionId,
    role: z.optional(Role),
    metadata: z.optional(Metadata),
    presence: z.optional(Presence),
  })
  .register(z.globalRegistry, {
    id: 'ConnectionUpdated',
    description: 'A connection changed; also said to the one that it is about.',
  });

export const ConnectionAway = z
  .object({ type: z.literal('connection-away'), connection: ConnectionId })
  .register(z.globalRegistry, {
    id: 'ConnectionAway',
    description: 'The signaling of another is interrupted; its media may go on.',
  });

export const ConnectionBack = z
  .object({ type: z.literal('connection-back'), connection: ConnectionId })
  .register(z.globalRegistry, { id: 'ConnectionBack', description: 'It came back within its grace period.' });

export const StreamPublished = z
  .object({ type: z.literal('stream-published'), connection: ConnectionId, stream: StreamInfo })
  .register(z.globalRegistry, { id: 'StreamPublished', description: 'Another connection published a stream.' });

export const StreamUpdated = z
  .object({ type: z.literal('stream-updated'), connection: ConnectionId, stream: StreamInfo })
  .register(z.globalRegistry, { id: 'StreamUpdated', description: "Another's stream changed; it is given whole." });

export const StreamUnpublished = z
  .object({ type: z.literal('stream-unpublished'), connection: ConnectionId, stream: StreamId })
  .register(z.globalRegistry, {
    id: 'StreamUnpublished',
    description: 'A stream ended. Said to its own publisher too when somebody else ended it.',
  });

export const SubscriptionUpdated = z
  .object({
    type: z.literal('subscription-updated'),
    connection: ConnectionId,
    stream: StreamId,
    audio: z.boolean(),
    video: z.boolean(),
  })
  .register(z.globalRegistry, {
    id: 'SubscriptionUpdated',
    description: 'Said to a publisher: what that connection wants of this stream.',
  });

export const SignalReceived = z
  .object({ type: z.literal('signal'), from: ConnectionId, signal: Signal })
  .register(z.globalRegistry, { id: 'SignalReceived', description: 'A description or candidate of another connection.' });

export const MessageReceived = z
  .object({
    type: z.literal('message'),
    id: z.string(),
    from: z.nullable(ConnectionId).check(z.describe("null: the application's server.")),
    at: z.iso.datetime(),
    direct: z.boolean().check(z.describe('Whether it was addressed rather than said to all.')),
    messageType: MessageType,
    data: JsonValue,
  })
  .register(z.globalRegistry, {
    id: 'MessageReceived',
    description: "An application message of another connection or of the application's server.",
  });

export const MuteRequested = z
  .object({
    type: z.literal('mute-requested'),
    by: z.nullable(ConnectionId),
    stream: StreamId,
    audio: z.boolean(),
    video: z.boolean(),
  })
  .register(z.globalRegistry, { id: 'MuteRequested', description: 'A moderator asks this connection to mute a stream.' });

export const MediaSignalReceived = z
  .object({ type: z.literal('media-signal'), signal: ServerMediaSignal })
  .register(z.globalRegistry, { id: 'MediaSignalReceived', description: 'What the media server answers, or asks for.' });

const wantedSlots = () => z.int().check(z.minimum(0), z.maximum(1_000));

export const MediaSlots = z
  .object({
    type: z.literal('media-slots'),
    generation: z
      .int()
      .check(z.minimum(1), z.describe("The client's RTCPeerConnection that this is about; of an older one it is void.")),
    slots: z.array(Slot).check(z.describe('Those that changed; the others carry what they did. At first all carry nothing.')),
    wanted: z.optional(
      z
        .object({ audio: wantedSlots(), video: wantedSlots() })
        .check(z.describe('How many slots of each kind there should be in all: the client offers with more.')),
    ),
  })
  .register(z.globalRegistry, {
    id: 'MediaSlots',
    description: 'Which published track comes in which receiving section. People come and go without any negotiation.',
  });

export const MediaLayers = z
  .object({
    type: z.literal('media-layers'),
    stream: StreamId,
    track: z.enum(['audio', 'video']),
    layers: z.array(LayerWish).check(z.maxLength(8)),
  })
  .register(z.globalRegistry, {
    id: 'MediaLayers',
    description: 'Said to a publisher: which layers anybody gets. It encodes and sends no others.',
  });

export const MediaSpeakers = z
  .object({
    type: z.literal('media-speakers'),
    speakers: z.array(ConnectionId).check(z.describe('Who speaks, the loudest first.')),
  })
  .register(z.globalRegistry, { id: 'MediaSpeakers', description: 'Who speaks now, as the media server hears it.' });

export const MediaLimited = z
  .object({
    type: z.literal('media-limited'),
    code: z.string(),
    limited: z.boolean().check(z.describe('false: not any more.')),
  })
  .register(z.globalRegistry, {
    id: 'MediaLimited',
    description:
      'The media server holds something of this connection back, and why: `media/publisher-budget`, `media/worker-overloaded`.',
  });

export const MediaMode = z.object({ type: z.literal('media-mode'), media: MediaState }).register(z.globalRegistry, {
  id: 'MediaMode',
  description:
    'The media of the session takes another way. While it moves, clients make the new way, show what comes over it as soon as it comes, and say `media-ready`; when it is settled they give the old one up.',
});

export const SessionEnded = z
  .object({ type: z.literal('session-ended'), reason: z.enum(['closed', 'empty', 'expired']) })
  .register(z.globalRegistry, { id: 'SessionEnded', description: 'The session is over, and every connection with it.' });

export const Disconnected = z
  .object({ type: z.literal('disconnected'), reason: LeaveReason })
  .register(z.globalRegistry, { id: 'Disconnected', description: 'This connection was ended by somebody else or by a limit.' });

/** Everything that a server sends to a client that has joined. */
export const ServerMessage = z.discriminatedUnion('type', [
  Done,
  Failed,
  ConnectionJoined,
  ConnectionLeft,
  ConnectionUpdated,
  ConnectionAway,
  ConnectionBack,
  StreamPublished,
  StreamUpdated,
  StreamUnpublished,
  SubscriptionUpdated,
  SignalReceived,
  MessageReceived,
  MuteRequested,
  MediaSignalReceived,
  MediaSlots,
  MediaLayers,
  MediaSpeakers,
  MediaLimited,
  MediaMode,
  SessionEnded,
  Disconnected,
]);
export type ServerMessage = z.infer<typeof ServerMessage>;
