import { type Instant, NEVER, OutputQueue, type RandomSource } from '@maru/protocol/core';
import type {
  ClientMessage,
  ErrorCode,
  LeaveReason,
  Metadata,
  Mode,
  Presence,
  Role,
  ServerMessage,
  StreamInfo,
} from '@maru/signaling';
import type { CreateSession, WebhookEvent } from '@maru/signaling/rest';
import type { Connection } from './connection.js';
import { DeadlineQueue } from './deadline-queue.js';
import { IdSource } from './ids.js';
import { type DomainLimits, fits } from './limits.js';
import { afterRestart, type MediaInput, mediaDeadline, mediaStateOf, nextProgress, usesServer } from './media-mode.js';
import { isoOf, type Moment } from './moment.js';
import type { Audience, DomainOutput, MediaRequest } from './outputs.js';
import type { ConnectionRow, DomainRecord } from './records.js';
import { type Outcome, Refusal } from './refusal.js';
import { type RequestAnswer, RequestHandler } from './requests.js';
import type { Session } from './session.js';
import { DomainState } from './state.js';

/** What `createSession` takes: the body of the REST call. */
export type SessionSpec = CreateSession;

/** What `createConnection` takes. */
export interface ConnectionSpec {
  readonly role?: Role | undefined;
  readonly metadata?: Metadata | undefined;
  readonly ttlSeconds?: number | undefined;
}

/** Why a session is over. */
export type SessionEndReason = 'closed' | 'empty' | 'expired';

const NO_SESSION = new Refusal('session/not-found', 'There is no such session.');
const NO_CONNECTION = new Refusal('connection/not-found', 'There is no such connection in this session.');

/** What the holder of a seat is told of why it lost it. */
const SEAT_END: Record<LeaveReason, { readonly code: ErrorCode | 'left'; readonly detail: string }> = {
  left: { code: 'left', detail: 'You left.' },
  disconnected: { code: 'connection/gone', detail: 'A moderator or the application ended this connection.' },
  'grace-expired': { code: 'connection/gone', detail: 'The connection did not come back in time.' },
  'token-revoked': { code: 'token/revoked', detail: 'The seat was taken away.' },
  'session-ended': { code: 'session/ended', detail: 'The session is over.' },
  overflow: { code: 'connection/overflow', detail: 'Too many messages were not acknowledged.' },
  flood: { code: 'connection/flood', detail: 'Too many messages were sent.' },
};

/**
 * All sessions of a server, and the rules by which they live: a deterministic machine without I/O.
 * Each call changes the state and queues what follows from it; {@link Directory.drain} hands that over.
 */
export class Directory {
  readonly state = new DomainState();
  /** Modes that new sessions may have: those of the media server too, once it is there. */
  readonly modes = new Set<Mode>(['p2p']);
  private readonly outputs = new OutputQueue<DomainOutput>(0);
  private readonly deadlines = new DeadlineQueue();
  private readonly ids: IdSource;
  private readonly requests: RequestHandler;

  constructor(
    random: RandomSource,
    readonly limits: DomainLimits,
  ) {
    this.ids = new IdSource(random);
    this.requests = new RequestHandler(this, this.ids);
  }

  /** When {@link advance} is next worth calling. */
  get deadline(): Instant {
    return this.deadlines.next;
  }

  drain(take: (output: DomainOutput) => void): void {
    this.outputs.drain({ transmit: neverTransmits, event: take });
  }

  /** Ends what has outlived its time: seats that nobody took or came back to, sessions that stayed empty. */
  advance(now: Moment): void {
    for (let key = this.deadlines.take(now.instant); key !== undefined; key = this.deadlines.take(now.instant)) {
      const [session = '', connection] = key.split('/');
      if (connection === undefined) this.expireSession(now, session);
      else if (connection === MEDIA) this.mediaChanges(now, session, 'time');
      else this.expireSeat(now, session, connection);
    }
  }

  /**
   * After a restart: takes the records as they were kept; {@link recovered} must follow. False when a record is about a
   * session whose image stands later in the journal.
   */
  restore(record: DomainRecord): boolean {
    const session = 'row' in record ? (record.type === 'session' ? undefined : record.row.session) : record.session;
    if (session !== undefined && !this.state.sessionById.has(session)) return false;
    this.state.apply(record);
    return true;
  }

