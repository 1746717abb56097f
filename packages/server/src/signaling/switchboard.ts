import type { Clock } from '@maru/protocol/core';
import {
  type ClientMessage,
  type Closed,
  type ConnectionLimits,
  type Envelope,
  type ErrorCode,
  type Hello,
  type IceServer,
  PROTOCOL_VERSION,
  type Refused,
  type Resume,
  type ServerOpening,
  validateClientMessageCompiled,
  validateClientOpening,
  validateEnvelopeCompiled,
} from '@maru/signaling';
import { Refusal } from '../domain/index.js';
import type { SessionHost } from '../host/session-host.js';
import type { Link } from './link.js';
import type { Mailbox } from './mailbox.js';
import type { SeatTokens } from './seat-tokens.js';
import { TokenBucket } from './token-bucket.js';
import type { Transport } from './transport.js';

export interface SignalingLimits {
  readonly heartbeatMs: number;
  readonly frameBytes: number;
  readonly messagesPerSecond: number;
  readonly burstMessages: number;
  /** Signals that a connection may send at once for each other connection: an offer and its candidates. */
  readonly signalsPerPeer: number;
  /** Invalid messages after which the transport is closed. */
  readonly strikes: number;
  /** How long the server may wait before it acknowledges alone. */
  readonly ackDelayMs: number;
}

export const DEFAULT_SIGNALING_LIMITS: SignalingLimits = {
  heartbeatMs: 10_000,
  frameBytes: 256 * 1024,
  messagesPerSecond: 50,
  burstMessages: 100,
  signalsPerPeer: 64,
  strikes: 3,
  ackDelayMs: 200,
};

export interface SwitchboardContext {
  readonly host: SessionHost;
  readonly clock: Clock;
  readonly tokens: SeatTokens;
  readonly limits: SignalingLimits;
  /** STUN and TURN servers for the seat `connection`, whose client calls this server `host`. */
  readonly iceServers: (connection: string, host: string | undefined) => IceOffer;
  readonly counters: SignalingCounters;
  /** A seat is over. */
  readonly seatEnded?: (connection: string) => void;
}

/** Servers, and for how long their credentials are good. */
export interface IceOffer {
  readonly iceServers: IceServer[];
  readonly iceServersTtlMs?: number;
}

/** What the metrics know of signaling. */
export interface SignalingCounters {
  received: number;
  sent: number;
  duplicates: number;
  refused: Map<string, number>;
}

/** Silence of this many heartbeats means that a path is dead. */
const SILENT_HEARTBEATS = 2.5;

/** Connects those who have joined with the transports over which they are reached. */
export class Switchboard {
  private readonly links = new Map<string, Link>();
  private readonly dirty = new Set<Link>();
  private readonly ackDue = new Set<Link>();
  private cancelBeat: (() => void) | undefined;
  private cancelAcks: (() => void) | undefined;
  private isClosed = false;

  constructor(private readonly context: SwitchboardContext) {
    context.host.onEvents = {
      mailed: (_, connection) => this.markDirty(connection),
      seatEnded: (_, connection, box, end) => this.endSeat(connection, box, end),
      committed: () => this.flushAll(),
    };
    this.planBeat();
  }

  get size(): number {
    return this.links.size;
  }

  /** Whether somebody sits there, also while away. */
  isSeated(connection: string): boolean {
    const link = this.links.get(connection);
    return link !== undefined && !link.end;
  }

  transportOf(connection: string): Transport['kind'] | null {
    return this.links.get(connection)?.transport?.kind ?? null;
  }

  /**
   * Takes the first message of a transport. The answer is sent over it, once what it says is kept; the link is what
   * later frames are received for. Undefined: refused, and the transport is closed.
   */
  async open(input: unknown, transport: Transport): Promise<Link | undefined> {
    if (this.isClosed) return this.refuse(transport, new Refusal('server/restarting', 'The server is going away.'));
    const opening = validateClientOpening(input);
    if (!opening.ok)
      return this.refuse(transport, new Refusal(opening.invalid.code, opening.invalid.detail, opening.invalid.field));
    const message = opening.value;
    if (message.protocol !== PROTOCOL_VERSION) {
      const detail = `This server speaks version ${PROTOCOL_VERSION} of the protocol, not ${message.protocol}.`;
      return this.refuse(transport, new Refusal('protocol/unsupported-version', detail, 'protocol'));
    }
    return message.type === 'hello' ? this.hello(message, transport) : this.resume(message, transport);
  }

  /** Takes a frame as parsed JSON from the present transport of `link`. */
  receive(link: Link, transport: Transport, input: unknown): void {
    if (link.transport !== transport || link.end) return;
    this.receiveFrame(link, input);
  }

