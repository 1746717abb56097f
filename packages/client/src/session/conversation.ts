import type {
  ClientMessage,
  ConnectionInfo,
  IceServer,
  MediaState,
  ServerMessage,
  Signal,
  StreamInfo,
  SubscriptionWhy,
} from '@maru/signaling';
import type { Call, CallEvents, CallState, CloseReason, OutgoingMessage } from '../call.js';
import type { Metadata, Presence, RemoteConnection, SelfConnection } from '../connection.js';
import { Emitter } from '../emitter.js';
import type { Environment } from '../environment/environment.js';
import { MaruError } from '../errors.js';
import { FileEngine } from '../files/file-engine.js';
import type { FileSettings } from '../files/settings.js';
import type { Transfer } from '../files/transfer.js';
import { CallInspector } from '../inspector/call-inspector.js';
import { SERVER_ID } from '../inspector/inspection.js';
import type { JsonValue } from '../json.js';
import { VideoCodecs } from '../mesh/codec-preferences.js';
import { parseControl } from '../mesh/control.js';
import type { OutgoingTrack } from '../mesh/outgoing.js';
import { Peer, type PeerHooks, type PeerSettings } from '../mesh/peer.js';
import { MediaWays } from '../sfu/media-ways.js';
import type { CallStats } from '../stats/call-stats.js';
import type { LocalStream, PublishOptions } from '../stream.js';
import { Figures } from './figures.js';
import { LocalPublication, type PublicationHost, type StreamChange } from './local-publication.js';
import { randomId } from './random-id.js';
import { RemotePublication, type SubscriptionHost } from './remote-publication.js';
import { type ModerationHost, RemoteSeat } from './remote-seat.js';
import { Requests } from './requests.js';

/** A seat as it was taken: what signaling says at the beginning. */
export interface Seating {
  readonly sessionId: string;
  readonly self: ConnectionInfo;
  readonly connections: readonly ConnectionInfo[];
  /** Which way media takes; absent: from browser to browser. */
  readonly media?: MediaState | undefined;
}

/** How a pair is begun, where that is not as usual. */
export interface PairStart {
  readonly starts?: PeerSettings['starts'];
  readonly mayBeginAnew?: boolean;
}

/** A pair that was made for files stays this long after the last one: somebody who sends one file sends another. */
const IDLE_PAIR_MS = 30_000;

export interface ConversationSettings {
  readonly environment: Environment;
  readonly iceTransportPolicy: RTCIceTransportPolicy | undefined;
  readonly files: FileSettings | undefined;
  /** See {@link SessionOptions.videoCodecs}. */
  readonly videoCodecs?: readonly string[] | undefined;
}

/**
 * The conversation itself: who is there, what they publish, and the pair to each of them. It takes the server's messages and posts the client's; where they
 * come from is its subclass's matter ({@link Session}: a server, {@link DirectCall}: the other browser).
 */
export abstract class Conversation extends Emitter<CallEvents> implements Call {
  readonly connections = new Map<string, RemoteSeat>();
  readonly streams = new Map<string, LocalPublication>();
  readonly files: FileEngine;
  readonly inspector: CallInspector;
  protected readonly environment: Environment;
  private readonly figures: Figures;
  private readonly ways: MediaWays;
  private readonly codecs: VideoCodecs;
  private readonly iceTransportPolicy: RTCIceTransportPolicy | undefined;
  private iceServers: readonly RTCIceServer[] = [];
  private readonly requests = new Requests((message) => this.post(message));
  private stateNow: CallState = 'new';
  private reason: CloseReason | undefined;
  private seat: (SelfConnection & { readonly order: number }) | undefined;