  /** After a restart: everybody who had joined is away now, and every wait begins anew. */
  recovered(now: Moment): void {
    for (const session of this.state.sessionById.values()) {
      for (const connection of session.connectionById.values()) {
        const { joined, tokenExpiresAtMs } = connection.row;
        connection.away = joined !== null;
        const waitMs = joined ? session.row.graceMs : Math.max(0, tokenExpiresAtMs - now.wallMs);
        this.deadlines.set(seatKey(connection), now.instant + waitMs);
      }
      this.watchEmptiness(now, session);
      this.mediaRecovered(now, session);
    }
  }

  createSession(now: Moment, spec: SessionSpec): Outcome<Session> {
    const { limits } = this;
    const id = spec.id ?? this.ids.next();
    const mode = spec.mode ?? 'p2p';
    if (!this.modes.has(mode)) {
      const detail = `The mode ${mode} is not available on this server; it knows ${[...this.modes].join(', ')}.`;
      return new Refusal('session/mode-unavailable', detail, 'mode');
    }
    if (this.state.sessionById.has(id)) return new Refusal('session/exists', `A session with the id ${id} exists.`, 'id');
    if (this.state.sessionById.size >= limits.sessions) {
      return new Refusal('session/limit', `This server has ${limits.sessions} sessions, as many as it may have.`);
    }
    const metadata = spec.metadata ?? {};
    if (!fits(metadata, limits.metadataBytes)) return tooLarge('metadata', limits.metadataBytes);
    this.record({
      type: 'session',
      row: {
        id,
        mode,
        metadata,
        limits: {
          connections: spec.limits?.connections ?? limits.connectionsPerSession,
          streamsPerConnection: spec.limits?.streamsPerConnection ?? limits.streamsPerConnection,
          messageBytes: spec.limits?.messageBytes ?? limits.messageBytes,
        },
        graceMs: spec.graceMs ?? limits.graceMs,
        emptyTimeoutMs: spec.emptyTimeoutMs ?? limits.emptyTimeoutMs,
        createdAtMs: now.wallMs,
      },
    });
    const session = this.state.sessionById.get(id)!;
    this.watchEmptiness(now, session);
    this.tellApplication(now, id, { type: 'session-started', mode, metadata });
    return session;
  }

  closeSession(now: Moment, id: string, reason: SessionEndReason = 'closed'): Outcome<undefined> {
    const session = this.state.sessionById.get(id);
    if (!session) return NO_SESSION;
    this.deliver(id, { all: true }, { type: 'session-ended', reason });
    for (const connection of session.connectionById.values()) {
      this.deadlines.cancel(seatKey(connection));
      if (connection.row.joined) this.tellLeft(now, connection, 'session-ended');
      this.endSeat(connection, 'session-ended');
    }
    this.deadlines.cancel(id);
    this.deadlines.cancel(mediaKey(id));
    this.record({ type: 'session-ended', session: id });
    this.tellApplication(now, id, { type: 'session-ended', reason });
    return undefined;
  }

  /** Reserves a seat. Its token is made by whoever asked, from the row. */
  createConnection(now: Moment, sessionId: string, spec: ConnectionSpec): Outcome<Connection> {
    const session = this.state.sessionById.get(sessionId);
    if (!session) return NO_SESSION;
    if (session.joinedCount >= session.row.limits.connections) return full(session);
    if (session.reservedCount >= this.limits.reservedPerSession) {
      return new Refusal('request/too-many', `${session.reservedCount} seats are reserved and not yet taken.`);
    }
    const metadata = spec.metadata ?? {};
    if (!fits(metadata, this.limits.metadataBytes)) return tooLarge('metadata', this.limits.metadataBytes);
    const ttlMs = spec.ttlSeconds === undefined ? this.limits.tokenTtlMs : spec.ttlSeconds * 1_000;
    const row: ConnectionRow = {
      id: this.ids.next(),
      session: sessionId,
      role: spec.role ?? 'publisher',
      metadata,
      tokenId: this.ids.next(),
      // whole seconds, as tokens say them (RFC 7519 §2, NumericDate)
      tokenExpiresAtMs: Math.ceil((now.wallMs + ttlMs) / 1_000) * 1_000,
      createdAtMs: now.wallMs,
      joined: null,
    };
    this.record({ type: 'connection', row });
    const connection = session.connectionById.get(row.id)!;
    this.deadlines.set(seatKey(connection), now.instant + row.tokenExpiresAtMs - now.wallMs);
    return connection;
  }

