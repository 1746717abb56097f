import type { MediaDriver } from '@maru/node/media';
import {
  type CoreContext,
  type DatagramSocket,
  type Instant,
  NEVER,
  type Path,
  type SrtpKeyingMaterial,
  type Waiting,
} from '@maru/protocol/core';
import type { ChannelKey, DataChannelEvent, MessageKind } from '@maru/protocol/datachannel';
import type { LocalCertificate } from '@maru/protocol/dtls';
import type { IceTransportState } from '@maru/protocol/ice';
import { JsepFault } from '@maru/protocol/jsep';
import { randomCname } from '@maru/protocol/rtcp';
import { SdpMalformed } from '@maru/protocol/sdp';
import type { ForwardedMessage, MediaKind, Participant, RouterEvent, Slot, SlotDescription } from '../core/index.js';
import type { ParticipantClosed, ParticipantEvent, ParticipantState, TrackName } from '../media-server/events.js';
import type { MediaLimits } from '../media-server/options.js';
import type { MediaOffer, MediaPermissions, PublishedStream, Tile } from '../media-server/participant.js';
import type { MediaRefusalCode } from '../media-server/refusal.js';
import type { AnswerBook } from '../negotiation/answer-book.js';
import { type AnsweredOffer, newDescription, type ParticipantDescription } from '../negotiation/participant-description.js';
import { DataForwarding } from './data-forwarding.js';
import type { EventLog } from './event-log.js';
import type { MediaSession } from './media-session.js';
import type { OfferOutcome } from './messages.js';
import { OfferBudget } from './offer-budget.js';
import { participantState } from './participant-state.js';
import { ParticipantTransport, type TransportListener } from './participant-transport.js';
import { type LiveTrack, Publications } from './publications.js';
import { SrtpKeys } from './srtp-keys.js';
import { Subscriptions } from './subscriptions.js';

/** What participants of a worker share. */
export interface ParticipantHost {
  readonly driver: MediaDriver;
  readonly context: CoreContext;
  readonly certificate: LocalCertificate;
  readonly answers: AnswerBook;
  readonly sockets: readonly DatagramSocket[];
  readonly limits: MediaLimits;
  emit(participant: WorkerParticipant, event: ParticipantEvent): void;
  /** Checks for `ufrag` are this participant's, or nobody's any more. */
  claimUfrag(ufrag: string, participant: WorkerParticipant): void;
  releaseUfrag(ufrag: string): void;
  /** What comes from `address` is this participant's, or nobody's any more. */
  claimAddress(address: number, participant: WorkerParticipant): void;
  releaseAddress(address: number, participant: WorkerParticipant): void;
  /** Its data channels hold so many bytes that have not left. */
  dataBuffered(handle: number, bytes: number): void;
  /** The router knows it under this handle, or no more. */
  routed(handle: number, participant: WorkerParticipant | undefined): void;
}

/** How long a client may take to connect, from its first offer on. */
const CONNECT_MS = 30_000;
/** How long a client whose path is lost may take to restart. */
const RESTART_MS = 60_000;
/** Addresses of one participant: its networks, a few more where a NAT moves it. The oldest gives way. */
const MAX_ADDRESSES = 16;

/** One participant on a worker: its description, its transport, what it publishes and what it gets. */
export class WorkerParticipant implements TransportListener, Waiting {
  dueAt: Instant = NEVER;
  heapIndex = -1;
  /** Something was fed to it that is not handed out yet. */
  isTouched = false;
  isClosed = false;
  state: ParticipantState = 'new';
  core: Participant | undefined;
  keys: SrtpKeys | undefined;
  /** As negotiated, once something was. */
  extensions: AnsweredOffer['extensions'] | undefined;
  /** Where packets go; -1: nowhere. */
  address = -1;
  private description: ParticipantDescription;
  /** Of all its slots: towards it we are one endpoint, and it says nothing of anybody (RFC 3550 §6.5.1, S-57). */
  private readonly cname: string;
  private transport: ParticipantTransport | undefined;
  private readonly offers: OfferBudget;
  private readonly ufrags: string[] = [];
  private readonly addresses: number[] = [];
  private readonly slots = new Map<string, { readonly description: SlotDescription; readonly slot: Slot }>();
  private readonly publications: Publications;
  private readonly subscriptions: Subscriptions;
  private readonly data = new DataForwarding();
  /** As the session was told. */
  private readonly decodable: Record<MediaKind, readonly string[]> = { audio: [], video: [] };
  private ice: IceTransportState = 'new';
  private hasEnded = false;
  /** When patience with a client that does not connect ends. */
  private patienceAt: Instant = NEVER;
  private now: Instant = 0;