  constructor(settings: ConversationSettings) {
    super();
    const { environment } = settings;
    const now = (): number => environment.clock.now();
    const later = (afterMs: number, task: () => void): void => void environment.clock.schedule(now() + afterMs, task);
    this.environment = environment;
    this.codecs = new VideoCodecs(environment, settings.videoCodecs);
    this.files = new FileEngine({
      settings: settings.files ?? {},
      now,
      later,
      channelWanted: (connectionId) => this.withSeat(connectionId, (remote) => this.pairForFiles(remote)),
    });
    this.inspector = new CallInspector({ userAgent: environment.userAgent, wallTime: environment.wallTime, now, later });
    this.noteFiles();
    this.figures = new Figures(environment, this.inspector, {
      seats: () => this.connections.values(),
      link: () => this.ways.link,
      measured: (stats) => this.measured(stats),
      qualityChanged: (connection) => this.emit('quality-changed', { connection }),
    });
    this.iceTransportPolicy = settings.iceTransportPolicy;
    this.ways = new MediaWays({
      clock: environment.clock,
      createConnection: (configuration) => environment.createConnection(configuration),
      codecs: this.codecs,
      configuration: () => this.rtcConfiguration(),
      serverLog: () => this.inspector.pairLog(SERVER_ID, undefined, false),
      linkClosed: () => this.inspector.left(SERVER_ID),
      seats: () => this.connections.values(),
      post: (message) => void this.post(message),
      outgoing: () => this.outgoing(),
      startPairs: () => this.startPairs(),
      endPairs: () => this.endPairs(),
      streamUpdated: (stream) => this.emit('stream-updated', { stream }),
      pathChanged: () => {
        for (const connection of this.connections.values()) this.emit('path-changed', { connection });
      },
      lineDoubted: () => this.lineDoubted(),
      stateChanged: (media) => this.emit('media-changed', { media }),
      refused: (code, detail) => this.emit('media-refused', { code, detail }),
    });
  }

  get media(): MediaState {
    return this.ways.state;
  }

  async why(streamId?: string): Promise<readonly SubscriptionWhy[]> {
    if (!this.ways.link) return [];
    const { why = [] } = await this.request({ type: 'get-media-why', ...(streamId !== undefined && { stream: streamId }) });
    return why;
  }

  get state(): CallState {
    return this.stateNow;
  }

  get closeReason(): CloseReason | undefined {
    return this.reason;
  }

  get self(): SelfConnection | undefined {
    return this.seat;
  }

  async publish(media: MediaStream | readonly MediaStreamTrack[], options: PublishOptions = {}): Promise<LocalStream> {
    if (this.stateNow === 'closed') throw new MaruError('sdk/invalid-state', 'the call is over');
    if (this.seat?.role === 'subscriber') throw new MaruError('connection/forbidden', 'a subscriber may not publish');
    const tracks = 'getTracks' in media ? media.getTracks() : media;
    const stream = new LocalPublication(randomId(this.environment.random), tracks, options, this.publicationHost);
    this.streams.set(stream.id, stream);
    this.emit('local-stream-published', { stream });
    if (this.isSeated) await this.announceStream(stream);
    return stream;
  }

  async send({ type, data, to }: OutgoingMessage): Promise<void> {
    await this.request({ type: 'message', messageType: type, data, ...(to && { to: [...to] }) });
  }

  async updatePresence(change: Readonly<Record<string, JsonValue>>): Promise<void> {
    const { seat } = this;
    if (!seat) throw new MaruError('sdk/invalid-state', 'not joined yet');
    const presence = Object.fromEntries(Object.entries({ ...seat.presence, ...change }).filter(([, value]) => value !== null));
    this.updateSelf({ presence });
    await this.request({ type: 'update-connection', presence });
  }

  stats(): CallStats {
    return this.figures.latest;
  }

  abstract leave(): Promise<void>;

  /** Posts a message to everybody's meeting point; false when that is over. */
  protected abstract post(message: ClientMessage): boolean;

  /** Runs when the call is over, whatever the reason: let go of what the subclass holds. */
  protected abstract released(): void;

