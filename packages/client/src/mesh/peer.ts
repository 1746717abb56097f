import type { Clock } from '@maru/protocol/core';
import type { MediaMapping, Signal } from '@maru/signaling';
import type { MediaPath, PathState } from '../connection.js';
import type { PairLog } from '../inspector/pair-log.js';
import type { TrackKind } from '../stream.js';
import type { VideoCodecs } from './codec-preferences.js';
import { isDtlsFailure, meaningOfState } from './connection-states.js';
import { CONTROL_CHANNEL_ID, FILES_CHANNEL_ID } from './control.js';
import { Negotiator } from './negotiator.js';
import type { OutgoingTrack } from './outgoing.js';
import { Restarts } from './restarts.js';
import { Senders } from './senders.js';

/** The side that was there first lets the other offer; if nothing comes by then, it offers itself. */
const FIRST_OFFER_PATIENCE_MS = 3_000;
/** So many restarts without success, and the RTCPeerConnection itself is given up for a new one. */
const RESTARTS_BEFORE_RESET = 4;

/** A track of the other side as it is now. */
export interface IncomingTrack {
  readonly streamId: string;
  readonly kind: TrackKind;
  readonly track: MediaStreamTrack;
  readonly receiver: RTCRtpReceiver;
  readonly mid: string;
}

/** What a pair tells its owner. */
export interface PeerHooks {
  sendSignal(signal: Signal): void;
  /** The tracks that come in now: all of them, each time one changes. */
  incomingChanged(tracks: readonly IncomingTrack[]): void;
  pathChanged(path: MediaPath): void;
  /** A text of the other browser, over the control channel: nothing is validated yet. */
  text(text: string): void;
  /** The channel for files is open; `undefined` when it closed. */
  filesChannel(channel: RTCDataChannel | undefined): void;
  controlOpened(): void;
  /** The other side closed the control channel, or its whole end. */
  controlClosed(): void;
  /** The other side needs the pair no more. */
  closedThere(): void;
  /** Beyond repair, and a new beginning is not allowed. */
  gaveUp(): void;
}

/** How many RTCPeerConnections either side had for a pair so far: pairs that end and begin again go on counting. */
export interface PairGenerations {
  own: number;
  remote: number;
}

export interface PeerSettings {
  readonly connectionId: string;
  readonly generations: PairGenerations;
  /** Joined later: gives way in glare, and makes the first offer. */
  readonly polite: boolean;
  /** Who makes the first offer: we, the other side, or we if the other side takes long. */
  readonly starts: 'now' | 'on-offer' | 'patiently';
  /** Whether a new RTCPeerConnection may take the place of one that is beyond repair: the other side must be told. */
  readonly mayBeginAnew: boolean;
  readonly configuration: RTCConfiguration;
  readonly codecs: VideoCodecs;
  readonly clock: Clock;
  readonly createConnection: (configuration: RTCConfiguration) => RTCPeerConnection;
  /** Kinds that the other side has announced: the first offer makes room for them, so that one round trip is enough for both. */
  readonly expected: () => { readonly audio: number; readonly video: number };
}

/** One generation of the pair: an RTCPeerConnection with all that belongs to it. */
interface Life {
  readonly generation: number;
  readonly connection: RTCPeerConnection;
  readonly negotiator: Negotiator;
  readonly senders: Senders;
  control: RTCDataChannel | undefined;
  files: RTCDataChannel | undefined;
  started: boolean;
  remoteMedia: readonly MediaMapping[];
  /** Whether a description of the other side was ever set: only a fresh one may be adopted by a new generation of theirs. */
  touched: boolean;
}

/** The direct way to one other connection: negotiation, tracks both ways, channels, and finding another path when this one breaks. */
export class Peer {
  private life: Life;
  private outgoing: readonly OutgoingTrack[] = [];
  private receivers = 1;
  private readonly restart: Restarts;
  private restarts = 0;
  private everConnected = false;
  private pathKind: MediaPath['kind'] = 'unknown';
  private cancelPatience: (() => void) | undefined;
  private closed = false;
  private readonly controlQueue: string[] = [];

  constructor(
    private readonly settings: PeerSettings,
    private readonly hooks: PeerHooks,
    private readonly log: PairLog,
  ) {
    this.restart = new Restarts(settings.clock, settings.polite, () => this.restartDue());
    this.life = this.begin(settings.generations.own + 1);
    if (settings.starts === 'now') queueMicrotask(() => this.start());
    if (settings.starts === 'patiently')
      this.cancelPatience = settings.clock.schedule(settings.clock.now() + FIRST_OFFER_PATIENCE_MS, () => this.start());
  }