  /**
   * Takes a frame that the client posted just after the end of its stream of events, over which it was reached until then:
   * its farewell, say. Once another transport has taken over, that one alone speaks.
   */
  receiveLate(link: Link, input: unknown): void {
    if (link.transport === undefined && !link.end) this.receiveFrame(link, input);
  }

  private receiveFrame(link: Link, input: unknown): void {
    link.heardAt = this.context.clock.now();
    const envelope = validateEnvelopeCompiled(input);
    if (!envelope.ok) {
      this.strike(link, { code: envelope.invalid.code, detail: envelope.invalid.detail, field: envelope.invalid.field });
      return;
    }
    this.receiveEnvelope(link, envelope.value);
  }

  /** A frame that is not even JSON. */
  receiveNonsense(link: Link, transport: Transport): void {
    if (link.transport !== transport || link.end) return;
    this.strike(link, { code: 'request/not-json', detail: 'The message is not JSON.' });
  }

  /** The transport is gone; the seat is kept for the grace period. */
  lost(link: Link, transport: Transport): void {
    if (link.transport !== transport) return;
    link.transport = undefined;
    if (link.end) this.links.delete(link.connection);
    else this.context.host.run((directory, now) => directory.interrupt(now, link.session, link.connection));
  }

  /** The transport can take more. */
  writable(link: Link): void {
    this.flush(link);
  }

  /** The client reads anew: what it has not acknowledged is said again. */
  reread(link: Link, transport: Transport): void {
    if (link.transport !== transport) return;
    link.heardAt = this.context.clock.now();
    link.box.rewind();
    this.flush(link);
  }

  /** The client was told how far we have received, outside of the frames. */
  acknowledged(link: Link): void {
    this.said(link);
  }

  /** Says goodbye to every transport; everybody may resume elsewhere or later. */
  closeAll(code: ErrorCode, detail: string): void {
    this.isClosed = true;
    this.cancelBeat?.();
    this.cancelAcks?.();
    for (const link of this.links.values()) link.transport?.close({ type: 'closed', code, detail, resumable: true });
  }

  private async hello(message: Hello, transport: Transport): Promise<Link | undefined> {
    const { host, tokens } = this.context;
    const claims = await tokens.verify(message.token, host.now().wallMs);
    if (claims instanceof Refusal) return this.refuse(transport, claims);
    const joined = host.run((directory, now) => directory.join(now, claims, message.attempt, message.presence ?? {}));
    if (joined instanceof Refusal) return this.refuse(transport, joined);
    const { session, connection, again } = joined;
    if (again && !this.restartJoin(session.id, connection.id)) {
      return this.refuse(transport, new Refusal('token/already-used', 'The seat of this token is taken.'));
    }
    const link = this.linkOf(session.id, connection.id);
    if (again) host.run((directory) => directory.resume(session.id, connection.id));
    const welcome: ServerOpening = {
      type: 'welcome',
      protocol: PROTOCOL_VERSION,
      session: session.info(),
      self: connection.info()!,
      connections: session.infoOfOthers(connection.id),
      resumeKey: tokens.resumeKey(session.id, connection.id),
      graceMs: session.row.graceMs,
      heartbeatMs: this.context.limits.heartbeatMs,
      limits: this.limitsOf(session.row.limits),
      ...this.context.iceServers(connection.id, transport.host),
    };
    return this.attach(link, transport, welcome);
  }

  private async resume(message: Resume, transport: Transport): Promise<Link | undefined> {
    const { host, tokens } = this.context;
    const session = tokens.sessionOfResumeKey(message.resumeKey, message.connection);
    if (session === undefined) return this.refuse(transport, new Refusal('connection/gone', 'The seat no longer exists.'));
    const box = host.mailroom.box(session, message.connection);
    if (!box) return this.refuse(transport, new Refusal('connection/gone', 'The seat no longer exists.'));
    if (message.received < box.acked || !box.acknowledge(message.received)) {
      return this.refuse(transport, new Refusal('connection/gone', 'What was missed is no longer kept; join anew.'));
    }
    const resumed = host.run((directory) => directory.resume(session, message.connection));
    if (resumed instanceof Refusal) return this.refuse(transport, resumed);
    return this.attach(this.linkOf(session, message.connection), transport, {
      type: 'resumed',
      received: box.received,
      ...this.context.iceServers(message.connection, transport.host),
    });
  }

  /** Whether nothing happened on the seat since its first welcome, which was lost; if so, its numbers begin anew. */
  private restartJoin(session: string, connection: string): boolean {
    const { host } = this.context;
    const box = host.mailroom.box(session, connection);
    if (!box || box.received > 0 || box.acked > 0) return false;
    const fresh = host.mailroom.reset(session, connection);
    host.keep(JSON.stringify({ type: 'mailbox-reset', session, connection }));
    const link = this.links.get(connection);
    if (link) link.box = fresh;
    return true;
  }