  /** The seat is taken: makes pairs to everybody there and announces what was published before. */
  protected seated({ sessionId, self, connections, media }: Seating): void {
    this.takeSeat(sessionId, self);
    this.seatedWith(connections.map((info) => this.makeSeat(info)));
    this.ways.begin(media);
    if (this.ways.usesPairs) this.startPairs();
  }

  /** Our own seat is known. */
  protected takeSeat(sessionId: string, self: ConnectionInfo): void {
    this.seat = seatOf(sessionId, self);
    this.inspector.selfId = self.id;
    this.figures.start();
  }

  /** The others are known: the conversation begins. */
  protected seatedWith(seats: readonly RemoteSeat[]): void {
    for (const remote of seats) {
      this.connections.set(remote.id, remote);
      this.files.join(remote);
    }
    this.enter('joined');
    for (const stream of this.streams.values()) void this.announceStream(stream).catch(() => undefined); // told by its event
  }

  /** Whether tracks may be put on pairs yet. */
  protected get mediaMayFlow(): boolean {
    return true;
  }

  /** STUN and TURN servers for pairs made from now on, and for those that are, when they gather again. */
  protected setIceServers(servers: readonly (IceServer | RTCIceServer)[]): void {
    this.iceServers = servers.map(plainIceServer);
    for (const { peer } of this.connections.values()) peer?.setConfiguration(this.rtcConfiguration());
    this.ways.setConfiguration(this.rtcConfiguration());
  }

  protected rtcConfiguration(): RTCConfiguration {
    return {
      iceServers: [...this.iceServers],
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
      ...(this.iceTransportPolicy && { iceTransportPolicy: this.iceTransportPolicy }),
    };
  }

  /** Takes one message of the server. */
  protected receive(message: ServerMessage): void {
    switch (message.type) {
      case 'done':
        return this.requests.done(message);
      case 'failed':
        return this.requests.failed(message);
      case 'connection-joined':
        return this.joined(message.connection);
      case 'connection-left':
        return this.removeSeat(message.connection, message.reason);
      case 'connection-updated':
        return this.connectionUpdated(message);
      case 'connection-away':
        return this.updateSeat(message.connection, { away: true });
      case 'connection-back':
        return this.updateSeat(message.connection, { away: false });
      case 'stream-published':
        return this.withSeat(message.connection, (remote) => this.addStream(remote, message.stream));
      case 'stream-updated':
        return this.withSeat(message.connection, (remote) => this.streamUpdated(remote, message.stream));
      case 'stream-unpublished':
        return this.streamUnpublished(message.connection, message.stream);
      case 'subscription-updated':
        return this.withSeat(message.connection, ({ peer }) => {
          peer?.want(message.stream, 'audio', { active: message.audio });
          peer?.want(message.stream, 'video', { active: message.video });
        });
      case 'signal':
        return this.withSeat(message.from, (remote) => this.signalReceived(remote, message.signal));
      case 'media-signal':
        return this.ways.signal(message.signal);
      case 'media-slots':
        return this.ways.takeSlots(message);
      case 'media-layers':
        return this.ways.takeLayers(message);
      case 'media-mode':
        return this.ways.moved(message.media);
      case 'media-speakers':
        return this.emit('speakers-changed', { speakers: message.speakers.flatMap((id) => this.connections.get(id) ?? []) });
      case 'media-limited':
        return this.emit('media-limited', { code: message.code, limited: message.limited });
      case 'message':
        return this.messageReceived(message);
      case 'mute-requested':
        return this.muteRequested(message);
      case 'session-ended':
        return this.close({ type: 'ended', detail: message.reason });
      case 'disconnected':
        return this.close({ type: 'disconnected', detail: message.reason });
    }
  }

  protected enter(state: CallState): void {
    const previous = this.stateNow;
    if (previous === state || previous === 'closed') return;
    this.stateNow = state;
    for (const { peer } of this.connections.values()) peer?.signalingChanged(state === 'joined');
    this.ways.signalingChanged(state === 'joined');
    this.emit('state-changed', { state, previous });
  }

