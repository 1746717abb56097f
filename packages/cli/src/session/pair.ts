import type { MediaMapping, Signal } from '@maru/signaling';
import {
  type MediaKind,
  MediaStream,
  type MediaStreamTrack,
  type RTCConfiguration,
  RTCPeerConnection,
  RTCRtpReceiver,
  type RTCRtpTransceiver,
} from '@maru/webrtc';
import { Negotiator } from './negotiator.js';

/** Who was there first lets the other offer; if nothing comes by then, it offers itself. */
const PATIENCE_MS = 3_000;
/** The web app's own channel, by number on both sides. */
const CONTROL_CHANNEL = 0;
/** How long a path may be interrupted before another is looked for. */
const INTERRUPTED_MS = 3_000;
const MAX_EMPTY_SECTIONS = 16;

export interface OutgoingTrack {
  readonly streamId: string;
  readonly track: MediaStreamTrack;
}

export interface IncomingTrack {
  readonly streamId: string;
  readonly track: MediaStreamTrack;
}

export interface PairSettings {
  /** Joined later: gives way, and makes the first offer. */
  readonly polite: boolean;
  readonly configuration: RTCConfiguration;
  readonly outgoing: readonly OutgoingTrack[];
  /** What is wanted of the other side; an offer of ours makes room for it. */
  readonly expected: () => Readonly<Record<MediaKind, number>>;
  /** MIME types of video that are not to be negotiated, in small letters. */
  readonly unwantedCodecs: ReadonlySet<string>;
  send(signal: Signal): void;
  incoming(tracks: readonly IncomingTrack[]): void;
  stateChanged(): void;
}

