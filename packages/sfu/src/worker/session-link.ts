import type { Instant } from '@maru/protocol/core';
import type { PipeWriter } from '../between/pipe-writer.js';
import { type PipeRecordKind, RecordKind } from '../between/records.js';
import type {
  ForwardedMessage,
  MediaKind,
  PipeOutlet,
  PublishedTrack,
  SourcePacket,
  SourceStream,
  TrackPipe,
} from '../core/index.js';
import type { MediaSession } from './media-session.js';
import { decodeJson, encodeJson, type PipedMessageHead, type PipeMessage } from './pipe-messages.js';
import type { LiveTrack } from './publications.js';
import { RemotePublisher } from './remote-publisher.js';

/** A worker's part in a session that spans several: the number is of this part alone, for as long as it lasts. */
export interface SessionSeat {
  readonly worker: number;
  readonly seat: number;
}

/** What a link needs of its worker. */
export interface LinkHost {
  readonly now: Instant;
  /** Undefined: there is no way to that worker. */
  pipeTo(worker: number): PipeWriter | undefined;
  /** A plain packet of a participant that is piped: it is copied, and routed. */
  routePiped(handle: number, bytes: Uint8Array, offset: number, length: number): void;
  routePipedReports(handle: number, bytes: Uint8Array): void;
  /** The router knows it under this handle, or no more. */
  piped(handle: number, publisher: RemotePublisher | undefined): void;
  drop(reason: string): void;
}

interface OutgoingTrack {
  readonly publisher: number;
  readonly live: LiveTrack;
  readonly pipe: TrackPipe;
  /** What is wanted at the other end. */
  wanted: readonly boolean[];
}

/** Audio goes over whoever listens: each worker is to know who speaks. */
const ALWAYS = [true];

/**
 * What a session has with its part at one other worker: tracks of this one go over as far as they are wanted there, those of the other one come
 * as if they were published here.
 *
 *     hello →   ← state, track, …   (each end tells what it has once it knows that the other is there)
 */
export class SessionLink implements PipeOutlet {
  private readonly outgoing = new Map<PublishedTrack, OutgoingTrack>();
  private readonly publishers = new Map<number, RemotePublisher>();
  private readonly pipe: PipeWriter | undefined;
  private maxEncoding = Infinity;
  private hasTold = false;
  private isClosed = false;

  constructor(
    private readonly host: LinkHost,
    private readonly session: MediaSession,
    private readonly seat: number,
    readonly peer: SessionSeat,
  ) {
    this.pipe = host.pipeTo(peer.worker);
    this.tell({ type: 'hello' });
  }

  // --- from this worker's part of the session ---

  trackAdded(live: LiveTrack): void {
    if (this.hasTold) this.offer(live);
  }

  trackRemoved(live: LiveTrack): void {
    const out = this.outgoing.get(live.track);
    if (!out) return;
    this.outgoing.delete(live.track);
    out.pipe.end();
    this.tell({ type: 'track-gone', publisher: out.publisher, track: live.id });
  }

  extensionsChanged(publisher: number): void {
    const extensions = this.session.memberOf(publisher)?.extensions;
    if (extensions && this.publishes(publisher)) this.tell({ type: 'extensions', publisher, extensions });
  }

  decodableChanged(kind: MediaKind): void {
    if (this.hasTold) this.tell({ type: 'decodable', kind, ...this.session.ownDecodable(kind) });
  }

  /** A message of a participant of this part, for all of the other. */
  message({ from, channel, bytes, isText }: ForwardedMessage): void {
    if (!this.hasTold || !this.pipe) return;
    const head = encodeJson({ from, channel, isText });
    const all = new Uint8Array(head.length + bytes.length);
    all.set(head);
    all.set(bytes, head.length);
    const { peer, seat } = this;
    if (channel.isReliable) this.pipe.reliable(RecordKind.message, peer.seat, seat, head.length, all);
    else this.pipe.lossy(RecordKind.message, peer.seat, seat, head.length, all);
  }

  /** A publisher's RTCP, which tells when its media was made. */
  reports(publisher: number, bytes: Uint8Array): void {
    if (this.publishes(publisher)) this.pipe?.lossy(RecordKind.reports, this.peer.seat, this.seat, publisher, bytes);
  }

  /** The router's RTCP for somebody at the other end. */
  feedback(publisher: number, bytes: Uint8Array): void {
    this.pipe?.lossy(RecordKind.feedback, this.peer.seat, this.seat, publisher, bytes);
  }

