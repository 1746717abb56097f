import type { Clock } from '@maru/protocol/core';
import type { MediaState, MediaWay, ServerMediaSignal, ServerMessage, Tile } from '@maru/signaling';
import type { MediaPath } from '../connection.js';
import type { PairLog } from '../inspector/pair-log.js';
import type { VideoCodecs } from '../mesh/codec-preferences.js';
import type { OutgoingTrack } from '../mesh/outgoing.js';
import type { IncomingTrack } from '../mesh/peer.js';
import type { RemotePublication } from '../session/remote-publication.js';
import type { RemoteSeat } from '../session/remote-seat.js';
import type { TrackKind } from '../stream.js';
import { FlowWatch } from './flow-watch.js';
import { ServerLink } from './server-link.js';
import { TileBoard } from './tile-board.js';
import { chooseTrack, type HalfStream, holdsUp, type Offered } from './track-choice.js';

/** What the two ways of media need of the call. */
export interface MediaWaysHost {
  readonly clock: Clock;
  createConnection(configuration: RTCConfiguration): RTCPeerConnection;
  readonly codecs: VideoCodecs;
  configuration(): RTCConfiguration;
  serverLog(): PairLog;
  seats(): Iterable<RemoteSeat>;
  /** The way to the server was given up. */
  linkClosed(): void;
  /** Posts a message to the server. */
  post(message: MediaMessage): void;
  /** What we publish now. */
  outgoing(): readonly OutgoingTrack[];
  /** Makes the pairs to everybody that are not there yet, with all our media. */
  startPairs(): void;
  /** Media goes another way: pairs are not needed, but for files that are on their way. */
  endPairs(): void;
  streamUpdated(stream: RemotePublication): void;
  pathChanged(): void;
  /** Signaling may be as dead as the path to the media server is. */
  lineDoubted(): void;
  stateChanged(state: MediaState): void;
  refused(code: string, detail: string): void;
}

export type MediaMessage =
  | { type: 'media-signal'; signal: Parameters<ConstructorParameters<typeof ServerLink>[1]['send']>[0] }
  | { type: 'media-view'; tiles: Tile[] }
  | { type: 'media-ready'; epoch: number; ready: boolean };

const DIRECT: MediaState = { way: 'p2p', epoch: 0, stage: 'settled' };
const KINDS = ['audio', 'video'] as const;

/**
 * The two ways that media may take: from browser to browser, or through the server. In a move the new way is made while the old one carries;
 * each track is shown over the new way as soon as something of it has come there, and the old way ends when that is so for everybody.
 */
export class MediaWays {
  state: MediaState = DIRECT;
  link: ServerLink | undefined;
  private readonly generations = { count: 0 };
  private readonly halves = new Map<string, { p2p: Offered | undefined; sfu: Offered | undefined }>();
  private readonly flows: FlowWatch;
  private readonly board: TileBoard;
  private readonly wishes = new Map<string, readonly { readonly rid: string; readonly active: boolean }[]>();
  /** The move of which the server was told that it is done here. */
  private reported: number | undefined;

  constructor(private readonly host: MediaWaysHost) {
    this.flows = new FlowWatch(host.clock, () => this.arrived());
    this.board = new TileBoard(
      host.clock,
      () => this.tiles(),
      (tiles) => host.post({ type: 'media-view', tiles }),
    );
  }

  /** Whether everybody's media goes over pairs, or is about to. */
  get usesPairs(): boolean {
    return this.state.way === 'p2p';
  }

  /** Whether `seat` has its media from the server, as far as its path is concerned. */
  pathOf(seat: RemoteSeat): MediaPath | undefined {
    const { link, state } = this;
    if (!link) return undefined;
    const { peer } = seat;
    const isPairMedia = peer !== undefined && (this.usesPairs || state.stage === 'moving');
    if (!isPairMedia) return link.path;
    if (peer.path.state === 'connected' && (this.usesPairs || link.path.state !== 'connected')) return peer.path;
    return link.path;
  }

