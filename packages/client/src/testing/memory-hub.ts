import {
  type ClientMessage,
  type ConnectionInfo,
  type MediaState,
  type ServerMessage,
  type StreamInfo,
  validateClientMessage,
  validateClientOpening,
  validateEnvelope,
} from '@maru/signaling';
import type { Carrier, CarrierListener, OpenCarrier } from '../signaling/carrier.js';
import { answerTo } from './fake-peer-connection.js';

const EPOCH = '2026-01-01T00:00:00.000Z';

interface Member {
  info: ConnectionInfo;
  carrier: { listener: CarrierListener; alive: boolean } | undefined;
  readonly resumeKey: string;
  nextSeq: number;
  received: number;
  unacked: { seq: number; message: ServerMessage }[];
}

/** Decides the fate of one frame on its way: lost frames break the carrier, as they would break TCP. */
export type Weather = (direction: 'up' | 'down') => 'pass' | 'break';

/** A signaling server in memory: one session, real numbering, resuming and validation; deliveries by microtask. */
export class MemoryHub {
  readonly members = new Map<string, Member>();
  weather: Weather = () => 'pass';
  /** Which way media takes; offers to the server are answered while it is there. */
  media: MediaState = { way: 'p2p', epoch: 0, stage: 'settled' };
  /** Every client message, in the order in which it was taken. */
  readonly taken: { from: string; message: ClientMessage }[] = [];
  private joins = 0;
  private messages = 0;
  private readonly attempts = new Map<string, string>();

  /** The transports of one client to this hub. */
  readonly open: OpenCarrier = (_transport, opening, listener) => {
    const carrier = { listener, alive: true };
    let member: Member | undefined;
    const fail = (why: string): void => {
      if (!carrier.alive) return;
      carrier.alive = false;
      if (member?.carrier === carrier) this.away(member);
      queueMicrotask(() => listener.failed(why));
    };
    queueMicrotask(() => {
      if (!carrier.alive) return;
      member = this.opened(opening, carrier, fail);
    });
    const handle: Carrier = {
      send: (frames) => {
        const copies = structuredClone(frames);
        queueMicrotask(() => {
          for (const frame of copies) {
            if (!carrier.alive || !member) return;
            if (this.weather('up') === 'break') return fail('lost');
            this.frame(member, frame);
          }
        });
      },
      close: (lastWords = []) => {
        if (!carrier.alive) return;
        if (member) for (const frame of lastWords) this.frame(member, frame);
        carrier.alive = false;
        if (member?.carrier === carrier) this.away(member);
      },
    };
    return handle;
  };

  /** Says something to one. */
  tell(id: string, message: ServerMessage): void {
    const member = this.members.get(id);
    if (member) this.say(member, message);
  }

  /** Media takes another way, or has arrived there. */
  moveMedia(media: MediaState): void {
    this.media = media;
    for (const member of this.members.values()) this.say(member, { type: 'media-mode', media });
  }

  /** Says something to everybody but one. */
  private tellOthers(but: string, message: ServerMessage): void {
    for (const member of this.members.values()) if (member.info.id !== but) this.say(member, message);
  }

  private opened(
    opening: unknown,
    carrier: { listener: CarrierListener; alive: boolean },
    fail: (why: string) => void,
  ): Member | undefined {
    const checked = validateClientOpening(opening);
    if (!checked.ok) throw new Error(`a client opened with ${checked.invalid.detail}`);
    if (checked.value.type === 'resume') return this.resumed(checked.value.connection, checked.value.received, carrier, fail);
    const { token, attempt, presence = {} } = checked.value;
    const knownId = this.attempts.get(attempt);
    if (token === 'expired') {
      carrier.listener.answered({ type: 'refused', code: 'token/expired', detail: 'the token is too old' });
      return undefined;
    }
    const id = knownId ?? `c${++this.joins}`;
    this.attempts.set(attempt, id);
    const info: ConnectionInfo = {
      id,
      order: this.joins,
      role: token.startsWith('subscriber') ? 'subscriber' : 'publisher',
      metadata: { name: token },
      presence,
      away: false,
      joinedAt: EPOCH,
      streams: [],
    };
    const member: Member = { info, carrier, resumeKey: `key-${id}`, nextSeq: 1, received: 0, unacked: [] };
    const others = [...this.members.values()].filter((one) => one.info.id !== id).map((one) => one.info);
    this.members.set(id, member);
    this.deliver(member, (listener) => listener.answered(structuredClone(this.welcome(member, others))), fail);
    if (!knownId) this.tellOthers(id, { type: 'connection-joined', connection: info });
    return member;
  }