  get connection(): RTCPeerConnection {
    return this.life.connection;
  }

  private get remoteGeneration(): number {
    return this.settings.generations.remote;
  }

  get path(): MediaPath {
    return { state: this.pathState(), kind: this.pathKind, restarts: this.restarts };
  }

  /** What sits on a media section that we send, for the figures. */
  outgoingByMid(mid: string): OutgoingTrack | undefined {
    return this.life.senders.byMid(mid);
  }

  /** What sits on a media section that we receive. */
  incomingByMid(mid: string): MediaMapping | undefined {
    return this.life.remoteMedia.find((entry) => entry.mid === mid);
  }

  /** Sets what this person should get, and how many people get it. */
  setOutgoing(outgoing: readonly OutgoingTrack[], receivers: number): void {
    this.outgoing = outgoing;
    this.receivers = receivers;
    this.sync();
  }

  /** Like {@link setOutgoing}, but asks for no negotiation: the tracks go onto the sections of the other side's next offer. */
  prepareOutgoing(outgoing: readonly OutgoingTrack[], receivers: number): void {
    this.outgoing = outgoing;
    this.receivers = receivers;
  }

  /** What the other side wants of a track of ours. */
  want(streamId: string, kind: TrackKind, want: { active: boolean; width?: number; height?: number }): void {
    this.life.senders.want(streamId, kind, want);
    this.life.senders.applyPlans(this.receivers);
  }

  /** Looks at track sizes again: a camera may tell its size only after its first frame. */
  refreshPlans(): void {
    this.life.senders.applyPlans(this.receivers);
  }

  /** Tells the incoming tracks again: a stream that they belong to has been announced meanwhile. */
  refreshIncoming(): void {
    this.incomingChanged(this.life);
  }

  receiveSignal(signal: Signal): void {
    if (this.closed || signal.generation < this.remoteGeneration) return;
    switch (signal.kind) {
      case 'reset':
        return this.adopt(signal.generation);
      case 'restart':
        return this.restartIce();
      case 'close':
        return this.hooks.closedThere();
      case 'description':
        return this.receiveDescription(signal);
      case 'candidate':
        if (signal.generation !== this.remoteGeneration && this.remoteGeneration !== 0) return;
        void this.life.negotiator.receiveCandidate(signal.candidate);
    }
  }

  /** Sends to the other browser directly, or as soon as there is a way. */
  sendText(text: string): void {
    const { control } = this.life;
    if (control?.readyState === 'open') control.send(text);
    else if (this.controlQueue.length < 1_000) this.controlQueue.push(text);
  }

  /** New STUN and TURN servers, for the next time that candidates are gathered. */
  setConfiguration(configuration: RTCConfiguration): void {
    try {
      this.life.connection.setConfiguration(configuration);
    } catch (error) {
      this.log.event('setConfiguration failed', String(error));
    }
  }

  networkChanged(): void {
    this.restart.networkChanged();
  }

  signalingChanged(carrying: boolean): void {
    this.restart.signalingChanged(carrying);
  }

  pathKindKnown(kind: MediaPath['kind']): void {
    if (kind === this.pathKind) return;
    this.pathKind = kind;
    this.hooks.pathChanged(this.path);
  }

  /** Ends the pair and lets the other side know: it may still think that it is needed. */
  giveUp(): void {
    if (!this.closed) this.hooks.sendSignal({ kind: 'close', generation: this.life.generation });
    this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.restart.stop();
    this.cancelPatience?.();
    this.end(this.life);
    this.hooks.filesChannel(undefined);
  }

  private start(): void {
    if (this.closed || this.life.started) return;
    this.startLife(this.life);
    this.makeRoom();
    this.sync();
  }

  private startLife(life: Life): void {
    life.started = true;
    this.cancelPatience?.();
    life.control = this.openChannel(life, 'maru-control', CONTROL_CHANNEL_ID);
    life.files = this.openChannel(life, 'maru-files', FILES_CHANNEL_ID);
    this.bindControl(life, life.control);
    this.bindFiles(life, life.files);
  }

  /** Empty sections for what the other side has announced and we have no track of our own to pair with. */
  private makeRoom(): void {
    const expected = this.settings.expected();
    for (const kind of ['audio', 'video'] as const) {
      const own = this.outgoing.filter((item) => item.kind === kind).length;
      for (let i = own; i < Math.min(expected[kind], 16); i += 1)
        this.settings.codecs.limit(this.life.connection.addTransceiver(kind, { direction: 'recvonly' }));
    }
  }