  constructor(
    private readonly host: ParticipantHost,
    readonly session: MediaSession,
    /** The facade's number for it. */
    readonly number: number,
    readonly connection: string,
    private permissions: MediaPermissions,
    readonly log: EventLog,
  ) {
    this.description = newDescription(host.context.random);
    this.cname = randomCname(host.context.random);
    this.offers = new OfferBudget(host.limits.offersPerTenSeconds);
    this.publications = new Publications(connection, {
      trackAdded: (now, track) => {
        this.log.add('track/published', { track: track.id, encodings: track.rids.length });
        session.trackAdded(now, track);
      },
      trackRemoved: (_now, track) => {
        this.log.add('track/unpublished', { track: track.id });
        session.trackRemoved(track);
      },
      trackRefused: (track, code) => {
        this.log.add('track/refused', { track, code });
        this.emit({ type: 'limited', code, isLimited: true });
      },
    });
    this.subscriptions = new Subscriptions((track, code) => this.log.add('subscription/refused', { track: track.id, code }));
    this.applyPermissions();
  }

  get deadline(): Instant {
    return Math.min(this.transport?.deadline ?? NEVER, this.patienceAt);
  }

  get protocol(): 'udp' | 'tcp' | undefined {
    if (this.address < 0) return undefined;
    return this.host.driver.addresses.isStream(this.address) ? 'tcp' : 'udp';
  }

  get subscribed(): Subscriptions['all'] {
    return this.subscriptions.all;
  }

  // --- what the client wants ---

  offer(now: Instant, offer: MediaOffer): OfferOutcome {
    this.now = now;
    const { host } = this;
    if (this.isClosed) return refuse('media/closed', 'the connection takes part no more');
    if (!this.offers.takeOffer(now)) return refuse('media/too-many-offers', `${host.limits.offersPerTenSeconds} in ten seconds`);
    const read = host.answers.read(this.description, offer.sdp);
    if (read instanceof SdpMalformed) return refuse('media/invalid-offer', `line ${read.lineNumber}: expected ${read.expected}`);
    if (read instanceof JsepFault) {
      return refuse(read.reason === 'jsep/too-many-sections' ? 'media/too-many-sections' : 'media/invalid-offer', read.message);
    }
    if (read.isRestart && !this.offers.takeRestart(now)) return refuse('media/too-many-offers', 'one restart of ICE a second');
    const transport = (this.transport ??= this.newTransport(now));
    const ice = read.isRestart ? transport.restart(now) : transport.credentials;
    this.claimUfrag(ice.ufrag);
    const preferred = [...this.session.commonCodecs('video'), ...this.session.commonCodecs('audio')];
    const answered = host.answers.answer(this.description, read, ice, { preferred, cname: this.cname });
    if (!answered.transport) return refuse('media/invalid-offer', 'every section of the offer had to be refused');
    this.description = answered.description;
    this.log.add('offer/answered', { sections: answered.sectionCount, isRestart: read.isRestart });
    transport.agree(now, answered.transport, answered.data);
    if (transport.control) this.data.attach(transport.control);
    if (this.state !== 'connected') this.patienceAt = now + CONNECT_MS;
    this.agree(now, answered, offer.media);
    this.updateState();
    return { sdp: answered.sdp };
  }

