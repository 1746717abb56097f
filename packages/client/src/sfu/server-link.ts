import type { Clock } from '@maru/protocol/core';
import type { ClientMediaSignal, ServerMediaSignal, Slot } from '@maru/signaling';
import type { MediaPath, PathState } from '../connection.js';
import type { PairLog } from '../inspector/pair-log.js';
import type { VideoCodecs } from '../mesh/codec-preferences.js';
import { isDtlsFailure, meaningOfState } from '../mesh/connection-states.js';
import type { OutgoingTrack } from '../mesh/outgoing.js';
import { Restarts } from '../mesh/restarts.js';
import { Slots, type SlotTrack } from './slots.js';
import { withSpeechPauses } from './speech-pauses.js';
import { Uploads } from './uploads.js';

/** So many restarts without success, and the RTCPeerConnection itself is given up for a new one. */
const RESTARTS_BEFORE_RENEWAL = 3;
/** An offer that the browser or the server cannot take is made anew after this long, and then ever later. */
const FIRST_RENEWAL_MS = 500;
const LONGEST_RENEWAL_MS = 15_000;

export interface ServerLinkHooks {
  send(signal: ClientMediaSignal): void;
  /** What comes in slots is another now. */
  slotsChanged(): void;
  pathChanged(): void;
  /** The path that carried is dead: signaling goes to the same server, and may be dead too without anybody having noticed. */
  lineDoubted(): void;
  /** There is a new RTCPeerConnection: the server knows nothing of it yet. */
  renewed(): void;
  /** The server does not take us, or not this offer. */
  refused(code: string, detail: string): void;
}

export interface ServerLinkSettings {
  readonly configuration: RTCConfiguration;
  readonly clock: Clock;
  readonly createConnection: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly codecs: VideoCodecs;
  /** How many RTCPeerConnections there were for links of this seat. */
  readonly generations: { count: number };
}

/** One RTCPeerConnection to the server, with what belongs to it. */
interface Life {
  readonly generation: number;
  readonly connection: RTCPeerConnection;
  readonly uploads: Uploads;
  readonly slots: Slots;
  /** How many offers were made. */
  offers: number;
  /** Offers that were answered: what was offered by then is in force. */
  answered: number;
  /** Which tracks were in the offer that was answered last. */
  isStale: boolean;
}

/** The way to the media server: everything of ours goes up once, everything of others comes in slots. Only we offer, so nothing ever collides. */
export class ServerLink {
  private life: Life;
  private outgoing: readonly OutgoingTrack[] = [];
  private readonly restart: Restarts;
  private restarts = 0;
  private renewals = 0;
  private everConnected = false;
  /** Signaling was doubted since the path was last there: once in each trouble is enough. */
  private isLineDoubted = false;
  private isRefused = false;
  private cancelRenewal: (() => void) | undefined;
  private closed = false;

  constructor(
    private readonly settings: ServerLinkSettings,
    private readonly hooks: ServerLinkHooks,
    private readonly log: PairLog,
  ) {
    this.restart = new Restarts(settings.clock, false, () => this.restartDue());
    this.life = this.begin();
  }

  get connection(): RTCPeerConnection {
    return this.life.connection;
  }

  get generation(): number {
    return this.life.generation;
  }

  get path(): MediaPath {
    return { state: this.pathState(), kind: 'server', restarts: this.restarts };
  }

  /** Whether all that we publish is part of an offer that the server has answered. */
  get isSettled(): boolean {
    const { offers, answered, connection } = this.life;
    return offers > 0 && answered === offers && connection.signalingState === 'stable';
  }

  get tracks(): Iterable<SlotTrack> {
    return this.life.slots.tracks;
  }

  outgoingByMid(mid: string): OutgoingTrack | undefined {
    return this.life.uploads.byMid(mid);
  }

  incomingByMid(mid: string): { readonly stream: string } | undefined {
    return this.life.slots.byMid(mid);
  }