/** The way to one other connection of the session. A new RTCPeerConnection takes the place of one that is beyond repair. */
export class Pair {
  private generation = 0;
  private remoteGeneration = 0;
  private negotiator!: Negotiator;
  private pc!: RTCPeerConnection;
  private sendings = new Map<OutgoingTrack, RTCRtpTransceiver>();
  private remoteMedia: readonly MediaMapping[] = [];
  private isStarted = false;
  private isTouched = false;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly settings: PairSettings) {
    this.begin(settings.polite ? 0 : PATIENCE_MS);
  }

  get connection(): RTCPeerConnection {
    return this.pc;
  }

  receive(signal: Signal): void {
    if (this.isClosed || signal.generation < this.remoteGeneration) return;
    switch (signal.kind) {
      case 'reset':
        return this.adopt(signal.generation);
      case 'restart':
        return this.pc.restartIce();
      case 'candidate':
        if (signal.generation > this.remoteGeneration && this.remoteGeneration > 0) return; // of a connection whose offer never came
        return this.negotiator.candidate(signal.candidate);
      case 'description': {
        if (signal.description.type === 'answer' && signal.answers !== this.generation) return;
        this.adopt(signal.generation);
        const { generation } = this;
        return this.negotiator.description(signal.description, () => {
          if (generation !== this.generation) return;
          this.isTouched = true;
          this.remoteMedia = signal.media ?? [];
          this.tellIncoming();
        });
      }
    }
  }

  /** Streams were announced meanwhile: tells the tracks again. */
  tellIncoming(): void {
    const tracks = this.pc.getTransceivers().flatMap(({ mid, receiver: { track } }) => {
      const mapped = this.remoteMedia.find((entry) => entry.mid === mid && entry.track === track.kind);
      return mapped ? [{ streamId: mapped.stream, track }] : [];
    });
    this.settings.incoming(tracks);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.negotiator.close();
    this.pc.close();
  }

  private begin(patienceMs: number): void {
    this.generation += 1;
    const { generation, settings } = this;
    const pc = new RTCPeerConnection(settings.configuration);
    this.pc = pc;
    this.sendings = new Map();
    this.remoteMedia = [];
    this.isStarted = this.isTouched = false;
    this.negotiator = new Negotiator(pc, settings.polite, {
      sendDescription: ({ type, sdp }) =>
        settings.send({
          kind: 'description',
          generation,
          ...(this.remoteGeneration > 0 && { answers: this.remoteGeneration }),
          description: { type, sdp },
          media: this.mapping(),
        }),
      sendCandidate: (candidate) => {
        const { candidate: text = '', sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = candidate?.toJSON() ?? {};
        settings.send({
          kind: 'candidate',
          generation,
          candidate: candidate && { candidate: text, sdpMid, sdpMLineIndex, usernameFragment },
        });
      },
      beforeAnswer: () => this.start(),
      broke: () => this.reset(generation),
    });
    pc.onconnectionstatechange = () => this.stateChanged(generation);
    this.timer = setTimeout(() => this.offerFirst(), patienceMs);
  }

  private offerFirst(): void {
    if (this.isStarted || this.isClosed) return;
    const expected = this.settings.expected();
    for (const kind of ['audio', 'video'] as const)
      for (let index = 0; index < Math.min(expected[kind], MAX_EMPTY_SECTIONS); index++)
        this.pc.addTransceiver(kind, { direction: 'recvonly' });
    this.start();
  }

  private preferCodecs(): void {
    const { codecs = [] } = RTCRtpReceiver.getCapabilities('video') ?? {};
    const unwanted = this.settings.unwantedCodecs;
    const wanted = codecs.filter(({ mimeType }) => !unwanted.has(mimeType.toLowerCase()));
    for (const transceiver of this.pc.getTransceivers())
      if (transceiver.receiver.track.kind === 'video' && transceiver.direction !== 'stopped')
        transceiver.setCodecPreferences(wanted);
  }

  /** Puts own tracks on sections that are there, or on new ones. */
  private start(): void {
    if (!this.isStarted) this.pc.createDataChannel('maru-control', { negotiated: true, id: CONTROL_CHANNEL });
    this.isStarted = true;
    clearTimeout(this.timer);
    const taken = new Set(this.sendings.values());
    for (const outgoing of this.settings.outgoing) {
      if (this.sendings.has(outgoing)) continue;
      const { track } = outgoing;
      const isFree = (one: RTCRtpTransceiver): boolean =>
        !taken.has(one) && one.receiver.track.kind === track.kind && one.direction !== 'stopped' && one.mid !== null;
      const found = this.pc.getTransceivers().find(isFree);
      const stream = new MediaStream();
      const transceiver = found ?? this.pc.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
      if (found) {
        void found.sender.replaceTrack(track);
        found.direction = found.direction === 'recvonly' ? 'sendrecv' : 'sendonly';
      }
      taken.add(transceiver);
      this.sendings.set(outgoing, transceiver);
    }
    this.preferCodecs();
  }

  private mapping(): MediaMapping[] {
    const mids = new Map<string, MediaMapping>();
    for (const [{ streamId, track }, { mid }] of this.sendings)
      if (mid !== null) mids.set(mid, { mid, stream: streamId, track: track.kind });
    return [...mids.values()];
  }

  /** The other side began anew: so do we, unless ours is fresh. */
  private adopt(generation: number): void {
    if (generation <= this.remoteGeneration) return;
    this.remoteGeneration = generation;
    if (this.isTouched) this.renew(PATIENCE_MS);
  }

  private reset(generation: number): void {
    if (this.isClosed || generation !== this.generation) return;
    this.renew(0);
    this.settings.send({ kind: 'reset', generation: this.generation });
  }

  private renew(patienceMs: number): void {
    this.negotiator.close();
    this.pc.onconnectionstatechange = null;
    this.pc.close();
    clearTimeout(this.timer);
    this.settings.incoming([]);
    this.begin(patienceMs);
  }

  private stateChanged(generation: number): void {
    if (generation !== this.generation || this.isClosed) return;
    this.settings.stateChanged();
    const { connectionState } = this.pc;
    clearTimeout(this.timer);
    if (connectionState === 'failed') this.pc.restartIce();
    if (connectionState === 'disconnected') this.timer = setTimeout(() => this.restartIfDown(), INTERRUPTED_MS);
  }

  private restartIfDown(): void {
    if (!this.isClosed && this.pc.connectionState === 'disconnected') this.pc.restartIce();
  }
}