  /** The client's RTCPeerConnection is gone: what was agreed on with it goes, what was announced stays. */
  reset(now: Instant): void {
    this.now = now;
    if (!this.transport) return;
    this.log.add('transport/reset');
    this.endTransport(now);
    this.updateState();
  }

  publish(now: Instant, stream: PublishedStream): void {
    this.publications.announce(stream);
    this.publications.settle(now, this.core);
  }

  unpublish(now: Instant, stream: string): void {
    this.publications.withdraw(stream);
    this.publications.settle(now, this.core);
  }

  subscribe(now: Instant, stream: string, wanted: { readonly audio: boolean; readonly video: boolean }): void {
    this.subscriptions.want(stream, wanted);
    this.subscriptions.settle(now, this.core, this.session.tracksOf(stream));
  }

  view(tiles: readonly Tile[]): void {
    this.subscriptions.view(tiles);
  }

  permit(now: Instant, permissions: MediaPermissions): void {
    this.permissions = permissions;
    this.applyPermissions();
    this.publications.settle(now, this.core);
    this.subscriptions.settle(now, this.core, this.othersTracks());
  }

  // --- from the session ---

  considerTrack(now: Instant, track: LiveTrack): void {
    if (track.connection !== this.connection) this.subscriptions.consider(now, this.core, track);
  }

  forgetTrack(track: LiveTrack): void {
    this.subscriptions.forget(track);
  }

  /** A message of another, by the router. */
  deliver(now: Instant, message: ForwardedMessage): void {
    if (!this.data.send(now, message)) this.log.add('data/lost', { label: message.channel.label });
    this.tellBuffered();
  }

  emit(event: ParticipantEvent): void {
    if (!this.isClosed) this.host.emit(this, event);
  }

  // --- from the router ---

  routerEvent(event: Exclude<RouterEvent, { type: 'speakers-changed' }>): void {
    switch (event.type) {
      case 'slots-changed': {
        const slots = event.slots.map(({ mid, track }) => ({ mid, source: track === undefined ? null : this.nameOf(track) }));
        return this.emit({ type: 'slots-changed', slots });
      }
      case 'slots-wanted':
        return this.emit({ type: 'slots-wanted', audio: event.audio, video: event.video });
      case 'encodings-wanted': {
        const track = this.session.track(event.track);
        if (!track) return;
        const layers = track.rids.map((rid, index) => ({ rid, isActive: event.wanted[index] ?? false }));
        return this.emit({ type: 'layers-wanted', stream: track.stream, track: track.kind, layers });
      }
      case 'limited':
        this.log.add('limited', { code: event.code, isLimited: event.isLimited });
        return this.emit({ type: 'limited', code: event.code, isLimited: event.isLimited });
    }
  }

  private nameOf(trackId: string): TrackName | null {
    const track = this.session.track(trackId);
    return track ? { connection: track.connection, stream: track.stream, track: track.kind } : null;
  }

  // --- from the loop ---

  /** The connection over which packets came is closed. */
  pathLost(now: Instant, address: number): void {
    this.now = now;
    const at = this.addresses.indexOf(address);
    if (at >= 0) this.giveUp(this.addresses.splice(at, 1)[0]!);
    if (address !== this.address) return;
    this.address = -1;
    this.core?.disconnect();
    this.log.add('path/lost');
    this.emit({ type: 'restart-wanted' });
  }

  /** STUN or DTLS that came on a path of its own, or that names its ufrag. */
  receive(now: Instant, bytes: Uint8Array, path: Path): void {
    this.now = now;
    this.transport?.receive(now, bytes, path);
  }

  advance(now: Instant): void {
    this.now = now;
    this.transport?.advance(now);
    if (now >= this.patienceAt) this.losePatience(now);
  }

  /** Hands out what its layers have to say and to send. */
  settle(now: Instant): void {
    this.now = now;
    this.transport?.settle();
  }