  /** Ends the call for us and frees everything. */
  protected close(reason: CloseReason): void {
    if (this.stateNow === 'closed') return;
    this.reason = reason;
    this.figures.stop();
    this.ways.close();
    for (const remote of this.connections.values()) this.closeSeat(remote);
    for (const stream of this.streams.values()) stream.close();
    this.requests.abandon();
    this.enter('closed');
    this.released();
    this.emit('closed', { reason });
  }

  private get isSeated(): boolean {
    return this.stateNow === 'joined' || this.stateNow === 'reconnecting';
  }

  protected networkChanged(): void {
    this.inspector.note('browser-event', 'network change', null, { key: 'network-changed', params: {} });
    for (const { peer } of this.connections.values()) peer?.networkChanged();
    this.ways.networkChanged();
  }

  /** Signaling may be dead, although nobody says so. */
  protected lineDoubted(): void {}

  protected request(message: ClientMessage): Promise<ServerMessage & { type: 'done' }> {
    return this.requests.send(message);
  }

  /** Text that came over a pair's own control channel. */
  protected textReceived(remote: RemoteSeat, text: string): void {
    const message = parseControl(text);
    if (!message) return;
    const size = message.width && message.height ? { width: message.width, height: message.height } : {};
    remote.peer?.want(message.stream, 'video', { active: true, ...size });
  }

  protected controlOpened(remote: RemoteSeat): void {
    for (const stream of remote.streams.values()) if (stream.displaySize) this.sendDisplaySize(remote, stream);
  }

  /** The way to somebody changed. */
  protected pathChanged(remote: RemoteSeat): void {
    this.emit('path-changed', { connection: remote });
  }

  /** The control channel closed at the other end. */
  protected controlClosed(_remote: RemoteSeat): void {
    // signaling tells what became of them
  }

  /** The pair cannot be mended, and may not begin anew. */
  protected gaveUp(_remote: RemoteSeat): void {
    // with signaling, pairs always may
  }

  // -- seats

  private joined(info: ConnectionInfo): void {
    const remote = this.makeSeat(info);
    this.connections.set(remote.id, remote);
    this.files.join(remote);
    if (this.ways.usesPairs) this.startPeer(remote);
    this.emit('connection-joined', { connection: remote });
    for (const stream of remote.streams.values()) this.emit('stream-published', { stream });
    this.outgoingChanged(); // one more to share the line with
  }

  protected makeSeat(info: ConnectionInfo): RemoteSeat {
    const remote = new RemoteSeat(info, this.moderationHost, this.ways);
    for (const stream of info.streams)
      remote.streams.set(stream.id, new RemotePublication(stream, remote, this.subscriptionHost));
    return remote;
  }

  private removeSeat(id: string, reason: string): void {
    this.withSeat(id, (remote) => {
      this.connections.delete(id);
      this.closeSeat(remote);
      for (const stream of remote.streams.values()) this.emit('stream-unpublished', { stream });
      this.emit('connection-left', { connection: remote, reason });
      this.outgoingChanged();
    });
  }

  private closeSeat(remote: RemoteSeat): void {
    remote.peer?.close();
    this.files.leave(remote.id);
    this.inspector.left(remote.id);
    for (const stream of remote.streams.values()) this.closeStream(stream);
  }

  private closeStream(stream: RemotePublication): void {
    this.ways.forget(stream.id);
    stream.close();
  }

  private updateSeat(id: string, change: Partial<ConnectionInfo>): void {
    this.withSeat(id, (remote) => {
      remote.update(change);
      this.emit('connection-updated', { connection: remote });
    });
  }