  /** What is wanted here of a track of the other end. */
  wanted(publisher: number, track: string, encodings: readonly boolean[]): void {
    this.tell({ type: 'wanted', publisher, track, encodings });
  }

  /** No more than this encoding goes over, while the other worker takes things more slowly than they come. */
  limit(maxEncoding: number): void {
    if (maxEncoding === this.maxEncoding) return;
    this.maxEncoding = maxEncoding;
    for (const out of this.outgoing.values()) this.apply(out);
    if (this.hasTold) this.tellLimit();
  }

  /** Nothing goes over any more, and nothing of the other end is here any more. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.withdraw();
    for (const publisher of [...this.publishers.values()]) this.forget(publisher);
  }

  /** A publisher of the other end is here itself by now, or its invariants do not hold: it is forgotten. */
  forget(publisher: RemotePublisher): void {
    if (this.publishers.get(publisher.number) !== publisher) return;
    this.publishers.delete(publisher.number);
    for (const track of [...publisher.all]) this.session.remoteTrackRemoved(track);
    this.session.remoteLeft(publisher);
    this.host.piped(publisher.core.handle, undefined);
    publisher.core.leave();
  }

  // --- from the core ---

  packet(track: PublishedTrack, { bytes, view }: SourcePacket): void {
    const out = this.outgoing.get(track);
    if (out) this.pipe?.lossy(RecordKind.media, this.peer.seat, this.seat, out.publisher, bytes, view.offset, view.length);
  }

  sourceAdded(track: PublishedTrack, { index, ssrc }: SourceStream): void {
    const out = this.outgoing.get(track);
    if (out) this.tell({ type: 'source', publisher: out.publisher, track: track.id, encoding: index, ssrc });
  }

  muteChanged(track: PublishedTrack): void {
    const out = this.outgoing.get(track);
    if (out) this.tell({ type: 'mute', publisher: out.publisher, track: track.id, isMuted: track.isMuted });
  }

  broke(error: unknown): void {
    this.host.drop('pipe/broken');
    this.session.log.warn('media/pipe-broken', { session: this.session.id, error: String(error) });
  }

  // --- from the other end ---

  /** A record of the other end. `bytes` are lent, and in memory that threads share. */
  take(kind: PipeRecordKind, word: number, bytes: Uint8Array, offset: number, length: number): void {
    switch (kind) {
      case RecordKind.media: {
        const publisher = this.publishers.get(word);
        if (publisher) this.host.routePiped(publisher.core.handle, bytes, offset, length);
        return;
      }
      case RecordKind.reports: {
        const publisher = this.publishers.get(word);
        if (publisher) this.host.routePipedReports(publisher.core.handle, bytes.slice(offset, offset + length));
        return;
      }
      case RecordKind.feedback:
        return this.session.memberOf(word)?.core?.receiveFromPipe(this, bytes.slice(offset, offset + length));
      case RecordKind.message:
        return this.takeMessage(bytes.slice(offset, offset + length), word);
      case RecordKind.control:
        return this.takeControl(decodeJson<PipeMessage>(bytes.slice(offset, offset + length)));
    }
  }

  private takeMessage(bytes: Uint8Array, headBytes: number): void {
    const head = decodeJson<PipedMessageHead>(bytes.subarray(0, headBytes));
    if (head) this.session.core.deliver({ ...head, bytes: bytes.subarray(headBytes) });
    else this.host.drop('pipe/unreadable');
  }

  private takeControl(message: PipeMessage | undefined): void {
    if (!message) return this.host.drop('pipe/unreadable');
    switch (message.type) {
      case 'hello':
        return this.tellState();
      case 'state':
        for (const publisher of [...this.publishers.values()]) this.forget(publisher);
        if (!this.hasTold) this.tellState();
        return;
      case 'track':
        return this.trackCame(message);
      case 'wanted': {
        for (const out of this.outgoing.values()) {
          if (out.publisher !== message.publisher || out.live.id !== message.track) continue;
          out.wanted = out.live.kind === 'audio' ? ALWAYS : message.encodings;
          this.apply(out);
        }
        return;
      }
      case 'decodable':
        return this.session.remoteDecodable(this.peer.seat, message);
      case 'limit':
        for (const { core } of this.publishers.values()) core.limitEncodings(message.maxEncoding ?? Infinity);
        return;
      default:
        return this.takeOfPublisher(message);
    }
  }