  private sync(): void {
    if (!this.life.started || this.closed) return;
    this.life.senders.sync(this.outgoing);
    this.life.senders.applyPlans(this.receivers);
  }

  private begin(generation: number): Life {
    const { settings, log } = this;
    const connection = settings.createConnection(settings.configuration);
    settings.generations.own = generation;
    log.call(
      'new RTCPeerConnection',
      { polite: settings.polite, generation },
      { key: 'peer-created', params: { polite: settings.polite } },
    );
    const life: Life = {
      generation,
      connection,
      negotiator: new Negotiator(connection, settings.polite, this.negotiatorHooks(generation), log),
      senders: new Senders(connection, settings.codecs, log),
      control: undefined,
      files: undefined,
      started: false,
      remoteMedia: [],
      touched: false,
    };
    connection.onconnectionstatechange = () => this.connectionStateChanged(life);
    connection.oniceconnectionstatechange = () => this.iceStateChanged(life);
    connection.onicegatheringstatechange = () => {
      log.event('icegatheringstatechange', connection.iceGatheringState, {
        key: 'gathering-changed',
        params: { state: connection.iceGatheringState },
      });
      log.states(connection);
    };
    connection.onsignalingstatechange = () => log.states(connection);
    connection.onicecandidateerror = ({ errorCode, errorText, url }) =>
      log.event(
        'icecandidateerror',
        { errorCode, errorText, url },
        { key: 'candidate-error', params: { code: errorCode, text: errorText } },
      );
    connection.ontrack = ({ track, transceiver }) => {
      log.event('track', { kind: track.kind, mid: transceiver.mid }, { key: 'track-arrived', params: { kind: track.kind } });
    };
    return life;
  }

  private negotiatorHooks(generation: number): ConstructorParameters<typeof Negotiator>[2] {
    return {
      sendDescription: ({ type, sdp }) => {
        const { remoteGeneration: answers } = this;
        this.hooks.sendSignal({
          kind: 'description',
          generation,
          ...(answers > 0 && { answers }),
          description: { type, sdp },
          media: this.life.senders.mapping(),
        });
        this.life.senders.applyPlans(this.receivers);
      },
      sendCandidate: (candidate) =>
        this.hooks.sendSignal({ kind: 'candidate', generation, candidate: candidate && candidateOf(candidate) }),
      beforeAnswer: () => {
        if (!this.life.started) this.startLife(this.life);
        for (const transceiver of this.life.connection.getTransceivers()) this.settings.codecs.limit(transceiver);
        this.sync();
      },
      broke: (error) => {
        this.log.event('negotiation failed', String(error));
        if (this.life.generation === generation) this.reset();
      },
    };
  }

  private receiveDescription(signal: Signal & { kind: 'description' }): void {
    if (signal.description.type === 'answer' && signal.answers !== this.life.generation) return; // answers one that is gone
    if (signal.generation > this.remoteGeneration) this.adopt(signal.generation);
    const { life } = this;
    void life.negotiator.receiveDescription(signal.description, () => {
      life.touched = true;
      life.remoteMedia = signal.media ?? [];
      this.incomingChanged(life);
    });
  }

  /** The other side began anew: so do we, unless ours is fresh. */
  private adopt(generation: number): void {
    if (generation <= this.remoteGeneration) return;
    this.settings.generations.remote = generation;
    if (this.life.touched) this.renew();
  }

  /** Gives the RTCPeerConnection up for a new one, and says so. */
  private reset(): void {
    if (this.closed) return;
    if (!this.settings.mayBeginAnew) return this.hooks.gaveUp();
    this.renew();
    this.hooks.sendSignal({ kind: 'reset', generation: this.life.generation });
    this.start();
  }

  private renew(): void {
    const old = this.life;
    this.end(old);
    this.hooks.filesChannel(undefined);
    this.life = this.begin(old.generation + 1);
    this.hooks.incomingChanged([]);
    this.hooks.pathChanged(this.path);
    const { clock } = this.settings;
    this.cancelPatience = clock.schedule(clock.now() + FIRST_OFFER_PATIENCE_MS, () => this.start());
  }