  private connectionUpdated({ connection, role, metadata, presence }: ServerMessage & { type: 'connection-updated' }): void {
    const change = { ...(role && { role }), ...(metadata && { metadata }), ...(presence && { presence }) };
    if (connection !== this.seat?.id) return this.updateSeat(connection, change);
    this.updateSelf({
      ...(role && { role }),
      ...(metadata && { metadata: metadata as Metadata }),
      ...(presence && { presence: presence as Presence }),
    });
  }

  private updateSelf(change: Partial<SelfConnection>): void {
    if (!this.seat) return;
    this.seat = { ...this.seat, ...change };
    this.emit('self-updated', { self: this.seat });
  }

  private withSeat(id: string, task: (remote: RemoteSeat) => void): void {
    const remote = this.connections.get(id);
    if (remote) task(remote); // otherwise it left while this was on its way
  }

  // -- pairs

  /** Makes the pair. As a rule who came later makes the first offer: it knows what is there already. */
  protected startPeer(remote: RemoteSeat, { starts, mayBeginAnew = true }: PairStart = {}): void {
    const { seat, environment } = this;
    if (!seat) return;
    const polite = seat.order > remote.order;
    remote.peer = new Peer(
      {
        connectionId: remote.id,
        generations: remote.generations,
        polite,
        starts: starts ?? (polite ? 'now' : 'patiently'),
        mayBeginAnew,
        configuration: this.rtcConfiguration(),
        codecs: this.codecs,
        clock: environment.clock,
        createConnection: (configuration) => environment.createConnection(configuration),
        expected: () => (this.ways.usesPairs ? expectedOf(remote.streams.values()) : { audio: 0, video: 0 }),
      },
      this.peerHooks(remote),
      this.inspector.pairLog(remote.id, remote.name, polite),
    );
    this.giveOutgoing(remote.peer);
  }

  /** Pairs to everybody, for all media: those that there are for files serve for it, too. */
  private startPairs(): void {
    for (const remote of this.connections.values()) {
      if (remote.peer) this.giveOutgoing(remote.peer);
      else this.startPeer(remote);
    }
  }

  /** Media comes from the server: only files still need pairs. */
  private endPairs(): void {
    for (const remote of this.connections.values()) {
      if (!remote.peer) continue;
      if (this.files.isBusy(remote.id)) this.giveOutgoing(remote.peer);
      else this.endPair(remote);
    }
  }

  private endPair(remote: RemoteSeat): void {
    const { peer } = remote;
    remote.peer = undefined;
    peer?.close();
    this.ways.pairTracks(remote, []);
  }

  /** Files go from person to person in every mode: where there is no pair, one is made for them. */
  private pairForFiles(remote: RemoteSeat): void {
    if (!remote.peer && this.isSeated) this.startPeer(remote, { starts: 'now' });
  }

  /** Ends a pair that was made for files, a while after the last one. */
  private fileEnded({ connection }: Transfer): void {
    const { clock } = this.environment;
    clock.schedule(clock.now() + IDLE_PAIR_MS, () =>
      this.withSeat(connection.id, (remote) => {
        if (this.ways.usesPairs || this.media.stage === 'moving' || !remote.peer || this.files.isBusy(remote.id)) return;
        remote.peer.giveUp();
        remote.peer = undefined;
      }),
    );
  }

  /** A signal of somebody to whom there is no pair is the beginning of one, for files. */
  private signalReceived(remote: RemoteSeat, signal: Signal): void {
    const isBeginning = signal.kind === 'description' && signal.description.type === 'offer';
    if (!remote.peer && isBeginning && signal.generation > remote.generations.remote)
      this.startPeer(remote, { starts: 'on-offer' });
    remote.peer?.receiveSignal(signal);
  }

  private giveOutgoing(peer: Peer): void {
    const isForMedia = this.ways.usesPairs || this.media.stage === 'moving';
    peer.setOutgoing(isForMedia ? this.outgoing() : [], this.connections.size);
  }