  private linkOf(session: string, connection: string): Link {
    const known = this.links.get(connection);
    if (known) return known;
    const { host, clock, limits } = this.context;
    const now = clock.now();
    const link: Link = {
      session,
      connection,
      box: host.mailroom.box(session, connection)!,
      transport: undefined,
      heardAt: now,
      saidAt: now,
      ackSaid: 0,
      strikes: 0,
      requests: new TokenBucket(now, limits.messagesPerSecond, limits.burstMessages),
      signals: new TokenBucket(now, limits.messagesPerSecond, limits.burstMessages),
      end: undefined,
    };
    this.links.set(connection, link);
    return link;
  }

  /** Makes `transport` the one of `link`, answers, and sends what waits, all once it is kept. */
  private attach(link: Link, transport: Transport, answer: ServerOpening): Promise<Link | undefined> {
    this.release(link); // what happens meanwhile waits for the new transport
    return new Promise((resolve) => {
      this.context.host.whenCommitted(() => {
        if (!transport.isOpen) {
          this.context.host.run((directory, now) => directory.interrupt(now, link.session, link.connection));
          resolve(undefined);
          return;
        }
        const now = this.context.clock.now();
        this.release(link); // two that came at once: the later one stays
        link.transport = transport;
        link.heardAt = link.saidAt = now;
        link.box.rewind();
        link.ackSaid = link.box.received;
        transport.send(JSON.stringify(answer));
        transport.flush();
        this.dirty.add(link);
        resolve(link);
      });
    });
  }

  /** Ends the transport that `link` has had until now. */
  private release(link: Link): void {
    const { transport } = link;
    link.transport = undefined;
    const detail = 'Another transport of the same client took over.';
    transport?.close({ type: 'closed', code: 'connection/replaced', detail, resumable: false });
  }

  private receiveEnvelope(link: Link, { seq, ack, message }: Envelope): void {
    const { box } = link;
    const { counters } = this.context;
    if (!box.acknowledge(ack)) return this.endTransport(link, 'protocol/out-of-order', 'It acknowledges what was never sent.');
    if (seq === undefined) {
      if (!link.requests.take(link.heardAt, 0.1)) this.flood(link);
      return;
    }
    counters.received += 1;
    this.owesAck(link);
    if (seq <= box.received) {
      counters.duplicates += 1;
      if (!link.requests.take(link.heardAt)) this.flood(link);
      return;
    }
    if (seq !== box.received + 1) {
      return this.endTransport(link, 'protocol/out-of-order', `Expected number ${box.received + 1}, got ${seq}.`);
    }
    box.received = seq;
    this.context.host.received(link.session, link.connection, box);
    const checked = validateClientMessageCompiled(message);
    if (!checked.ok) return this.strike(link, { ...checked.invalid, ref: refOf(message) });
    if (!this.isWithinRate(link, checked.value)) return this.flood(link);
    this.request(link, checked.value);
  }

  private request(link: Link, message: ClientMessage): void {
    const { host } = this.context;
    const { session, connection } = link;
    const answer = host.run((directory, now) => directory.request(now, session, connection, message));
    if (answer instanceof Refusal) {
      const { code, detail, field } = answer;
      this.tell(link, {
        type: 'failed',
        code,
        detail,
        ...(message.ref !== undefined && { ref: message.ref }),
        ...(field && { field }),
      });
    } else if (message.ref !== undefined && !link.end && !answer.isLater) {
      const { id, at } = answer;
      const offer = message.type === 'get-ice-servers' ? this.context.iceServers(connection, link.transport?.host) : {};
      this.tell(link, { type: 'done', ref: message.ref, ...(id && { id }), ...(at && { at }), ...offer });
    }
  }

  private tell(link: Link, message: Parameters<SessionHost['directory']['deliver']>[2]): void {
    const { session, connection } = link;
    this.context.host.run((directory) => directory.deliver(session, { all: false, to: [connection] }, message));
  }

  private isWithinRate(link: Link, message: ClientMessage): boolean {
    if (message.type !== 'signal') return link.requests.take(link.heardAt);
    const others = this.context.host.directory.state.sessionById.get(link.session)?.joinedCount ?? 1;
    return link.signals.take(link.heardAt, 1, others * this.context.limits.signalsPerPeer);
  }