  setOutgoing(outgoing: readonly OutgoingTrack[]): void {
    const mapped = (tracks: readonly OutgoingTrack[]): string => tracks.map(({ streamId, kind }) => `${streamId}/${kind}`).join();
    const isSameMap = mapped(outgoing) === mapped(this.outgoing);
    this.outgoing = outgoing;
    if (this.closed) return;
    this.life.uploads.sync(outgoing);
    // a section that is used again as it is needs no negotiation by itself, but the server must hear what it carries
    if (!isSameMap && this.life.offers > 0) this.life.isStale = true;
    if (this.life.isStale) queueMicrotask(() => this.offerIfStale());
  }

  /** A camera may tell its size only after its first picture. */
  refreshPlans(): void {
    this.life.uploads.applyPlans();
  }

  takeSlots(generation: number, slots: readonly Slot[], wanted: { audio: number; video: number } | undefined): void {
    if (this.closed || generation !== this.life.generation) return;
    if (wanted) this.life.slots.provide(wanted);
    if (slots.length === 0) return;
    this.life.slots.take(slots);
    this.hooks.slotsChanged();
  }

  wish(streamId: string, layers: readonly { readonly rid: string; readonly active: boolean }[]): void {
    this.life.uploads.wish(streamId, layers);
  }

  receiveSignal(signal: ServerMediaSignal): void {
    if (this.closed) return;
    const { generation } = this.life;
    switch (signal.kind) {
      case 'answer':
        if (signal.generation === generation) void this.receiveAnswer(this.life, signal.offer, signal.sdp);
        return;
      case 'restart':
        if (signal.generation === generation) this.restartIce();
        return;
      case 'reset':
        if (signal.generation === 0 || signal.generation >= generation) this.renew();
        return;
      case 'refused':
        if (signal.generation === generation) this.wasRefused(signal.code, signal.detail, signal.retryAfterMs);
    }
  }

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

  /** Gives the way up, and says so. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.restart.stop();
    this.cancelRenewal?.();
    this.end(this.life);
    this.hooks.send({ kind: 'close', generation: this.life.generation });
  }

  private begin(): Life {
    const { settings, log } = this;
    const connection = settings.createConnection(settings.configuration);
    const generation = ++settings.generations.count;
    log.call('new RTCPeerConnection', { generation }, { key: 'server-link-created', params: {} });
    const life: Life = {
      generation,
      connection,
      uploads: new Uploads(connection, settings.codecs, log),
      slots: new Slots(connection, settings.codecs, log),
      offers: 0,
      answered: 0,
      isStale: false,
    };
    connection.onnegotiationneeded = () => void this.offer(life);
    connection.onconnectionstatechange = () => this.connectionStateChanged(life);
    connection.oniceconnectionstatechange = () => {
      log.event('iceconnectionstatechange', connection.iceConnectionState);
      log.states(connection);
    };
    connection.onicegatheringstatechange = () => log.states(connection);
    connection.onsignalingstatechange = () => log.states(connection);
    connection.onicecandidate = ({ candidate }) => candidate && log.candidate('local', candidate.toJSON());
    life.slots.open();
    life.uploads.sync(this.outgoing);
    return life;
  }

  private end({ connection }: Life): void {
    connection.onnegotiationneeded = connection.onconnectionstatechange = connection.oniceconnectionstatechange = null;
    connection.onicegatheringstatechange = connection.onsignalingstatechange = connection.onicecandidate = null;
    connection.close();
    this.log.call('close', null, { key: 'peer-closed', params: {} });
    this.log.states(connection);
  }

  private offerIfStale(): void {
    if (!this.closed && this.life.isStale) void this.offer(this.life);
  }

  /** One offer at a time: what changes meanwhile goes into the next. */
  private async offer(life: Life): Promise<void> {
    const { connection } = life;
    if (this.isOver(life) || connection.signalingState !== 'stable' || life.answered < life.offers) return;
    const number = ++life.offers;
    life.isStale = false;
    try {
      await connection.setLocalDescription();
    } catch (error) {
      return this.broke(life, error);
    }
    const sdp = connection.localDescription?.sdp;
    if (this.isOver(life) || sdp === undefined) return;
    this.log.call('setLocalDescription', { type: 'offer' }, { key: 'offer-made', params: {} });
    this.log.description('local', 'offer', sdp);
    this.hooks.send({ kind: 'offer', generation: life.generation, offer: number, sdp, media: life.uploads.mapping() });
  }