  /** Changes the role or the metadata at once; a publisher who becomes a subscriber loses its streams. */
  updateConnection(
    now: Moment,
    sessionId: string,
    id: string,
    change: { readonly role?: Role | undefined; readonly metadata?: Metadata | undefined },
  ): Outcome<Connection> {
    const found = this.find(sessionId, id);
    if (found instanceof Refusal) return found;
    const { session, connection } = found;
    if (change.metadata && !fits(change.metadata, this.limits.metadataBytes))
      return tooLarge('metadata', this.limits.metadataBytes);
    const role = change.role ?? connection.row.role;
    this.record({ type: 'connection', row: { ...connection.row, role, metadata: change.metadata ?? connection.row.metadata } });
    if (role === 'subscriber') {
      for (const stream of [...connection.streamById.keys()]) this.endStream(now, session, stream, null);
    }
    if (connection.row.joined) {
      this.deliver(
        sessionId,
        { all: true },
        {
          type: 'connection-updated',
          connection: id,
          ...(change.role && { role: change.role }),
          ...(change.metadata && { metadata: change.metadata }),
        },
      );
    }
    return connection;
  }

  /**
   * Takes the seat that a token is for. Who repeats the same join (the same `attempt`) before anything else happened
   * on the seat takes it again: its first answer was lost.
   */
  join(
    now: Moment,
    token: { readonly session: string; readonly connection: string; readonly tokenId: string },
    attempt: string,
    presence: Presence,
  ): Outcome<{ readonly session: Session; readonly connection: Connection; readonly again: boolean }> {
    const session = this.state.sessionById.get(token.session);
    if (!session) return new Refusal('session/ended', 'The session of this token is over.');
    const connection = session.connectionById.get(token.connection);
    if (!connection || connection.row.tokenId !== token.tokenId) {
      return new Refusal('token/revoked', 'The seat of this token was given up, taken away, or not taken in time.');
    }
    if (connection.row.joined) {
      if (connection.row.joined.attempt !== attempt) return new Refusal('token/already-used', 'The seat of this token is taken.');
      return { session, connection, again: true };
    }
    if (session.joinedCount >= session.row.limits.connections) return full(session);
    if (!fits(presence, this.limits.presenceBytes)) return tooLarge('presence', this.limits.presenceBytes);
    const order = session.lastOrder + 1;
    this.record({ type: 'connection', row: { ...connection.row, joined: { order, atMs: now.wallMs, attempt, presence } } });
    connection.away = false;
    this.deadlines.cancel(seatKey(connection));
    this.deadlines.cancel(session.id);
    this.deliver(session.id, { all: true, except: connection.id }, { type: 'connection-joined', connection: connection.info()! });
    this.tellApplication(now, session.id, {
      type: 'connection-joined',
      connection: connection.id,
      role: connection.row.role,
      metadata: connection.row.metadata,
    });
    this.mediaChanges(now, session.id, 'people');
    return { session, connection, again: false };
  }

  /** The signaling of a connection is interrupted: the seat is kept for the grace period. */
  interrupt(now: Moment, sessionId: string, id: string): void {
    const found = this.find(sessionId, id);
    if (found instanceof Refusal || found.connection.state !== 'joined') return;
    found.connection.away = true;
    this.deadlines.set(seatKey(found.connection), now.instant + found.session.row.graceMs);
    this.deliver(sessionId, { all: true, except: id }, { type: 'connection-away', connection: id });
  }

  /** It came back. */
  resume(sessionId: string, id: string): Outcome<Connection> {
    const found = this.find(sessionId, id);
    if (found instanceof Refusal || !found.connection.row.joined) {
      return new Refusal('connection/gone', 'The seat no longer exists.');
    }
    const { connection } = found;
    if (!connection.away) return connection;
    connection.away = false;
    this.deadlines.cancel(seatKey(connection));
    this.deliver(sessionId, { all: true, except: id }, { type: 'connection-back', connection: id });
    return connection;
  }

