import {
  type ConnectionInfo,
  type IceServer,
  NAME_CHARS,
  type ServerMessage,
  type StreamInfo,
  type StreamSpec,
  type Welcome,
} from '@maru/signaling';
import type { RTCIceServer } from '@maru/webrtc';
import { askForSeat, type HallLink } from './hall-link.js';
import { type IncomingTrack, type OutgoingTrack, Pair } from './pair.js';
import { SignalingClient } from './signaling-client.js';

/** Credentials are renewed when this part of their life is over. */
const RENEW_AT = 0.75;
/** Number of the request that everything depends on. */
const PUBLISH_REF = 1;
/** Redundancy and FEC around other codecs: worth their bits to those who play at once, not to those who write what came. */
const WRAPPERS: ReadonlySet<string> = new Set(['video/red', 'video/ulpfec', 'video/flexfec-03']);
const VIDEO_CODECS = ['VP8', 'VP9', 'H264', 'H265', 'AV1'];

/** MIME types that are not to be negotiated by one who takes `wanted` only; phones prefer H.264 where it is offered. */
function unwantedCodecs(wanted: ReadonlySet<string> | undefined): ReadonlySet<string> {
  const others = VIDEO_CODECS.filter((name) => wanted !== undefined && !wanted.has(name));
  return new Set([...WRAPPERS, ...others.map((name) => `video/${name.toLowerCase()}`)]);
}

/** Somebody else in the session. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly streams: Map<string, StreamInfo>;
  readonly pair: Pair;
}

export interface HallSessionHooks {
  joined(session: string): void;
  memberJoined?(member: Member): void;
  memberLeft?(member: Member): void;
  /** What comes from `member` now: all of it, each time something changes. */
  incoming?(member: Member, tracks: readonly IncomingTrack[]): void;
  stateChanged?(member: Member): void;
  carrying?(isCarrying: boolean): void;
  /** The seat is gone for good; `code` is undefined where the session ended in good order. */
  ended(code: string | undefined, detail: string): void;
}

export interface HallSessionOptions {
  readonly link: HallLink;
  readonly name: string;
  readonly version: string;
  readonly ca: string | undefined;
  /** A stream of ours, with its tracks. */
  readonly publish?: { readonly spec: StreamSpec; readonly tracks: readonly OutgoingTrack['track'][] };
  /** Whether what others send is wanted. */
  readonly wantsOthers: boolean;
  /** The only codecs, as SDP writes them, that their pictures may come in; all of them if not given. */
  readonly videoCodecs?: ReadonlySet<string>;
}

/** A seat in a session of a Maru server, in mesh: a connection to everybody else. */
export class HallSession {
  readonly members = new Map<string, Member>();
  private readonly signaling: SignalingClient;
  private readonly outgoing: readonly OutgoingTrack[];
  private order = 0;
  private iceServers: RTCIceServer[] = [];
  private renewal: NodeJS.Timeout | undefined;
  private refs = PUBLISH_REF;
  private isOver = false;

  private constructor(
    private readonly options: HallSessionOptions,
    private readonly hooks: HallSessionHooks,
    token: string,
  ) {
    const { link, version, ca, publish } = options;
    this.outgoing = publish?.tracks.map((track) => ({ streamId: publish.spec.id, track })) ?? [];
    this.signaling = new SignalingClient(
      { server: link.server, token, version, ...(ca && { ca }) },
      {
        welcomed: (welcome) => this.welcomed(welcome),
        message: (message) => this.take(message),
        carrying: (isCarrying) => hooks.carrying?.(isCarrying),
        ended: (code, detail) => this.end(code, detail),
      },
    );
  }

  /** Asks for a seat and takes it. Rejects with a {@link SessionError} where there is none to be had. */
  static async join(options: HallSessionOptions, hooks: HallSessionHooks): Promise<HallSession> {
    const { token } = await askForSeat(options.link, options.name, options.ca);
    return new HallSession(options, hooks, token);
  }

  async leave(): Promise<void> {
    this.close();
    await this.signaling.leave();
  }