  private peerHooks(remote: RemoteSeat): PeerHooks {
    return {
      sendSignal: (signal) => this.sendSignal(remote.id, signal),
      incomingChanged: (tracks) => this.ways.pairTracks(remote, tracks),
      closedThere: () => this.closedThere(remote),
      pathChanged: (path) => {
        this.files.pathChanged(remote.id, path.state === 'connected');
        this.ways.pairChanged();
        this.pathChanged(remote);
      },
      gaveUp: () => this.gaveUp(remote),
      controlClosed: () => this.controlClosed(remote),
      text: (text) => this.textReceived(remote, text),
      controlOpened: () => this.controlOpened(remote),
      filesChannel: (channel) => this.files.attach(remote.id, channel, remote.peer?.connection.sctp?.maxMessageSize),
    };
  }

  protected sendSignal(to: string, signal: Signal): void {
    this.post({ type: 'signal', to, signal });
  }

  private closedThere(remote: RemoteSeat): void {
    if (this.ways.usesPairs || this.media.stage === 'moving') return; // we are about to hear why
    this.endPair(remote);
    if (this.files.isBusy(remote.id)) this.pairForFiles(remote);
  }

  private outgoing(): OutgoingTrack[] {
    return this.mediaMayFlow ? [...this.streams.values()].flatMap((stream) => stream.outgoing()) : [];
  }

  /** Own tracks wait for the next offer of each other side instead of asking for one of ours. */
  protected outgoingPrepared(): void {
    const outgoing = this.outgoing();
    for (const { peer } of this.connections.values()) peer?.prepareOutgoing(outgoing, this.connections.size);
  }

  protected outgoingChanged(): void {
    for (const { peer } of this.connections.values()) if (peer) this.giveOutgoing(peer);
    this.ways.outgoingChanged();
  }

  // -- streams of others

  private addStream(remote: RemoteSeat, info: StreamInfo): void {
    const stream = new RemotePublication(info, remote, this.subscriptionHost);
    remote.streams.set(stream.id, stream);
    remote.peer?.refreshIncoming();
    this.ways.streamsChanged();
    this.emit('stream-published', { stream });
  }

  private streamUpdated(remote: RemoteSeat, info: StreamInfo): void {
    const stream = remote.streams.get(info.id);
    if (!stream) return;
    stream.update(info);
    this.emit('stream-updated', { stream });
  }

  private streamUnpublished(connectionId: string, streamId: string): void {
    if (connectionId === this.seat?.id) return this.removeLocal(this.streams.get(streamId), 'moderator');
    this.withSeat(connectionId, (remote) => {
      const stream = remote.streams.get(streamId);
      if (!stream) return;
      remote.streams.delete(streamId);
      this.closeStream(stream);
      this.emit('stream-unpublished', { stream });
    });
  }

  private sendDisplaySize(remote: RemoteConnection, { id, displaySize }: RemotePublication): void {
    const { width, height } = displaySize ?? { width: null, height: null };
    if (this.ways.usesPairs)
      this.connections.get(remote.id)?.peer?.sendText(JSON.stringify({ type: 'display-size', stream: id, width, height }));
  }

  // -- streams of ours

  private async announceStream(stream: LocalPublication): Promise<void> {
    const announced = this.request({ type: 'publish', stream: stream.spec });
    this.outgoingChanged(); // signaling keeps the order: the announcement is there before the tracks are
    try {
      await announced;
    } catch (error) {
      this.removeLocal(stream, 'unpublished');
      throw error;
    }
  }

  private removeLocal(stream: LocalPublication | undefined, reason: CallEvents['local-stream-unpublished']['reason']): void {
    if (!stream || !this.streams.delete(stream.id)) return;
    stream.close();
    this.outgoingChanged();
    this.emit('local-stream-unpublished', { stream, reason });
  }

  // -- messages