  /** Ends a seat, taken or reserved. `disconnected` tells its holder; the others always hear of it. */
  endConnection(now: Moment, sessionId: string, id: string, reason: LeaveReason): Outcome<undefined> {
    const found = this.find(sessionId, id);
    if (found instanceof Refusal) return found;
    const { session, connection } = found;
    this.deadlines.cancel(seatKey(connection));
    const hasJoined = connection.row.joined !== null;
    if (hasJoined && reason !== 'left') this.deliver(sessionId, { all: false, to: [id] }, { type: 'disconnected', reason });
    this.endSeat(connection, reason);
    this.record({ type: 'connection-ended', session: sessionId, connection: id, reason });
    if (!hasJoined) return undefined;
    this.deliver(sessionId, { all: true }, { type: 'connection-left', connection: id, reason });
    this.tellLeft(now, connection, reason);
    this.watchEmptiness(now, session);
    this.mediaChanges(now, session.id, 'people');
    return undefined;
  }

  /** Ends a stream for somebody other than its publisher's own request: the publisher is told too. */
  unpublish(now: Moment, sessionId: string, stream: string): Outcome<undefined> {
    const session = this.state.sessionById.get(sessionId);
    if (!session) return NO_SESSION;
    if (!session.publishedById.has(stream)) return new Refusal('stream/not-found', 'There is no such stream in this session.');
    this.endStream(now, session, stream, null);
    return undefined;
  }

  /** A message from the application. */
  sendMessage(
    now: Moment,
    sessionId: string,
    message: { readonly to?: readonly string[] | undefined; readonly type: string; readonly data: unknown },
  ): Outcome<{ readonly id: string; readonly at: string; readonly recipients: number }> {
    const session = this.state.sessionById.get(sessionId);
    if (!session) return NO_SESSION;
    return this.requests.sendMessage(now, session, null, { to: message.to, messageType: message.type, data: message.data });
  }

  /** Carries out what a connection that has joined asks for. */
  request(now: Moment, sessionId: string, id: string, message: ClientMessage): Outcome<RequestAnswer> {
    const found = this.find(sessionId, id);
    if (found instanceof Refusal) return found;
    return this.requests.handle(now, found.session, found.connection, message);
  }

  find(sessionId: string, id: string): Outcome<{ readonly session: Session; readonly connection: Connection }> {
    const session = this.state.sessionById.get(sessionId);
    if (!session) return NO_SESSION;
    const connection = session.connectionById.get(id);
    return connection ? { session, connection } : NO_CONNECTION;
  }

  /** Publishes or changes a stream: keeps it and tells the others. */
  putStream(now: Moment, session: Session, connection: Connection, stream: StreamInfo): void {
    const isNew = !connection.streamById.has(stream.id);
    this.record({ type: 'stream', session: session.id, connection: connection.id, stream });
    const type = isNew ? 'stream-published' : 'stream-updated';
    this.deliver(session.id, { all: true, except: connection.id }, { type, connection: connection.id, stream });
    if (isNew) this.tellApplication(now, session.id, { type: 'stream-published', connection: connection.id, stream });
  }

  /** Ends a stream; `by` is its own publisher, who needs not be told, or null. */
  endStream(now: Moment, session: Session, stream: string, by: string | null): void {
    const published = session.publishedById.get(stream);
    if (!published) return;
    const connection = published.connection.id;
    this.record({ type: 'stream-ended', session: session.id, stream });
    const audience: Audience = by === null ? { all: true } : { all: true, except: by };
    this.deliver(session.id, audience, { type: 'stream-unpublished', connection, stream });
    this.tellApplication(now, session.id, { type: 'stream-unpublished', connection, stream });
  }

  /** What `connection` says of the way that media is moving to. */
  mediaReady(now: Moment, session: Session, connection: string, epoch: number, isReady: boolean): void {
    this.mediaHears(now, session, { type: 'ready', connection, epoch, isReady });
  }

  /** Hands a request over to the media server. */
  askMedia(session: Session, connection: Connection, request: MediaRequest): void {
    this.outputs.event({ type: 'media', session: session.id, connection: connection.id, request });
  }

  record(record: DomainRecord): void {
    this.state.apply(record);
    this.outputs.event({ type: 'record', record });
  }