  private end(life: Life): void {
    const { connection } = life;
    life.negotiator.close();
    connection.onconnectionstatechange = connection.oniceconnectionstatechange = connection.onicegatheringstatechange = null;
    connection.onsignalingstatechange = connection.onicecandidateerror = connection.ontrack = null;
    for (const channel of [life.control, life.files]) if (channel) channel.onopen = channel.onclose = channel.onmessage = null;
    connection.close();
    this.log.call('close', null, { key: 'peer-closed', params: {} });
    this.log.states(connection);
  }

  private incomingChanged(life: Life): void {
    const tracks: IncomingTrack[] = [];
    for (const transceiver of life.connection.getTransceivers()) {
      const mapped = life.remoteMedia.find((entry) => entry.mid === transceiver.mid);
      if (!mapped || transceiver.mid === null || transceiver.receiver.track.kind !== mapped.track) continue;
      const { receiver, mid } = transceiver;
      tracks.push({ streamId: mapped.stream, kind: mapped.track, track: receiver.track, receiver, mid });
    }
    this.hooks.incomingChanged(tracks);
  }

  private connectionStateChanged(life: Life): void {
    const { connectionState } = life.connection;
    this.log.event('connectionstatechange', connectionState, meaningOfState(connectionState));
    this.log.states(life.connection);
    if (connectionState === 'connected') this.everConnected = true;
    if (isDtlsFailure(life.connection)) {
      this.log.event('dtls failed', connectionState, { key: 'dtls-failed', params: {} });
      return this.reset();
    }
    this.restart.stateChanged(connectionState);
    this.hooks.pathChanged(this.path);
  }

  private iceStateChanged({ connection }: Life): void {
    const state = connection.iceConnectionState;
    this.log.event('iceconnectionstatechange', state, meaningOfIce(state));
    this.log.states(connection);
  }

  private restartIce(): void {
    if (this.closed) return;
    this.restarts += 1;
    this.log.call('restartIce', null, { key: 'ice-restarted', params: { count: this.restarts } });
    this.life.connection.restartIce();
    this.hooks.pathChanged(this.path);
  }

  private restartDue(): void {
    if (this.restart.attempt > RESTARTS_BEFORE_RESET && !this.settings.polite && this.settings.mayBeginAnew) this.reset();
    else this.restartIce();
  }

  private pathState(): PathState {
    if (this.closed) return 'closed';
    const { connectionState } = this.life.connection;
    if (connectionState === 'connected' || connectionState === 'closed') return connectionState;
    if (connectionState === 'disconnected') return this.restart.attempt > 0 ? 'restarting' : 'interrupted';
    if (connectionState === 'failed') return this.restart.attempt >= RESTARTS_BEFORE_RESET ? 'failed' : 'restarting';
    if (this.everConnected) return 'restarting';
    return connectionState;
  }

  private openChannel(life: Life, label: string, id: number): RTCDataChannel {
    const channel = life.connection.createDataChannel(label, { negotiated: true, id });
    channel.binaryType = 'arraybuffer';
    return channel;
  }

  private bindControl(life: Life, channel: RTCDataChannel): void {
    channel.onopen = () => {
      this.log.event('datachannel open', channel.label, { key: 'channel-opened', params: { label: channel.label } });
      for (const text of this.controlQueue.splice(0)) channel.send(text);
      this.hooks.controlOpened();
    };
    channel.onclose = () => {
      this.log.event('datachannel close', channel.label, { key: 'channel-closed', params: { label: channel.label } });
      if (life === this.life && !this.closed) this.hooks.controlClosed();
    };
    channel.onmessage = ({ data }) => {
      if (life === this.life && typeof data === 'string') this.hooks.text(data);
    };
  }

  private bindFiles(life: Life, channel: RTCDataChannel): void {
    channel.onopen = () => {
      if (life === this.life) this.hooks.filesChannel(channel);
    };
  }
}

function candidateOf(candidate: RTCIceCandidate): NonNullable<(Signal & { kind: 'candidate' })['candidate']> {
  const { candidate: text, sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = candidate.toJSON();
  return { candidate: text ?? '', sdpMid, sdpMLineIndex, usernameFragment };
}

function meaningOfIce(state: RTCIceConnectionState): Parameters<PairLog['event']>[2] {
  switch (state) {
    case 'checking':
      return { key: 'ice-checking', params: {} };
    case 'connected':
      return { key: 'ice-connected', params: {} };
    case 'completed':
      return { key: 'ice-completed', params: {} };
    case 'disconnected':
      return { key: 'ice-disconnected', params: {} };
    case 'failed':
      return { key: 'ice-failed', params: {} };
    default:
      return undefined;
  }
}