  /** Something of ours broke: the client is to begin anew. */
  breakOff(now: Instant): void {
    this.now = now;
    this.log.add('broken');
    this.endTransport(now);
    this.emit({ type: 'reset-wanted' });
    this.updateState();
  }

  close(now: Instant, reason: ParticipantClosed): void {
    if (this.isClosed) return;
    this.now = now;
    this.endTransport(now);
    this.log.add('closed', { reason });
    this.host.emit(this, { type: 'closed', reason });
    this.isClosed = true;
  }

  // --- from the transport ---

  pathVerified(path: Path): void {
    const { host } = this;
    const address = host.driver.addresses.addressOf(path);
    if (address < 0 || this.addresses.includes(address) || !host.driver.addresses.hold(address)) return;
    if (this.addresses.length === MAX_ADDRESSES) {
      const oldest = this.addresses.findIndex((one) => one !== this.address);
      for (const given of this.addresses.splice(oldest, 1)) this.giveUp(given);
    }
    this.addresses.push(address);
    host.claimAddress(address, this);
  }

  pathSelected(path: Path): void {
    this.address = this.host.driver.addresses.addressOf(path);
    this.log.add('path/selected', { protocol: this.protocol ?? 'none' });
    for (const old of this.ufrags.splice(0, this.ufrags.length - 1)) this.host.releaseUfrag(old);
    this.connectCore();
  }

  keysAgreed(material: SrtpKeyingMaterial): void {
    this.keys?.end();
    this.keys = new SrtpKeys(this.host.driver, material, this.host.context.crypto);
    this.log.add('dtls/connected', { profile: material.profile });
    this.connectCore();
    this.updateState();
  }

  iceChanged(state: IceTransportState): void {
    this.ice = state;
    this.log.add('ice/state', { state });
    if (state === 'failed') {
      this.core?.disconnect();
      this.patienceAt = this.now + RESTART_MS;
      this.emit({ type: 'restart-wanted' });
    }
    this.updateState();
  }

  associationEnded(reason: string): void {
    this.hasEnded = true;
    this.log.add('dtls/ended', { reason });
    this.core?.disconnect();
    this.data.detach();
    this.patienceAt = this.now + RESTART_MS;
    this.emit({ type: 'reset-wanted' });
    this.updateState();
  }

  channelEvent(event: DataChannelEvent): void {
    this.data.onEvent(this.now, event);
    if (event.type === 'buffered-amount-low') this.tellBuffered();
  }

  message(channel: ChannelKey, kind: MessageKind, bytes: Uint8Array): void {
    const channelClass = this.data.classOf(channel);
    if (!channelClass || !this.core || !this.permissions.data) return;
    this.session.sendData(this.now, this, channelClass, bytes, kind === 'text');
  }

  // --- within ---

  private newTransport(now: Instant): ParticipantTransport {
    const { certificate, sockets, context } = this.host;
    return new ParticipantTransport(now, certificate, sockets, context, this);
  }

  private agree(now: Instant, { sections, extensions }: AnsweredOffer, media: MediaOffer['media']): void {
    const isNew = !this.core;
    const core = this.core ?? this.joinCore(extensions);
    if (!core) return;
    core.setExtensions(extensions);
    this.extensions = extensions;
    this.session.extensionsChanged(this.number);
    this.settleSlots(now, core, sections.slots);
    this.publications.agree(sections.sending, media);
    this.publications.settle(now, core);
    if (isNew) this.subscriptions.settle(now, core, this.othersTracks());
  }

  private joinCore(extensions: AnsweredOffer['extensions']): Participant | undefined {
    const joined = this.session.core.join({ id: this.connection, extensions, cname: this.cname });
    if ('code' in joined) {
      this.emit({ type: 'limited', code: joined.code, isLimited: true });
      return undefined;
    }
    this.core = joined;
    this.host.routed(joined.handle, this);
    this.connectCore();
    return joined;
  }

