import { type MaruError, type MediaState, type RemoteConnection, type RemoteStream, Session } from '@maru/client';
import { NAME_CHARS } from '@maru/signaling';
import type { MediaStreamTrack } from '@maru/webrtc';
import { askForSeat, type HallLink, SessionError } from './hall-link.js';
import { domTrack, NodeEnvironment } from './node-environment.js';

/** All that there is; redundancy around it is worth its bits to those who play at once, not to those who write what came. */
const VIDEO_CODECS = ['VP8', 'VP9', 'H264', 'H265', 'AV1'];

/** Somebody else in the session, by a name that a terminal can show. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly connection: RemoteConnection;
}

export interface HallSessionHooks {
  joined(session: string): void;
  memberJoined?(member: Member): void;
  memberLeft?(member: Member): void;
  /** A stream of `member` has come, or its tracks are others now: those of the way that media takes. */
  streamChanged?(member: Member, stream: RemoteStream): void;
  streamEnded?(stream: RemoteStream): void;
  /** Media takes another way, or has arrived there. */
  mediaChanged?(media: MediaState): void;
  carrying?(isCarrying: boolean): void;
  /** The seat is gone for good; `code` is undefined where the session ended in good order. */
  ended(code: string | undefined, detail: string): void;
}

export interface HallSessionOptions {
  readonly link: HallLink;
  readonly name: string;
  readonly ca: string | undefined;
  readonly publish?: {
    readonly kind: 'camera' | 'screen';
    readonly tracks: readonly MediaStreamTrack[];
    /** Encoded already: it goes out as it is. */
    readonly asIs: boolean;
  };
  /** Whether what others send is wanted. */
  readonly wantsOthers: boolean;
  /** The only codecs, as SDP writes them, that their pictures may come in; all of them if not given. */
  readonly videoCodecs?: ReadonlySet<string>;
}

/** A seat in a session of a Maru server, whichever way its media takes: the SDK of browsers, over the RTCPeerConnection of Node.js. */
export class HallSession {
  /** Everybody else, by names that a terminal can show. */
  readonly members = new Map<string, Member>();
  private isIn = false;

  private constructor(
    readonly call: Session,
    private readonly environment: NodeEnvironment,
    private readonly options: HallSessionOptions,
    private readonly hooks: HallSessionHooks,
  ) {
    call.on('connection-joined', ({ connection }) => this.add(connection));
    call.on('connection-left', ({ connection }) => this.remove(connection));
    call.on('stream-published', ({ stream }) => this.streamCame(stream));
    call.on('stream-updated', ({ stream }) => this.streamChanged(stream));
    call.on('stream-unpublished', ({ stream }) => hooks.streamEnded?.(stream));
    call.on('media-changed', ({ media }) => this.isIn && hooks.mediaChanged?.(media));
    call.on('state-changed', ({ state, previous }) => {
      if (state === 'reconnecting') hooks.carrying?.(false);
      if (previous === 'reconnecting' && state === 'joined') hooks.carrying?.(true);
    });
  }

  /** Asks for a seat and takes it. Rejects with a {@link SessionError} where there is none to be had. */
  static async join(options: HallSessionOptions, hooks: HallSessionHooks): Promise<HallSession> {
    const { token } = await askForSeat(options.link, options.name, options.ca);
    const environment = new NodeEnvironment(options.ca);
    const videoCodecs = options.videoCodecs ? [...options.videoCodecs] : VIDEO_CODECS;
    const call = new Session({ url: options.link.server.href, token, transports: ['websocket'], videoCodecs }, environment);
    const hall = new HallSession(call, environment, options, hooks);
    try {
      await call.join();
      await hall.begin();
    } catch (error) {
      await hall.leave();
      const { code, message } = error as MaruError; // nothing else comes out of the SDK
      throw new SessionError(code, message);
    }
    return hall;
  }

  async leave(): Promise<void> {
    await this.call.leave();
    await this.environment.settled();
  }

  private async begin(): Promise<void> {
    const { call, hooks, options } = this;
    call.on('closed', ({ reason }) => {
      if (reason.type === 'left') return;
      if (reason.type === 'ended') return hooks.ended(undefined, `The session ended (${reason.detail}).`);
      hooks.ended('code' in reason ? reason.code : 'connection/gone', reason.detail);
    });
    hooks.joined(call.self?.sessionId ?? '');
    this.isIn = true;
    hooks.mediaChanged?.(call.media);
    for (const connection of call.connections.values()) this.add(connection);
    const { publish } = options;
    if (publish) await call.publish(publish.tracks.map(domTrack), { kind: publish.kind, asIs: publish.asIs });
  }

  private add(connection: RemoteConnection): void {
    if (this.members.has(connection.id)) return;
    const member: Member = { id: connection.id, name: printable(connection.name) || connection.id, connection };
    this.members.set(member.id, member);
    this.hooks.memberJoined?.(member);
    for (const stream of connection.streams.values()) this.streamCame(stream);
  }

  private remove({ id }: RemoteConnection): void {
    const member = this.members.get(id);
    this.members.delete(id);
    if (member) this.hooks.memberLeft?.(member);
  }

  private streamCame(stream: RemoteStream): void {
    if (!this.options.wantsOthers) stream.unsubscribe();
    else this.streamChanged(stream);
  }

  private streamChanged(stream: RemoteStream): void {
    const member = this.members.get(stream.connection.id);
    if (member && this.options.wantsOthers) this.hooks.streamChanged?.(member, stream);
  }
}

/** A name as it may stand in a terminal: what somebody calls themselves could move the cursor, or fill the screen. */
function printable(name: string | undefined): string {
  return (name ?? '').replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, NAME_CHARS);
}