  private async receiveAnswer(life: Life, number: number, answer: string): Promise<void> {
    const { connection } = life;
    if (number !== life.offers || connection.signalingState !== 'have-local-offer') return;
    const sdp = withSpeechPauses(answer, life.uploads.speechMids);
    this.log.call('setRemoteDescription', { type: 'answer' }, { key: 'remote-description-set', params: { type: 'answer' } });
    this.log.description('remote', 'answer', sdp);
    try {
      await connection.setRemoteDescription({ type: 'answer', sdp });
    } catch (error) {
      return this.broke(life, error);
    }
    if (this.isOver(life)) return;
    life.answered = number;
    this.isRefused = false;
    life.uploads.applyPlans();
    life.slots.resolve();
    this.hooks.slotsChanged();
    this.hooks.pathChanged();
    this.offerIfStale();
  }

  private isOver(life: Life): boolean {
    return this.closed || life !== this.life;
  }

  private broke(life: Life, error: unknown): void {
    if (this.isOver(life)) return;
    this.log.event('negotiation failed', String(error));
    this.renewEverLater();
  }

  private wasRefused(code: string, detail: string, retryAfterMs: number | undefined): void {
    this.log.event('refused by the media server', { code, detail }, { key: 'server-refused', params: { code } });
    this.isRefused = true;
    this.hooks.refused(code, detail);
    this.hooks.pathChanged();
    if (retryAfterMs !== undefined) this.renewLater(retryAfterMs);
  }

  /** After a first renewal soon, each next one after twice as long. */
  private renewEverLater(): void {
    this.renewLater(Math.min(FIRST_RENEWAL_MS * 2 ** this.renewals, LONGEST_RENEWAL_MS));
  }

  private renewLater(afterMs: number): void {
    const { clock } = this.settings;
    this.cancelRenewal?.();
    this.cancelRenewal = clock.schedule(clock.now() + afterMs, () => this.renew());
  }

  /** Gives the RTCPeerConnection up for a new one. */
  private renew(): void {
    if (this.closed) return;
    this.cancelRenewal?.();
    this.cancelRenewal = undefined;
    this.renewals += 1;
    this.end(this.life);
    this.life = this.begin();
    this.hooks.renewed();
    this.hooks.slotsChanged();
    this.hooks.pathChanged();
  }

  private connectionStateChanged(life: Life): void {
    const { connectionState } = life.connection;
    this.log.event('connectionstatechange', connectionState, meaningOfState(connectionState));
    this.log.states(life.connection);
    if (connectionState === 'connected') {
      this.everConnected = true;
      this.isLineDoubted = false;
      this.renewals = 0;
    }
    if (isDtlsFailure(life.connection)) return this.renewEverLater();
    this.restart.stateChanged(connectionState);
    this.hooks.pathChanged();
  }

  private restartIce(): void {
    this.restarts += 1;
    this.log.call('restartIce', null, { key: 'ice-restarted', params: { count: this.restarts } });
    this.life.connection.restartIce();
    this.hooks.pathChanged();
  }

  private restartDue(): void {
    if (this.everConnected && !this.isLineDoubted && this.life.connection.connectionState !== 'connected') {
      this.isLineDoubted = true;
      this.hooks.lineDoubted();
    }
    if (this.restart.attempt > RESTARTS_BEFORE_RENEWAL) this.renew();
    else this.restartIce();
  }

  private pathState(): PathState {
    if (this.closed) return 'closed';
    const { connectionState } = this.life.connection;
    if (connectionState === 'connected') return 'connected';
    if (this.isRefused) return 'failed';
    if (connectionState === 'disconnected') return this.restart.attempt > 0 ? 'restarting' : 'interrupted';
    if (connectionState === 'failed' || this.everConnected) return 'restarting';
    return 'connecting';
  }
}