  private settleSlots(now: Instant, core: Participant, wanted: readonly SlotDescription[]): void {
    const byMid = new Map(wanted.map((description) => [description.mid, description] as const));
    for (const [mid, { description, slot }] of this.slots) {
      const next = byMid.get(mid);
      if (next && JSON.stringify(next) === JSON.stringify(description)) continue;
      core.removeSlot(slot);
      this.slots.delete(mid);
    }
    for (const description of wanted) {
      if (this.slots.has(description.mid)) continue;
      const slot = core.addSlot(now, description);
      if ('code' in slot) this.log.add('slot/refused', { mid: description.mid, code: slot.code });
      else this.slots.set(description.mid, { description, slot });
    }
    this.tellDecodable();
  }

  /** Tells the session which codecs its slots take. */
  private tellDecodable(): void {
    for (const kind of ['audio', 'video'] as const) {
      const [first] = [...this.slots.values()].filter(({ description }) => description.kind === kind);
      const names = [...new Set(first?.description.codecs.map(({ name }) => name))];
      this.session.decodableChanged(kind, this.decodable[kind], names);
      this.decodable[kind] = names;
    }
  }

  /** Media may flow as soon as there is somewhere to send it and something to seal it with. */
  private connectCore(): void {
    if (this.core && this.keys && this.address >= 0 && !this.hasEnded)
      this.core.connect(this.now, this.address, this.keys.sealKey);
  }

  private *othersTracks(): Iterable<LiveTrack> {
    for (const track of this.session.tracks) if (track.connection !== this.connection) yield track;
  }

  private applyPermissions(): void {
    this.publications.permit(this.permissions.publish);
    this.subscriptions.permit(this.permissions.subscribe);
  }

  private claimUfrag(ufrag: string): void {
    if (this.ufrags.includes(ufrag)) return;
    this.ufrags.push(ufrag);
    this.host.claimUfrag(ufrag, this);
  }

  private giveUp(address: number): void {
    this.host.releaseAddress(address, this);
    this.host.driver.addresses.release(address);
  }

  private tellBuffered(): void {
    if (this.core) this.host.dataBuffered(this.core.handle, this.data.bufferedBytes);
  }

  private updateState(): void {
    const { ice, hasEnded } = this;
    const state = participantState({ isAgreed: this.transport !== undefined, ice, hasKeys: this.keys !== undefined, hasEnded });
    if (state === this.state) return;
    this.state = state;
    if (state === 'connected') this.patienceAt = NEVER;
    this.log.add('state', { state });
    const { protocol } = this;
    this.emit({ type: 'state-changed', state, ...(protocol && { protocol }) });
  }

  /** It did not come, or did not come back. */
  private losePatience(now: Instant): void {
    this.patienceAt = NEVER;
    this.log.add('patience/lost', { state: this.state });
    this.endTransport(now);
    this.emit({ type: 'reset-wanted' });
    this.updateState();
  }

  /** Everything that was agreed on with the client's RTCPeerConnection goes. */
  private endTransport(now: Instant): void {
    this.publications.agree([], []);
    this.publications.settle(now, undefined);
    this.subscriptions.clear();
    this.slots.clear();
    this.tellDecodable();
    if (this.core) {
      this.host.routed(this.core.handle, undefined);
      this.core.leave();
      this.core = undefined;
    }
    this.data.detach();
    const { transport } = this;
    this.transport = undefined;
    try {
      transport?.close(now);
    } catch (error) {
      this.log.add('transport/not-closed', { error: String(error) }); // it broke before: what it holds goes with it
    }
    this.keys?.end();
    this.keys = undefined;
    for (const ufrag of this.ufrags.splice(0)) this.host.releaseUfrag(ufrag);
    for (const address of this.addresses.splice(0)) this.giveUp(address);
    this.address = -1;
    this.ice = 'new';
    this.hasEnded = false;
    this.patienceAt = NEVER;
    this.description = newDescription(this.host.context.random);
  }
}

function refuse(code: MediaRefusalCode, detail: string): OfferOutcome {
  return { code, detail };
}