  private welcomed({ session, self, connections, iceServers, iceServersTtlMs }: Welcome): void {
    if (session.media?.way === 'sfu' && this.options.wantsOthers) {
      return this.end(
        'media/unavailable',
        'The media of this session goes through the server; this command knows calls from browser to browser only.',
      );
    }
    this.order = self.order;
    this.takeIceServers(iceServers, iceServersTtlMs);
    const { publish } = this.options;
    if (publish) this.signaling.send({ type: 'publish', ref: PUBLISH_REF, stream: publish.spec });
    this.hooks.joined(session.id);
    for (const one of connections) this.add(one);
  }

  private take(message: ServerMessage): void {
    switch (message.type) {
      case 'connection-joined':
        return this.add(message.connection);
      case 'connection-left':
        return this.remove(message.connection);
      case 'stream-published':
      case 'stream-updated':
        return this.with(message.connection, (member) => {
          member.streams.set(message.stream.id, message.stream);
          member.pair.tellIncoming();
        });
      case 'stream-unpublished':
        return this.with(message.connection, (member) => {
          member.streams.delete(message.stream);
          member.pair.tellIncoming();
        });
      case 'signal':
        return this.with(message.from, ({ pair }) => pair.receive(message.signal));
      case 'done':
        if (message.iceServers) this.takeIceServers(message.iceServers, message.iceServersTtlMs);
        return;
      case 'failed':
        if (message.ref === PUBLISH_REF) this.end(message.code, message.detail); // others are of signals to one who left meanwhile
        return;
      case 'session-ended':
        return this.end(undefined, `The session ended (${message.reason}).`);
      case 'disconnected':
        return this.end('connection/gone', `The seat was taken away (${message.reason}).`);
      default:
        return; // chat, presence and who is away are nobody's business here
    }
  }

  private add(info: ConnectionInfo): void {
    if (this.members.has(info.id)) return;
    const name = printable(info.metadata['name']) || info.id;
    const streams = new Map(info.streams.map((stream) => [stream.id, stream]));
    const pair: Pair = new Pair({
      polite: this.order > info.order,
      configuration: { iceServers: this.iceServers, bundlePolicy: 'max-bundle' }, // one allocation on the relay, not one for each kind
      outgoing: this.outgoing,
      unwantedCodecs: unwantedCodecs(this.options.videoCodecs),
      expected: () => {
        const wanted = this.options.wantsOthers ? [...streams.values()] : [];
        return {
          audio: wanted.filter(({ hasAudio }) => hasAudio).length,
          video: wanted.filter(({ hasVideo }) => hasVideo).length,
        };
      },
      send: (signal) => this.signaling.send({ type: 'signal', to: info.id, signal }),
      incoming: (tracks) => this.with(info.id, (one) => this.options.wantsOthers && this.hooks.incoming?.(one, tracks)),
      stateChanged: () => this.with(info.id, (one) => this.hooks.stateChanged?.(one)),
    });
    const member = { id: info.id, name, streams, pair };
    this.members.set(info.id, member);
    this.hooks.memberJoined?.(member);
  }

  private remove(id: string): void {
    this.with(id, (member) => {
      this.members.delete(id);
      member.pair.close();
      this.hooks.memberLeft?.(member);
    });
  }

  private with(id: string, task: (member: Member) => unknown): void {
    const member = this.members.get(id);
    if (member) task(member); // otherwise it left while this was on its way
  }

  private takeIceServers(servers: readonly IceServer[], ttlMs: number | undefined): void {
    this.iceServers = servers.map(({ urls, username, credential }) => ({
      urls,
      ...(username !== undefined && { username }),
      ...(credential !== undefined && { credential }),
    }));
    for (const { pair } of this.members.values()) pair.connection.setConfiguration({ iceServers: this.iceServers });
    clearTimeout(this.renewal);
    if (ttlMs === undefined) return;
    const renew = (): void => this.signaling.send({ type: 'get-ice-servers', ref: ++this.refs });
    this.renewal = setTimeout(renew, Math.min(ttlMs * RENEW_AT, 2 ** 31 - 1));
  }

  private end(code: string | undefined, detail: string): void {
    if (this.isOver) return;
    this.close();
    this.hooks.ended(code, detail);
  }

  private close(): void {
    this.isOver = true;
    clearTimeout(this.renewal);
    for (const { pair } of this.members.values()) pair.close();
    this.members.clear();
  }
}

/** A name as it may stand in a terminal: what somebody calls themselves could move the cursor, or fill the screen. */
function printable(name: unknown): string {
  return typeof name === 'string' ? name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, NAME_CHARS) : '';
}