  deliver(session: string, audience: Audience, message: ServerMessage): void {
    this.outputs.event({ type: 'deliver', session, audience, message });
  }

  private mediaChanges(now: Moment, id: string, type: 'people' | 'time'): void {
    const session = this.state.sessionById.get(id);
    if (session) this.mediaHears(now, session, { type, people: session.people });
  }

  private mediaHears(now: Moment, session: Session, input: MediaInput): void {
    if (session.row.mode !== 'auto') return;
    this.enterMedia(session, nextProgress(now.instant, session.media, input));
  }

  /** Keeps where media is now, tells everybody when that is another place, and waits for what comes next. */
  private enterMedia(session: Session, next: Session['media']): void {
    const before = session.media;
    if (next === before) return;
    this.record({ type: 'media', session: session.id, media: next });
    const deadline = mediaDeadline(next);
    if (deadline === NEVER) this.deadlines.cancel(mediaKey(session.id));
    else this.deadlines.set(mediaKey(session.id), deadline);
    const media = mediaStateOf(next);
    const told = mediaStateOf(before);
    if (media.epoch === told.epoch && media.stage === told.stage) return;
    this.deliver(session.id, { all: true }, { type: 'media-mode', media });
  }

  /** The media server began anew: everybody must, with it. */
  private mediaRecovered(now: Moment, session: Session): void {
    if (session.row.mode === 'auto') this.enterMedia(session, afterRestart(now.instant, session.media, session.people));
    if (!usesServer(session.media)) return;
    this.deliver(session.id, { all: true }, { type: 'media-signal', signal: { kind: 'reset', generation: 0 } });
  }

  private tellApplication(now: Moment, session: string, event: EventBody): void {
    this.outputs.event({ type: 'event', event: { id: this.ids.next(), at: isoOf(now.wallMs), session, ...event } });
  }

  private tellLeft(now: Moment, connection: Connection, reason: LeaveReason): void {
    const session = connection.row.session;
    for (const stream of connection.streamById.keys()) {
      this.tellApplication(now, session, { type: 'stream-unpublished', connection: connection.id, stream });
    }
    this.tellApplication(now, session, { type: 'connection-left', connection: connection.id, reason });
  }

  private endSeat(connection: Connection, reason: LeaveReason): void {
    this.outputs.event({ type: 'seat-ended', session: connection.row.session, connection: connection.id, ...SEAT_END[reason] });
  }

  private expireSession(now: Moment, id: string): void {
    const session = this.state.sessionById.get(id);
    if (!session || session.joinedCount > 0) return;
    const lastTokenMs = Math.max(0, ...[...session.connectionById.values()].map(({ row }) => row.tokenExpiresAtMs));
    if (lastTokenMs > now.wallMs) this.deadlines.set(id, now.instant + lastTokenMs - now.wallMs + 1);
    else this.closeSession(now, id, 'empty');
  }

  private expireSeat(now: Moment, sessionId: string, id: string): void {
    const connection = this.state.connection(sessionId, id);
    if (!connection) return;
    this.endConnection(now, sessionId, id, connection.row.joined ? 'grace-expired' : 'token-revoked');
  }

  private watchEmptiness(now: Moment, session: Session): void {
    if (session.joinedCount === 0) this.deadlines.set(session.id, now.instant + session.row.emptyTimeoutMs);
  }
}

/** A webhook event without what all of them have. */
type EventBody = WebhookEvent extends infer Event
  ? Event extends WebhookEvent
    ? Omit<Event, 'id' | 'at' | 'session'>
    : never
  : never;

/** No connection has this name: names begin with a letter or a digit. */
const MEDIA = '.media';

const mediaKey = (session: string): string => `${session}/${MEDIA}`;

const seatKey = (connection: Connection): string => `${connection.row.session}/${connection.id}`;

const full = (session: Session): Refusal =>
  new Refusal('session/full', `The session has ${session.row.limits.connections} connections, as many as it may have.`);

const tooLarge = (field: string, limitBytes: number): Refusal =>
  new Refusal('request/too-large', `${field} must be at most ${limitBytes} bytes as JSON.`, field);

function neverTransmits(): void {
  throw new Error('the domain sends no datagrams');
}