  private strike(link: Link, why: { code: ErrorCode; detail: string; field?: string; ref?: number | undefined }): void {
    const { code, detail, field, ref } = why;
    this.count(code);
    link.strikes += 1;
    if (!link.requests.take(link.heardAt)) return this.flood(link);
    this.tell(link, { type: 'failed', code, detail, ...(field && { field }), ...(ref !== undefined && { ref }) });
    if (link.strikes >= this.context.limits.strikes) this.endTransport(link, code, detail);
  }

  private flood(link: Link): void {
    this.count('connection/flood');
    this.context.host.run((directory, now) => directory.endConnection(now, link.session, link.connection, 'flood'));
  }

  private endTransport(link: Link, code: ErrorCode, detail: string): void {
    const { transport } = link;
    this.count(code);
    link.strikes = 0;
    this.flush(link);
    this.lost(link, transport!);
    transport?.close({ type: 'closed', code, detail, resumable: true });
  }

  private endSeat(connection: string, box: Mailbox | undefined, end: { readonly code: string; readonly detail: string }): void {
    const link = this.links.get(connection);
    this.context.seatEnded?.(connection);
    if (!link) return;
    link.end = end;
    if (box) link.box = box;
    this.dirty.add(link);
  }

  private refuse(transport: Transport, { code, detail }: Refusal): undefined {
    this.count(code);
    const answer: Refused = { type: 'refused', code, detail, ...(code === 'server/restarting' && { retryAfterMs: 1_000 }) };
    transport.send(JSON.stringify(answer));
    transport.flush();
    transport.close({ type: 'closed', code, detail, resumable: false });
    return undefined;
  }

  private count(code: string): void {
    const { refused } = this.context.counters;
    refused.set(code, (refused.get(code) ?? 0) + 1);
  }

  private markDirty(connection: string): void {
    const link = this.links.get(connection);
    if (link) this.dirty.add(link);
  }

  private flushAll(): void {
    for (const link of this.dirty) {
      this.dirty.delete(link);
      this.flush(link);
    }
  }

  private flush(link: Link): void {
    const { transport, box } = link;
    if (transport?.isOpen) {
      let sent = 0;
      while (transport.isWritable) {
        const payload = box.takeNext();
        if (!payload) break;
        transport.send(`{"seq":${box.transmitted},"ack":${box.received},"message":${payload.text}}`);
        sent += 1;
      }
      if (sent > 0) {
        this.context.counters.sent += sent;
        this.said(link);
        transport.flush();
      }
    }
    if (!link.end) return;
    this.links.delete(link.connection);
    this.ackDue.delete(link);
    const last: Closed = { type: 'closed', code: link.end.code, detail: link.end.detail, resumable: false };
    link.transport = undefined;
    transport?.close(last);
  }

  private said(link: Link): void {
    link.saidAt = this.context.clock.now();
    link.ackSaid = link.box.received;
    this.ackDue.delete(link);
  }

  private owesAck(link: Link): void {
    this.ackDue.add(link);
    if (this.cancelAcks || this.isClosed) return;
    const { clock, limits } = this.context;
    this.cancelAcks = clock.schedule(clock.now() + limits.ackDelayMs, () => {
      this.cancelAcks = undefined;
      for (const due of this.ackDue) this.sayAck(due);
      this.ackDue.clear();
    });
  }

  /** Says how far we have received, by itself: an acknowledgement, and the heartbeat. */
  private sayAck(link: Link): void {
    if (!link.transport?.isOpen || !link.transport.isWritable) return;
    link.transport.send(`{"ack":${link.box.received}}`);
    link.transport.flush();
    this.said(link);
  }

  private planBeat(): void {
    const { clock, limits } = this.context;
    this.cancelBeat = clock.schedule(clock.now() + limits.heartbeatMs / 4, () => {
      this.beat();
      this.planBeat();
    });
  }

  private beat(): void {
    const now = this.context.clock.now();
    const { heartbeatMs } = this.context.limits;
    for (const link of this.links.values()) {
      if (!link.transport) continue;
      if (now - link.heardAt > heartbeatMs * SILENT_HEARTBEATS) {
        this.endTransport(link, 'connection/silent', 'Nothing was heard for too long.');
      } else if (now - link.saidAt >= heartbeatMs * 0.75) this.sayAck(link);
    }
  }

  private limitsOf(session: { readonly messageBytes: number; readonly streamsPerConnection: number }): ConnectionLimits {
    const { frameBytes, messagesPerSecond, burstMessages } = this.context.limits;
    const { messageBytes, streamsPerConnection } = session;
    return { frameBytes, messageBytes, messagesPerSecond, burstMessages, streamsPerConnection };
  }
}

/** The `ref` of a message that is not valid, if that at least is. */
function refOf(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || !('ref' in message)) return undefined;
  return Number.isSafeInteger(message.ref) && (message.ref as number) > 0 ? (message.ref as number) : undefined;
}
