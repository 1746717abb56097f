import * as z from 'zod/mini';
import { ConnectionInfo, Presence } from './connection.js';
import { IceServer, iceServersTtlMs } from './ice-server.js';
import { Metadata } from './json.js';
import { PROTOCOL_LIMITS } from './limits.js';
import { MediaState } from './media.js';
import { ConnectionId, SessionId } from './names.js';
import { Mode } from './session.js';

const position = () => z.int().check(z.minimum(0));

/** The first message of a client that takes its seat. */
export const Hello = z
  .object({
    type: z.literal('hello'),
    protocol: z.int().check(z.describe('The version that the client speaks: 1.')),
    token: z.string().check(z.maxLength(PROTOCOL_LIMITS.tokenChars)),
    attempt: z
      .string()
      .check(
        z.regex(/^[A-Za-z0-9_-]{16,64}$/),
        z.describe(
          'A random text, made once for each join: who repeats it with the token, on any transport, repeats the same join.',
        ),
      ),
    client: z.optional(z.object({ name: z.string().check(z.maxLength(64)), version: z.string().check(z.maxLength(32)) })),
    presence: z.optional(Presence),
  })
  .register(z.globalRegistry, { id: 'Hello', description: 'Takes the seat that the token is for.' });
export type Hello = z.infer<typeof Hello>;

/** The first message of a client that comes back to its seat, on any transport. */
export const Resume = z
  .object({
    type: z.literal('resume'),
    protocol: z.int(),
    connection: ConnectionId,
    resumeKey: z.string().check(z.maxLength(128)),
    received: position().check(z.describe('The highest number received in order; what came after it is sent again.')),
  })
  .register(z.globalRegistry, { id: 'Resume', description: 'Comes back to a seat within the grace period.' });
export type Resume = z.infer<typeof Resume>;

export const ClientOpening = z.discriminatedUnion('type', [Hello, Resume]);
export type ClientOpening = z.infer<typeof ClientOpening>;

/** The session as a connection in it sees it. */
export const SessionInfo = z
  .object({
    id: SessionId,
    mode: Mode,
    media: z.optional(MediaState.check(z.describe('Absent: from browser to browser, and it stays so.'))),
    metadata: Metadata,
    createdAt: z.iso.datetime(),
  })
  .register(z.globalRegistry, { id: 'SessionInfo', description: 'The session that was joined.' });
export type SessionInfo = z.infer<typeof SessionInfo>;

export const ConnectionLimits = z
  .object({
    frameBytes: z.int().check(z.describe('Longest frame as text.')),
    messageBytes: z.int().check(z.describe('Longest `data` of an application message as JSON text.')),
    messagesPerSecond: z.int(),
    burstMessages: z.int(),
    streamsPerConnection: z.int(),
  })
  .register(z.globalRegistry, { id: 'ConnectionLimits', description: 'What this server allows one connection.' });
export type ConnectionLimits = z.infer<typeof ConnectionLimits>;

/** The answer to `hello`: the session as it is now. Numbered messages start at 1 after it. */
export const Welcome = z
  .object({
    type: z.literal('welcome'),
    protocol: z.int(),
    session: SessionInfo,
    self: ConnectionInfo,
    connections: z.array(ConnectionInfo).check(z.describe('The others.')),
    resumeKey: z.string().check(z.describe('Secret with which this connection resumes.')),
    graceMs: z.int().check(z.describe('How long the seat is kept while signaling is interrupted.')),
    heartbeatMs: z
      .int()
      .check(z.describe('How often the server says something; silence for 2.5 times as long means a dead path.')),
    limits: ConnectionLimits,
    iceServers: z.array(IceServer),
    iceServersTtlMs: iceServersTtlMs(),
  })
  .register(z.globalRegistry, { id: 'Welcome', description: 'The seat is taken.' });
export type Welcome = z.infer<typeof Welcome>;

/** The answer to `resume`: send again, with the same numbers, what came after `received`. */
export const Resumed = z
  .object({
    type: z.literal('resumed'),
    received: position().check(z.describe('The highest number that the server received in order.')),
    iceServers: z.array(IceServer),
    iceServersTtlMs: iceServersTtlMs(),
  })
  .register(z.globalRegistry, { id: 'Resumed', description: 'The seat is taken again; nothing was lost.' });
export type Resumed = z.infer<typeof Resumed>;

/** The answer to an opening that fails. The transport is closed after it. */
export const Refused = z
  .object({
    type: z.literal('refused'),
    code: z.string(),
    detail: z.string(),
    retryAfterMs: z.optional(z.int().check(z.describe('When trying again is worth it; absent: it is not.'))),
  })
  .register(z.globalRegistry, { id: 'Refused', description: 'The opening is refused.' });
export type Refused = z.infer<typeof Refused>;

/** The last thing that the server says on a transport before it closes it. */
export const Closed = z
  .object({
    type: z.literal('closed'),
    code: z.string(),
    detail: z.string(),
    resumable: z.boolean().check(z.describe('Whether the seat still exists and `resume` is worth it.')),
  })
  .register(z.globalRegistry, { id: 'Closed', description: 'The server closes this transport.' });
export type Closed = z.infer<typeof Closed>;

export const ServerOpening = z.discriminatedUnion('type', [Welcome, Resumed, Refused]);
export type ServerOpening = z.infer<typeof ServerOpening>;