  /** Where the session stands when we come. */
  begin(state: MediaState | undefined): void {
    this.state = state ?? DIRECT;
    if (this.state.way === 'sfu') this.openLink();
    if (state) this.host.stateChanged(state);
  }

  /** The server says that media takes another way, or has arrived there. */
  moved(state: MediaState): void {
    const { epoch, stage } = this.state;
    if (state.epoch < epoch || (state.epoch === epoch && state.stage === stage)) return;
    this.state = state;
    if (state.way === 'sfu') this.openLink();
    else this.host.startPairs();
    if (state.stage === 'settled') this.settle(state.way);
    else this.watchAll();
    this.host.stateChanged(state);
    this.arrived();
  }

  signal(signal: ServerMediaSignal): void {
    this.link?.receiveSignal(signal);
  }

  takeSlots({ generation, slots, wanted }: ServerMessage & { type: 'media-slots' }): void {
    this.link?.takeSlots(generation, slots, wanted);
  }

  takeLayers({ stream, track, layers }: ServerMessage & { type: 'media-layers' }): void {
    if (track !== 'video') return;
    this.wishes.set(stream, layers);
    this.link?.wish(stream, layers);
  }

  /** What we publish changed. */
  outgoingChanged(): void {
    const outgoing = this.host.outgoing();
    this.link?.setOutgoing(outgoing);
    const streams = new Set(outgoing.map(({ streamId }) => streamId));
    for (const stream of this.wishes.keys()) if (!streams.has(stream)) this.wishes.delete(stream);
  }

  /** A stream of somebody is shown larger, smaller or not at all. */
  viewChanged(): void {
    if (this.link) this.board.changed();
  }

  /** Streams of others came or went: tracks that came before they were announced find them now. */
  streamsChanged(): void {
    this.takeServerTracks();
    this.viewChanged();
  }

  /** The tracks that come over the pair to `seat`. */
  pairTracks(seat: RemoteSeat, tracks: readonly IncomingTrack[]): void {
    for (const stream of seat.streams.values()) {
      for (const kind of KINDS)
        this.offer(
          stream,
          kind,
          'p2p',
          tracks.find((one) => one.streamId === stream.id && one.kind === kind),
        );
      this.show(stream);
    }
    this.arrived();
  }

  /** The way to somebody opened or broke: where nothing comes of them, that alone is what a move waits for. */
  pairChanged(): void {
    this.arrived();
  }

  /** A stream ended. */
  forget(streamId: string): void {
    for (const kind of KINDS) {
      const half = this.halves.get(keyOf(streamId, kind));
      this.flows.forget(half?.p2p?.flow);
      this.flows.forget(half?.sfu?.flow);
      this.halves.delete(keyOf(streamId, kind));
    }
  }

  refreshPlans(): void {
    this.link?.refreshPlans();
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.link?.setConfiguration(configuration);
  }

  networkChanged(): void {
    this.link?.networkChanged();
  }

  signalingChanged(carrying: boolean): void {
    this.link?.signalingChanged(carrying);
  }

  close(): void {
    this.flows.stop();
    this.closeLink();
  }

  private openLink(): void {
    if (this.link) return;
    const { host } = this;
    this.link = new ServerLink(
      {
        configuration: host.configuration(),
        clock: host.clock,
        createConnection: (configuration) => host.createConnection(configuration),
        codecs: host.codecs,
        generations: this.generations,
      },
      {
        send: (signal) => host.post({ type: 'media-signal', signal }),
        slotsChanged: () => {
          this.takeServerTracks();
          this.arrived();
        },
        pathChanged: () => {
          host.pathChanged();
          this.arrived();
        },
        lineDoubted: () => host.lineDoubted(),
        renewed: () => this.board.again(),
        refused: (code, detail) => host.refused(code, detail),
      },
      host.serverLog(),
    );
    this.link.setOutgoing(host.outgoing());
    for (const [stream, layers] of this.wishes) this.link.wish(stream, layers);
    this.board.again();
  }

  private closeLink(): void {
    this.board.stop();
    if (!this.link) return;
    this.link.close();
    this.link = undefined;
    this.host.linkClosed();
  }