  /** What is said of a publisher that is known. */
  private takeOfPublisher(
    message: Extract<PipeMessage, { publisher: number }> & { readonly type: 'track-gone' | 'extensions' | 'source' | 'mute' },
  ): void {
    const publisher = this.publishers.get(message.publisher);
    if (!publisher) return;
    if (message.type === 'extensions') return publisher.core.setExtensions(message.extensions);
    const track = publisher.track(message.track);
    if (!track) return;
    switch (message.type) {
      case 'source':
        return publisher.core.declareSource(track.track, message.encoding, message.ssrc);
      case 'mute':
        return publisher.core.mute(track.track, message.isMuted);
      case 'track-gone':
        this.session.remoteTrackRemoved(track);
        publisher.unpublish(track);
        if ([...publisher.all].length === 0) this.forget(publisher);
        return;
    }
  }

  private trackCame(message: Extract<PipeMessage, { type: 'track' }>): void {
    const { session, host } = this;
    const publisher = this.publishers.get(message.publisher) ?? this.meet(message);
    if (!publisher) return host.drop('pipe/track-refused');
    publisher.core.setExtensions(message.extensions);
    const track = publisher.publish(host.now, message.stream, message.description, message.isMuted);
    if (!track) return host.drop('pipe/track-refused');
    message.description.encodings.forEach(({ ssrc }, index) => {
      if (ssrc !== undefined) publisher.core.declareSource(track.track, index, ssrc, ...(message.sizes[index] ?? []));
    });
    session.remoteTrackAdded(host.now, track);
  }

  private meet({ publisher, connection, extensions }: Extract<PipeMessage, { type: 'track' }>): RemotePublisher | undefined {
    const { session, host } = this;
    if (session.members.has(connection)) return undefined; // it has come here since
    session.evict(connection);
    const core = session.core.join({ id: connection, extensions, isPiped: true });
    if ('code' in core) return undefined;
    const remote = new RemotePublisher(this, publisher, connection, core);
    this.publishers.set(publisher, remote);
    session.remoteJoined(remote);
    host.piped(core.handle, remote);
    return remote;
  }

  // --- within ---

  private tellState(): void {
    this.withdraw();
    this.hasTold = true;
    this.tell({ type: 'state' });
    for (const kind of ['audio', 'video'] as const) this.decodableChanged(kind);
    for (const track of this.session.ownTracks) this.offer(track);
    if (this.maxEncoding !== Infinity) this.tellLimit();
  }

  private offer(live: LiveTrack): void {
    const { session, host } = this;
    const member = session.members.get(live.connection);
    if (!member?.core || !member.extensions || this.outgoing.has(live.track)) return;
    const { description, sources, isMuted } = live.track;
    const encodings = description.encodings.map(({ rid }, index) => {
      const ssrc = sources[index]?.ssrc;
      return { ...(rid !== undefined && { rid }), ...(ssrc !== undefined && { ssrc }) };
    });
    this.tell({
      type: 'track',
      publisher: member.number,
      connection: live.connection,
      stream: live.stream,
      extensions: member.extensions,
      description: { ...description, encodings },
      sizes: description.encodings.map((_, index) => [sources[index]?.width ?? 0, sources[index]?.height ?? 0]),
      isMuted,
    });
    const pipe = member.core.pipe(host.now, live.track, this);
    const out: OutgoingTrack = { publisher: member.number, live, pipe, wanted: live.kind === 'audio' ? ALWAYS : [] };
    this.outgoing.set(live.track, out);
    this.apply(out);
  }

  private apply({ pipe, wanted }: OutgoingTrack): void {
    pipe.want(wanted.map((isWanted, encoding) => isWanted && encoding <= this.maxEncoding));
  }

  private withdraw(): void {
    for (const { pipe } of this.outgoing.values()) pipe.end();
    this.outgoing.clear();
  }

  private publishes(publisher: number): boolean {
    for (const out of this.outgoing.values()) if (out.publisher === publisher) return true;
    return false;
  }

  private tellLimit(): void {
    this.tell({ type: 'limit', maxEncoding: this.maxEncoding === Infinity ? null : this.maxEncoding });
  }

  private tell(message: PipeMessage): void {
    if (!this.isClosed) this.pipe?.reliable(RecordKind.control, this.peer.seat, this.seat, 0, encodeJson(message));
  }
}