  private messageReceived(message: ServerMessage & { type: 'message' }): void {
    const { id, from, at, direct, messageType, data } = message;
    const sender = from === null ? undefined : this.connections.get(from);
    this.emit('message-received', {
      message: { id, from: sender, type: messageType, data: data as JsonValue, at: Date.parse(at), private: direct },
    });
  }

  private muteRequested({ by, stream: id, audio, video }: ServerMessage & { type: 'mute-requested' }): void {
    const stream = this.streams.get(id);
    if (!stream) return;
    for (const kind of ['audio', 'video'] as const) {
      if (!(kind === 'audio' ? audio : video)) continue;
      void stream.mute(kind).catch(() => undefined); // it is muted here in any case; only the telling may fail
      this.emit('mute-requested', { stream, kind, by: by ?? undefined });
    }
  }

  private noteFiles(): void {
    const note = (
      key: 'file-offered' | 'file-accepted' | 'file-ended',
      { connection, direction, sizeBytes, state }: Transfer,
    ): void => {
      const params = { direction, sizeBytes, state: state.name };
      this.inspector.note('browser-event', key, params, { key, params }, connection.id); // names of files are nobody else's business
    };
    this.files.on('transfer-added', ({ transfer }) => note('file-offered', transfer));
    this.files.on('transfer-accepted', ({ transfer }) => note('file-accepted', transfer));
    this.files.on('transfer-ended', ({ transfer }) => {
      note('file-ended', transfer);
      this.fileEnded(transfer);
    });
  }

  private measured(stats: CallStats): void {
    for (const { peer } of this.connections.values()) peer?.refreshPlans();
    this.ways.refreshPlans();
    this.emit('stats-updated', { stats });
  }

  // -- what the parts need of the whole

  private readonly publicationHost: PublicationHost = {
    createStream: () => this.environment.createStream(),
    outgoingChanged: () => this.outgoingChanged(),
    announce: async (stream: LocalPublication, change: StreamChange) => {
      if (this.isSeated && this.streams.has(stream.id))
        await this.request({ type: 'update-stream', stream: stream.id, ...change });
    },
    updated: (stream) => this.emit('local-stream-updated', { stream }),
    trackEnded: (stream, kind) => this.emit('local-track-ended', { stream, kind }),
    withdraw: async (stream, reason) => {
      this.removeLocal(stream, reason);
      if (this.isSeated) await this.request({ type: 'unpublish', stream: stream.id });
    },
  };

  private readonly subscriptionHost: SubscriptionHost = {
    now: () => this.environment.clock.now(),
    createStream: () => this.environment.createStream(),
    subscriptionChanged: (stream) => void this.post({ type: 'update-subscription', stream: stream.id, ...stream.subscribed }),
    displaySizeChanged: (stream) => this.sendDisplaySize(stream.connection, stream),
    viewChanged: () => this.ways.viewChanged(),
  };

  private readonly moderationHost: ModerationHost = {
    requestMute: async (stream, kind) => void (await this.request({ type: 'request-mute', stream, [kind]: true })),
    unpublishRemote: async (stream) => void (await this.request({ type: 'unpublish', stream })),
    disconnectRemote: async (connection) => void (await this.request({ type: 'disconnect', connection })),
  };
}

function plainIceServer({ urls, username, credential }: IceServer | RTCIceServer): RTCIceServer {
  return { urls, ...(username !== undefined && { username }), ...(credential !== undefined && { credential }) };
}

function seatOf(sessionId: string, info: ConnectionInfo): SelfConnection & { readonly order: number } {
  const { id, order, role } = info;
  return { id, order, role, sessionId, metadata: info.metadata as Metadata, presence: info.presence as Presence };
}

function expectedOf(streams: Iterable<RemotePublication>): { audio: number; video: number } {
  let audio = 0;
  let video = 0;
  for (const { hasAudio, hasVideo } of streams) {
    audio += hasAudio ? 1 : 0;
    video += hasVideo ? 1 : 0;
  }
  return { audio, video };
}