  /** The old way is given up. */
  private settle(way: MediaWay): void {
    if (way === 'sfu') return this.host.endPairs();
    this.closeLink();
    this.takeServerTracks();
    this.host.pathChanged();
  }

  /** From now on it matters what comes over which way. */
  private watchAll(): void {
    for (const half of this.halves.values()) {
      for (const way of ['p2p', 'sfu'] as const) this.watch(half[way]);
    }
  }

  private watch(offered: Offered | undefined): void {
    if (!offered || offered.flow) return;
    offered.flow = this.flows.watch(offered.track, this.state.stage === 'moving' ? 'move' : 'switched');
  }

  private takeServerTracks(): void {
    const coming = new Map([...(this.link?.tracks ?? [])].map((track) => [keyOf(track.streamId, track.kind), track]));
    for (const seat of this.host.seats()) {
      for (const stream of seat.streams.values()) {
        for (const kind of KINDS) {
          const track = coming.get(keyOf(stream.id, kind));
          const isTheirs = track?.connectionId === seat.id;
          this.offer(stream, kind, 'sfu', isTheirs ? track : undefined, isTheirs && kind === 'video' && track.isReused);
        }
        this.show(stream);
      }
    }
  }

  /** Notes what comes of one half of a stream over `way`. */
  private offer(
    stream: RemotePublication,
    kind: TrackKind,
    way: MediaWay,
    track: IncomingTrack | undefined,
    isReused = false,
  ): void {
    const key = keyOf(stream.id, kind);
    let half = this.halves.get(key);
    const known = half?.[way];
    if (known?.track === track || (known && track && known.track.track === track.track && known.track.mid === track.mid)) return;
    this.flows.forget(known?.flow);
    if (!half) this.halves.set(key, (half = { p2p: undefined, sfu: undefined }));
    half[way] = track && { track, isReused, flow: undefined };
    if (isReused || this.state.stage === 'moving') this.watch(half[way]);
  }

  private show(stream: RemotePublication): void {
    const [audio, video] = KINDS.map((kind) => {
      const half: HalfStream | undefined = this.halves.get(keyOf(stream.id, kind));
      return half && chooseTrack(half, this.state.way);
    });
    if (stream.setTracks(audio, video)) this.host.streamUpdated(stream);
  }

  /** Something has come over one of the ways: shows it, and tells the server once nothing is missing any more. */
  private arrived(): void {
    for (const seat of this.host.seats()) for (const stream of seat.streams.values()) this.show(stream);
    const { way, epoch, stage } = this.state;
    if (stage !== 'moving' || this.reported === epoch || !this.isThere(way)) return;
    this.reported = epoch;
    this.host.post({ type: 'media-ready', epoch, ready: true });
  }

  private isThere(way: MediaWay): boolean {
    if (way === 'sfu' && !(this.link?.path.state === 'connected' && this.link.isSettled)) return false;
    for (const seat of this.host.seats()) {
      if (way === 'p2p' && seat.path.state !== 'connected') return false;
      if (way === 'p2p' && seat.peer?.path.state !== 'connected') return false;
      for (const stream of seat.streams.values()) {
        if (KINDS.some((kind) => this.misses(stream, kind, way))) return false;
      }
    }
    return true;
  }

  private misses(stream: RemotePublication, kind: TrackKind, way: MediaWay): boolean {
    const half = this.halves.get(keyOf(stream.id, kind));
    return half !== undefined && !stream.muted[kind] && stream.subscribed[kind] && holdsUp(half, way);
  }

  private tiles(): Tile[] {
    const tiles: Tile[] = [];
    for (const seat of this.host.seats()) {
      for (const stream of seat.streams.values()) {
        const { width = 0, height = 0, priority = stream.kind === 'screen' ? 2 : 1 } = stream.displaySize ?? {};
        tiles.push({
          stream: stream.id,
          width: Math.min(width, 16_384),
          height: Math.min(height, 16_384),
          visible: stream.visible,
          priority,
        });
      }
    }
    return tiles;
  }
}

const keyOf = (streamId: string, kind: TrackKind): string => `${streamId}/${kind}`;