  private welcome(member: Member, connections: ConnectionInfo[]): unknown {
    return {
      type: 'welcome',
      protocol: 1,
      session: { id: 'hall', mode: 'auto', media: this.media, metadata: {}, createdAt: EPOCH },
      self: member.info,
      connections,
      resumeKey: member.resumeKey,
      graceMs: 30_000,
      heartbeatMs: 10_000,
      limits: { frameBytes: 262_144, messageBytes: 65_536, messagesPerSecond: 50, burstMessages: 100, streamsPerConnection: 8 },
      iceServers: [],
    };
  }

  private resumed(
    id: string,
    received: number,
    carrier: { listener: CarrierListener; alive: boolean },
    fail: (why: string) => void,
  ): Member | undefined {
    const member = this.members.get(id);
    if (!member) {
      carrier.listener.answered({ type: 'refused', code: 'connection/gone', detail: 'no such seat' });
      return undefined;
    }
    if (member.carrier) member.carrier.alive = false;
    member.carrier = carrier;
    member.unacked = member.unacked.filter(({ seq }) => seq > received);
    this.deliver(member, (listener) => listener.answered({ type: 'resumed', received: member.received, iceServers: [] }), fail);
    for (const { seq, message } of member.unacked) this.transmit(member, seq, message);
    if (member.info.away) this.tellOthers(id, { type: 'connection-back', connection: id });
    member.info = { ...member.info, away: false };
    return member;
  }

  private away(member: Member): void {
    member.carrier = undefined;
    if (!this.members.has(member.info.id)) return;
    member.info = { ...member.info, away: true };
    this.tellOthers(member.info.id, { type: 'connection-away', connection: member.info.id });
  }

  private frame(member: Member, frame: unknown): void {
    const envelope = validateEnvelope(frame);
    if (!envelope.ok) throw new Error(`a client sent ${envelope.invalid.detail}`);
    const { seq, ack, message } = envelope.value;
    member.unacked = member.unacked.filter((one) => one.seq > ack);
    if (seq === undefined || seq <= member.received) return;
    if (seq !== member.received + 1) throw new Error(`a client skipped from ${member.received} to ${seq}`);
    member.received = seq;
    const checked = validateClientMessage(message);
    if (!checked.ok) throw new Error(`a client said ${checked.invalid.detail}`);
    this.taken.push({ from: member.info.id, message: checked.value });
    this.take(member, checked.value);
    if (member.carrier) this.deliver(member, (listener) => listener.frame({ ack: member.received }));
  }

