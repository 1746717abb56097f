import * as z from 'zod/mini';
import { Presence } from './connection.js';
import { JsonValue, Metadata } from './json.js';
import { ClientMediaSignal, Tile } from './media.js';
import { ConnectionId, StreamId } from './names.js';
import { Signal } from './signal.js';
import { StreamSpec } from './stream.js';

const ref = () =>
  z.optional(
    z
      .int()
      .check(
        z.minimum(1),
        z.describe("The client's number for this request: `done` or `failed` repeats it. Without it only a failure is answered."),
      ),
  );

/** Kind of an application message: `chat`, `reaction`, or any word of the application. */
export const MessageType = z
  .string()
  .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$/))
  .register(z.globalRegistry, { id: 'MessageType', description: 'Kind of an application message, at most 64 characters.' });

export const Publish = z
  .object({ type: z.literal('publish'), ref: ref(), stream: StreamSpec })
  .register(z.globalRegistry, { id: 'Publish', description: 'Announces a stream to the session.' });

export const UpdateStream = z
  .object({
    type: z.literal('update-stream'),
    ref: ref(),
    stream: StreamId,
    hasAudio: z.optional(z.boolean()),
    hasVideo: z.optional(z.boolean()),
    muted: z.optional(z.object({ audio: z.optional(z.boolean()), video: z.optional(z.boolean()) })),
    metadata: z.optional(Metadata),
  })
  .register(z.globalRegistry, {
    id: 'UpdateStream',
    description: 'Changes what is said of an own stream, its mute state above all.',
  });

export const Unpublish = z
  .object({ type: z.literal('unpublish'), ref: ref(), stream: StreamId })
  .register(z.globalRegistry, { id: 'Unpublish', description: "Ends an own stream; a moderator also ends others'." });

export const UpdateSubscription = z
  .object({ type: z.literal('update-subscription'), ref: ref(), stream: StreamId, audio: z.boolean(), video: z.boolean() })
  .register(z.globalRegistry, {
    id: 'UpdateSubscription',
    description: "Says which media of another's stream this connection wants; until it says so, all.",
  });

export const SignalRequest = z
  .object({ type: z.literal('signal'), ref: ref(), to: ConnectionId, signal: Signal })
  .register(z.globalRegistry, { id: 'SignalRequest', description: 'Passes a description or a candidate to another connection.' });

export const SendMessage = z
  .object({
    type: z.literal('message'),
    ref: ref(),
    to: z.optional(z.array(ConnectionId).check(z.minLength(1), z.maxLength(1_000), z.describe('Absent: all others.'))),
    messageType: MessageType,
    data: JsonValue,
  })
  .register(z.globalRegistry, {
    id: 'SendMessage',
    description: 'Sends an application message (chat is one) to all others or to some.',
  });

export const UpdateConnection = z
  .object({ type: z.literal('update-connection'), ref: ref(), presence: Presence })
  .register(z.globalRegistry, { id: 'UpdateConnection', description: 'Replaces what this connection says of itself.' });

export const RequestMute = z
  .object({
    type: z.literal('request-mute'),
    ref: ref(),
    stream: StreamId,
    audio: z.optional(z.boolean()),
    video: z.optional(z.boolean()),
  })
  .register(z.globalRegistry, { id: 'RequestMute', description: 'A moderator asks the publisher of a stream to mute it.' });

export const Disconnect = z
  .object({ type: z.literal('disconnect'), ref: ref(), connection: ConnectionId })
  .register(z.globalRegistry, { id: 'Disconnect', description: 'A moderator ends the connection of another.' });

export const GetIceServers = z.object({ type: z.literal('get-ice-servers'), ref: ref() }).register(z.globalRegistry, {
  id: 'GetIceServers',
  description: 'Asks for STUN and TURN servers with fresh credentials, before those of `welcome` end; `done` has them.',
});

export const SendMediaSignal = z
  .object({ type: z.literal('media-signal'), ref: ref(), signal: ClientMediaSignal })
  .register(z.globalRegistry, {
    id: 'SendMediaSignal',
    description: 'Negotiates with the media server, in a session whose media is forwarded.',
  });

export const SetMediaView = z
  .object({ type: z.literal('media-view'), ref: ref(), tiles: z.array(Tile).check(z.maxLength(1_000)) })
  .register(z.globalRegistry, {
    id: 'SetMediaView',
    description:
      'How this client shows the streams of others, all of them each time: each comes as its tile needs it. What is not listed comes as if it were ordinary and of unknown size.',
  });

export const ReportMedia = z
  .object({
    type: z.literal('media-ready'),
    ref: ref(),
    epoch: z.int().check(z.minimum(0)),
    ready: z.boolean().check(z.describe('false: the way of this epoch could not be made; the old one is still in use.')),
  })
  .register(z.globalRegistry, {
    id: 'ReportMedia',
    description: 'While media moves (`media-mode`): whether all that should come over the new way does.',
  });

export const GetMediaWhy = z
  .object({
    type: z.literal('get-media-why'),
    ref: ref(),
    stream: z.optional(StreamId.check(z.describe('Absent: all streams.'))),
  })
  .register(z.globalRegistry, {
    id: 'GetMediaWhy',
    description: 'Asks which layers the server forwards to this connection, and why; `done` has the answer.',
  });

export const Leave = z
  .object({ type: z.literal('leave'), ref: ref() })
  .register(z.globalRegistry, { id: 'Leave', description: 'Gives up the seat at once, without grace.' });

/** Everything that a client that has joined may send. */
export const ClientMessage = z.discriminatedUnion('type', [
  Publish,
  UpdateStream,
  Unpublish,
  UpdateSubscription,
  SignalRequest,
  SendMessage,
  UpdateConnection,
  RequestMute,
  Disconnect,
  GetIceServers,
  SendMediaSignal,
  SetMediaView,
  ReportMedia,
  GetMediaWhy,
  Leave,
]);
export type ClientMessage = z.infer<typeof ClientMessage>;