  private take(member: Member, message: ClientMessage): void {
    const { id } = member.info;
    const done = (extra: object = {}): void =>
      void ('ref' in message && message.ref && this.say(member, { type: 'done', ref: message.ref, ...extra }));
    switch (message.type) {
      case 'publish': {
        if (member.info.role === 'subscriber') {
          const { ref } = message;
          return this.say(member, {
            type: 'failed',
            ...(ref && { ref }),
            code: 'connection/forbidden',
            detail: 'a subscriber may not publish',
          });
        }
        const { muted = { audio: false, video: false }, metadata = {} } = message.stream;
        const stream: StreamInfo = { ...message.stream, muted, metadata, publishedAt: EPOCH };
        this.setStreams(member, [...member.info.streams, stream]);
        this.tellOthers(id, { type: 'stream-published', connection: id, stream });
        return done();
      }
      case 'update-stream': {
        const { stream: streamId, hasAudio, hasVideo, muted, metadata } = message;
        const old = member.info.streams.find((one) => one.id === streamId);
        if (!old) return;
        const stream: StreamInfo = {
          ...old,
          hasAudio: hasAudio ?? old.hasAudio,
          hasVideo: hasVideo ?? old.hasVideo,
          metadata: metadata ?? old.metadata,
          muted: { audio: muted?.audio ?? old.muted.audio, video: muted?.video ?? old.muted.video },
        };
        this.setStreams(member, [...member.info.streams.filter((one) => one !== old), stream]);
        this.tellOthers(id, { type: 'stream-updated', connection: id, stream });
        return done();
      }
      case 'unpublish':
        this.setStreams(
          member,
          member.info.streams.filter((one) => one.id !== message.stream),
        );
        this.tellOthers(id, { type: 'stream-unpublished', connection: id, stream: message.stream });
        return done();
      case 'update-subscription': {
        const owner = [...this.members.values()].find((one) => one.info.streams.some((stream) => stream.id === message.stream));
        const { stream, audio, video } = message;
        if (owner) this.say(owner, { type: 'subscription-updated', connection: id, stream, audio, video });
        return done();
      }
      case 'signal': {
        const to = this.members.get(message.to);
        if (to) this.say(to, { type: 'signal', from: id, signal: message.signal });
        return done();
      }
      case 'message': {
        this.messages += 1;
        const common = { id: `m${this.messages}`, at: EPOCH };
        const { to, messageType, data } = message;
        for (const other of this.members.values()) {
          if (other.info.id === id || (to && !to.includes(other.info.id))) continue;
          this.say(other, { type: 'message', ...common, from: id, direct: to !== undefined, messageType, data });
        }
        return done(common);
      }
      case 'update-connection':
        member.info = { ...member.info, presence: message.presence };
        this.tellOthers(id, { type: 'connection-updated', connection: id, presence: message.presence });
        return done();
      case 'leave':
        this.members.delete(id);
        return this.tellOthers(id, { type: 'connection-left', connection: id, reason: 'left' });
      case 'request-mute': {
        const owner = [...this.members.values()].find((one) => one.info.streams.some((stream) => stream.id === message.stream));
        const { stream, audio = false, video = false } = message;
        if (owner) this.say(owner, { type: 'mute-requested', by: id, stream, audio, video });
        return done();
      }
      case 'media-signal': {
        const { signal } = message;
        if (signal.kind !== 'offer') return done();
        const { generation, offer } = signal;
        this.say(member, { type: 'media-signal', signal: { kind: 'answer', generation, offer, sdp: answerTo(signal.sdp) } });
        return done();
      }
      case 'disconnect':
        return done();
    }
  }

  private setStreams(member: Member, streams: StreamInfo[]): void {
    member.info = { ...member.info, streams };
  }

  private say(member: Member, message: ServerMessage): void {
    const seq = member.nextSeq++;
    member.unacked.push({ seq, message });
    this.transmit(member, seq, message);
  }

  private transmit(member: Member, seq: number, message: ServerMessage): void {
    const frame = structuredClone({ seq, ack: member.received, message });
    this.deliver(member, (listener) => listener.frame(frame));
  }

  private deliver(member: Member, task: (listener: CarrierListener) => void, fail?: (why: string) => void): void {
    const { carrier } = member;
    if (!carrier) return;
    queueMicrotask(() => {
      if (!carrier.alive) return;
      if (this.weather('down') === 'pass') return task(carrier.listener);
      carrier.alive = false;
      if (member.carrier === carrier) this.away(member);
      if (fail) fail('lost');
      carrier.listener.failed('lost');
    });
  }
}
