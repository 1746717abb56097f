import type { GeneratedCertificate } from '@maru/node';
import { Malformed } from '@maru/protocol/core';
import type { DataChannelEvent } from '@maru/protocol/datachannel';
import { fingerprintOf } from '@maru/protocol/dtls';
import { type CandidateError, parseCandidate } from '@maru/protocol/ice';
import {
  type Agreement,
  agreementOf,
  canTrickle,
  type DescribeTransport,
  type DescriptionType,
  dataOutcome,
  isDataRefused,
  isDataSection,
  isIceRestart,
  isRejected,
  lacksDataSection,
  midOf,
  remoteCandidates,
  restartedSections,
  type TransportOutcome,
  transportOutcomes,
} from '@maru/protocol/jsep';
import { attributeValue, receives, type SctpParameters, type SessionTree } from '@maru/protocol/sdp';
import type { CandidatePlace } from './candidate-conversion.js';
import { generateRtcCertificate, type RTCCertificate, revealCertificate } from './certificate.js';
import { ChannelSet } from './channel-set.js';
import {
  type Configuration,
  changeConfiguration,
  describeConfiguration,
  gathersOtherwise,
  type RTCConfiguration,
  readConfiguration,
} from './configuration.js';
import { connectionState, iceConnectionState, iceGatheringState, type RTCPeerConnectionState } from './connection-states.js';
import type { RTCDataChannel, RTCDataChannelInit } from './data-channel.js';
import { newChannelSlots } from './data-channel-init.js';
import { ENVIRONMENT, type Environment, nodeEnvironment } from './environment.js';
import { EventQueue } from './event-queue.js';
import { type RTCDataChannelEvent, RTCPeerConnectionIceErrorEvent, RTCPeerConnectionIceEvent } from './events/events.js';
import { RTCIceCandidate, type RTCIceCandidateInit, toCandidateInit } from './ice-candidate.js';
import type { RTCIceGathererState, RTCIceTransportState } from './ice-transport.js';
import type { RTCIdentityAssertion } from './identity/identity-assertion.js';
import type { RTCIdentityProviderOptions } from './identity/identity-provider.js';
import { PeerIdentity } from './identity/peer-identity.js';
import type { SessionHost } from './media/engine/media-session.js';
import { MediaSet, type RTCRtpTransceiverInit } from './media/media-set.js';
import { RemoteSource } from './media/remote-source.js';
import type { RTCRtpReceiver } from './media/rtp-receiver.js';
import type { RTCRtpSender } from './media/rtp-sender.js';
import type { RTCRtpTransceiver } from './media/rtp-transceiver.js';
import type { MediaHost, ReceiverSlots, SenderSlots } from './media/slots.js';
import { type MediaStream, toTrack } from './media/stream.js';
import { type MediaStreamTrack, setMuted, sourceOf } from './media/track.js';
import type { TrackChanges } from './media/track-changes.js';
import type { RTCTrackEvent } from './media/track-event.js';
import type { FrameMetadata } from './media/transform/frame-transform.js';
import { metadataOf } from './media/transform/received-metadata.js';
import { Negotiator } from './negotiator.js';
import { OperationsChain } from './operations-chain.js';
import { RestartBudget } from './restart-budget.js';
import { RTCSctpTransport, type SctpTransportSlots } from './sctp-transport.js';
import {
  type RTCLocalSessionDescriptionInit,
  type RTCSessionDescription,
  type RTCSessionDescriptionInit,
  toDescriptionInit,
  toLocalDescriptionInit,
} from './session-description.js';
import { collectStats } from './stats/collect.js';
import { mediaStats, selectStats } from './stats/media.js';
import { type RTCStatsReport, statsReport } from './stats/report.js';
import { TransportSet } from './transport-set.js';
import { TransportStack } from './transport-stack.js';
import { requireArguments, toDictionary } from './webidl/convert.js';
import { defineEventHandlers, type EventHandler } from './webidl/event-handlers.js';
import { defineInterface, INTERNAL } from './webidl/interface.js';

export type RTCSignalingState =
  | 'stable'
  | 'have-local-offer'
  | 'have-remote-offer'
  | 'have-local-pranswer'
  | 'have-remote-pranswer'
  | 'closed';

/** W3C webrtc, RTCOfferOptions. */
export interface RTCOfferOptions {
  iceRestart?: boolean;
  /** Older: whether to receive audio, as a transceiver's direction says today. */
  offerToReceiveAudio?: boolean;
  offerToReceiveVideo?: boolean;
}
/** W3C webrtc, RTCAnswerOptions: nothing yet. */
export type RTCAnswerOptions = Record<string, never>;

type DescriptionCallback = (description: RTCSessionDescriptionInit) => unknown;
type ErrorCallback = (error: DOMException) => unknown;

/** What our side of data channels says in descriptions: any message up to 256 KiB, as browsers take them. */
const LOCAL_SCTP: SctpParameters = { port: 5_000, maxMessageSize: 262_144 };

/** Candidates still come for a moment after a connection is up: longer than that, its descriptions are not kept taken apart. */
const TREES_KEPT_MS = 50;

const NOTHING = (): void => {};

/** A connection to one other side (W3C webrtc, RTCPeerConnection). */
export class RTCPeerConnection extends EventTarget {
  readonly #environment: Environment;
  readonly #negotiator: Negotiator;
  readonly #chain: OperationsChain;
  readonly #events = new EventQueue();
  readonly #channels: ChannelSet;
  readonly #media: MediaSet;
  readonly #transports: TransportSet;
  readonly #identity: PeerIdentity;
  readonly #certificates: readonly RTCCertificate[];
  #defaultCertificates: readonly GeneratedCertificate[] | undefined;
  #configuration: Configuration;
  #isClosed = false;
  /** What carries data channels. */
  #channelStack: TransportStack | undefined;
  #stackCount = 0;
  #sctp: { readonly object: RTCSctpTransport; readonly slots: SctpTransportSlots } | undefined;
  #hasDataChannel = false;
  #isNegotiationNeeded = false;
  #shouldCheckNegotiation = false;
  /** Username fragments that a coming description must not use any more (restartIce). */
  #ufragsToReplace = new Set<string>();
  /** Those of candidates that other servers or another policy would give: the next offer replaces them (RFC 9429 §4.1.18). */
  readonly #ufragsOfOldServers = new Set<string>();
  #cancelForgetting: () => void = NOTHING;
  readonly #remoteRestarts = new RestartBudget();
  #iceConnectionState: RTCIceTransportState = 'new';
  #connectionState: RTCPeerConnectionState = 'new';
  #iceGatheringState: RTCIceGathererState = 'new';

  declare onnegotiationneeded: EventHandler;
  declare onicecandidate: EventHandler<RTCPeerConnectionIceEvent>;
  declare onicecandidateerror: EventHandler<RTCPeerConnectionIceErrorEvent>;
  declare onsignalingstatechange: EventHandler;
  declare oniceconnectionstatechange: EventHandler;
  declare onicegatheringstatechange: EventHandler;
  declare onconnectionstatechange: EventHandler;
  declare ondatachannel: EventHandler<RTCDataChannelEvent>;
  declare ontrack: EventHandler<RTCTrackEvent>;

  /** The world of connections of this class; see {@link peerConnectionIn}. */
  static readonly [ENVIRONMENT]: Environment = nodeEnvironment;

  constructor(configuration: RTCConfiguration = {}) {
    const environment = new.target[ENVIRONMENT];
    const read = readConfiguration(configuration, environment.wallNow());
    super();
    this.#environment = environment;
    this.#certificates = read.certificates;
    this.#configuration = read;
    this.#negotiator = new Negotiator(environment.context.random);
    this.#chain = new OperationsChain(() => this.#onChainEmpty());
    this.#channels = new ChannelSet(this.#channelOwner(), environment.context);
    this.#media = new MediaSet(this.#mediaHost(), environment.context.random, (entry, tone, durationMs) =>
      this.#transports.of(entry.slots.mid)?.media?.playTone(entry, tone, durationMs),
    );
    this.#transports = new TransportSet(() => this.#newStack());
    this.#identity = new PeerIdentity(read.peerIdentity);
    if (read.iceCandidatePoolSize > 0) this.#transports.pool();
  }

  static generateCertificate(keygenAlgorithm: unknown): Promise<RTCCertificate> {
    // biome-ignore lint/complexity/noThisInStatic: a class in another world makes its certificates there
    return generateRtcCertificate(keygenAlgorithm, this?.[ENVIRONMENT] ?? nodeEnvironment);
  }

  // Descriptions.

  get localDescription(): RTCSessionDescription | null {
    return this.#negotiator.object('local', 'latest');
  }

  get currentLocalDescription(): RTCSessionDescription | null {
    return this.#negotiator.object('local', 'current');
  }

  get pendingLocalDescription(): RTCSessionDescription | null {
    return this.#negotiator.object('local', 'pending');
  }

  get remoteDescription(): RTCSessionDescription | null {
    return this.#negotiator.object('remote', 'latest');
  }

  get currentRemoteDescription(): RTCSessionDescription | null {
    return this.#negotiator.object('remote', 'current');
  }

  get pendingRemoteDescription(): RTCSessionDescription | null {
    return this.#negotiator.object('remote', 'pending');
  }

  get signalingState(): RTCSignalingState {
    return this.#isClosed ? 'closed' : this.#negotiator.state;
  }

  get canTrickleIceCandidates(): boolean | null {
    return canTrickle(this.#negotiator.current) ?? null;
  }

  createOffer(options?: RTCOfferOptions): Promise<RTCSessionDescriptionInit>;
  createOffer(success: DescriptionCallback, failure: ErrorCallback, options?: RTCOfferOptions): Promise<undefined>;
  async createOffer(...[first, failure, third]: unknown[]): Promise<RTCSessionDescriptionInit | undefined> {
    const legacy = legacyCallbacks(first, failure);
    const dictionary = toDictionary(legacy ? third : first, 'RTCOfferOptions');
    const iceRestart = Boolean(dictionary['iceRestart']);
    const offer = this.#enqueue(async () => {
      this.#demandOfferState();
      await this.#task();
      await this.#identify();
      for (const kind of ['audio', 'video'] as const) {
        const wanted = dictionary[kind === 'audio' ? 'offerToReceiveAudio' : 'offerToReceiveVideo'];
        if (wanted !== undefined) this.#media.offerToReceive(kind, Boolean(wanted));
      }
      return { type: 'offer' as const, sdp: this.#makeOffer(iceRestart) };
    });
    return legacy ? report(offer, legacy) : offer;
  }

  createAnswer(options?: RTCAnswerOptions): Promise<RTCSessionDescriptionInit>;
  createAnswer(success: DescriptionCallback, failure: ErrorCallback): Promise<undefined>;
  async createAnswer(...[first, failure]: unknown[]): Promise<RTCSessionDescriptionInit | undefined> {
    const legacy = legacyCallbacks(first, failure);
    if (!legacy) toDictionary(first, 'RTCAnswerOptions');
    const answer = this.#enqueue(async () => {
      this.#demandAnswerState();
      await this.#task();
      await this.#identify();
      return { type: 'answer' as const, sdp: this.#makeAnswer() };
    });
    return legacy ? report(answer, legacy) : answer;
  }

  setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<undefined>;
  setLocalDescription(
    description: RTCLocalSessionDescriptionInit,
    success: () => unknown,
    failure: ErrorCallback,
  ): Promise<undefined>;
  async setLocalDescription(...[description, success, failure]: unknown[]): Promise<undefined> {
    const init = toLocalDescriptionInit(description);
    const done = this.#enqueue(() => this.#setLocal(init.type ?? this.#fittingType(), init.sdp));
    const legacy = legacyCallbacks(success, failure);
    return legacy ? report(done, legacy) : done;
  }

  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<undefined>;
  setRemoteDescription(
    description: RTCSessionDescriptionInit,
    success: () => unknown,
    failure: ErrorCallback,
  ): Promise<undefined>;
  async setRemoteDescription(description: unknown, ...[success, failure]: unknown[]): Promise<undefined> {
    const init = toDescriptionInit(description);
    const done = this.#enqueue(() => this.#setRemote(init.type, init.sdp));
    const legacy = legacyCallbacks(success, failure);
    return legacy ? report(done, legacy) : done;
  }

  addIceCandidate(candidate?: RTCIceCandidateInit | RTCIceCandidate | null): Promise<undefined>;
  addIceCandidate(candidate: RTCIceCandidateInit, success: () => unknown, failure: ErrorCallback): Promise<undefined>;
  addIceCandidate(...args: unknown[]): Promise<undefined> {
    if (typeof this !== 'object' || this === null || !(#chain in this))
      return Promise.reject(new TypeError('addIceCandidate was called on an object that is no RTCPeerConnection'));
    // A candidate may overtake its description, or come after that was rolled back. Who does not wait for the answer, as scripts
    // of browsers do, must not have their process end for it.
    const onStranger = (): void => queueMicrotask(() => done.catch(() => {}));
    const done = this.#takeCandidate(args, onStranger);
    return done;
  }

  async #takeCandidate([candidate, success, failure]: unknown[], onStranger: () => void): Promise<undefined> {
    const init = toCandidateInit(candidate);
    if (init.candidate !== '' && init.sdpMid === null && init.sdpMLineIndex === null) {
      throw new TypeError('A candidate needs sdpMid or sdpMLineIndex');
    }
    const done = this.#enqueue(() => this.#addCandidate(init, onStranger));
    const legacy = legacyCallbacks(success, failure);
    return legacy ? report(done, legacy) : done;
  }

  // States.

  get iceGatheringState(): RTCIceGathererState {
    return this.#transports.inUse.some(({ isRegathering }) => isRegathering) ? 'gathering' : this.#iceGatheringState;
  }

  get iceConnectionState(): RTCIceTransportState {
    return this.#iceConnectionState;
  }

  get connectionState(): RTCPeerConnectionState {
    return this.#connectionState;
  }

  get sctp(): RTCSctpTransport | null {
    return this.#sctp?.object ?? null;
  }

  // Configuration.

  getConfiguration(): RTCConfiguration {
    return describeConfiguration(this.#configuration);
  }

  setConfiguration(configuration: RTCConfiguration = {}): void {
    this.#demandOpen();
    const hasGathered = this.#negotiator.object('local', 'latest') !== null;
    const changed = changeConfiguration(this.#configuration, configuration, hasGathered, this.#environment.wallNow());
    if (gathersOtherwise(this.#configuration, changed)) {
      const { sdp = '' } = this.#negotiator.object('local', 'latest') ?? {};
      for (const ufrag of ufragsIn(sdp)) this.#ufragsOfOldServers.add(ufrag);
    }
    this.#configuration = changed;
    for (const stack of this.#transports.inUse) stack.setServers(changed);
    if (changed.iceCandidatePoolSize > 0 && !this.#transports.hasGathered) this.#transports.pool();
  }

  restartIce(): void {
    void this.#configuration;
    if (this.#isClosed) return;
    for (const which of ['current', 'pending'] as const) {
      for (const ufrag of ufragsIn(this.#negotiator.object('local', which)?.sdp ?? '')) this.#ufragsToReplace.add(ufrag);
    }
    this.#updateNegotiationNeeded();
  }

  /** Ends the connection: channels are closed without ceremony, the other side is told, nothing of it remains. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events.clear();
    this.#channels.closeSilently();
    this.#media.close();
    for (const stack of this.#transports.clear()) stack.close();
    this.#cancelForgetting();
    this.#iceConnectionState = this.#connectionState = 'closed';
    const sctp = this.#sctp;
    if (!sctp || sctp.slots.state === 'closed') return;
    sctp.slots.state = 'closed';
    this.#events.push(() => sctp.object.dispatchEvent(new Event('statechange')));
  }

  // Identity.

  /** Who vouches for us: a provider of {@link registerIdentityProvider}. */
  setIdentityProvider(provider: string, options: RTCIdentityProviderOptions = {}): void {
    void this.#identity;
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCPeerConnection.setIdentityProvider');
    this.#demandOpen();
    this.#identity.setProvider(provider, options);
  }

  /** What the provider vouches, as descriptions have it. */
  async getIdentityAssertion(): Promise<string> {
    this.#demandOpen();
    const { crypto } = this.#environment.context;
    return this.#identity.request(this.#ownCertificates().map(({ chain }) => fingerprintOf(crypto, chain[0]!)));
  }

  /** Who the other side has proved to be. */
  get peerIdentity(): Promise<RTCIdentityAssertion> {
    // Web IDL §3.7.6: where an attribute is a promise, its getter rejects instead of throwing.
    if (typeof this !== 'object' || this === null || !(#identity in this))
      return Promise.reject(new TypeError('peerIdentity was read of an object that is no RTCPeerConnection'));
    return this.#identity.promise;
  }

  /** Where to log in, when a provider has said so. */
  get idpLoginUrl(): string | null {
    return this.#identity.idpLoginUrl;
  }

  /** What a provider has told of its last failure. */
  get idpErrorInfo(): string | null {
    return this.#identity.idpErrorInfo;
  }

  async #identify(): Promise<void> {
    if (!this.#identity.hasProvider) return;
    try {
      this.#negotiator.assertion = await this.getIdentityAssertion();
    } catch (reason) {
      // W3C webrtc-identity §6: a description that cannot say who we are is an OperationError, whatever the provider's reason.
      throw new DOMException(reason instanceof Error ? reason.message : 'No identity', 'OperationError');
    }
  }

  // Media.

  getSenders(): RTCRtpSender[] {
    return this.#media.senders;
  }

  getReceivers(): RTCRtpReceiver[] {
    return this.#media.receivers;
  }

  getTransceivers(): RTCRtpTransceiver[] {
    return this.#media.transceivers;
  }

  /** Sends `track`, as a part of `streams`, over a transceiver that is free or a new one. */
  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): RTCRtpSender {
    void this.#media;
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCPeerConnection.addTrack');
    return this.#media.addTrack(track, streams);
  }

  /** Sends the sender's track no more; its transceiver stays. */
  removeTrack(sender: RTCRtpSender): void {
    void this.#media;
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCPeerConnection.removeTrack');
    this.#media.removeTrack(sender);
  }

  /** A new transceiver that sends a track, or waits for one of this kind. */
  addTransceiver(trackOrKind: MediaStreamTrack | string, init: RTCRtpTransceiverInit = {}): RTCRtpTransceiver {
    void this.#media;
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCPeerConnection.addTransceiver');
    return this.#media.addTransceiver(trackOrKind, init);
  }

  // Data.

  createDataChannel(label: string, dataChannelDict: RTCDataChannelInit = {}): RTCDataChannel {
    void this.#channels;
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCPeerConnection.createDataChannel');
    const slots = newChannelSlots(label, dataChannelDict);
    this.#demandOpen();
    if (slots.id !== null && this.#channels.isIdTaken(slots.id))
      throw new DOMException(`The id ${slots.id} is in use`, 'OperationError');
    const channel = this.#channels.create(slots);
    const isFirst = !this.#hasDataChannel;
    this.#hasDataChannel = true;
    if (isFirst) this.#updateNegotiationNeeded();
    return channel;
  }

  /** Statistics of the whole connection, or of the one sender or receiver that has the track `selector`. */
  async getStats(selector: MediaStreamTrack | null = null): Promise<RTCStatsReport> {
    void this.#channels;
    if (selector !== null && selector !== undefined) {
      const track = toTrack(selector);
      const having = [...this.#media.senders, ...this.#media.receivers].filter((half) => half.track === track);
      if (having.length !== 1) {
        const why = having.length === 0 ? 'No sender or receiver has this track' : 'Several senders have this track';
        throw new DOMException(why, 'InvalidAccessError');
      }
      return having[0]!.getStats();
    }
    await this.#task();
    return this.#collectStats();
  }

  #collectStats(of?: SenderSlots | ReceiverSlots): RTCStatsReport {
    const wallNow = this.#environment.wallNow();
    const stacks = this.#transports.inUse;
    const wallOffset = wallNow - this.#environment.network.clock.now();
    const stats = [
      ...collectStats(this.#environment, this.#channels, stacks),
      ...stacks.flatMap((stack) => [...mediaStats(wallNow, stack, wallOffset)]),
    ];
    return statsReport(of ? selectStats(stats, of, stacks) : stats);
  }

  // How it is done.

  /** W3C webrtc, "chain an operation". */
  #enqueue<Result>(operation: () => Promise<Result>): Promise<Result> {
    this.#demandOpen();
    return this.#chain.enqueue(operation, () => this.#isClosed);
  }

  #demandOpen(): void {
    if (this.#isClosed) throw new DOMException('The connection is closed', 'InvalidStateError');
  }

  /** The event loop's next task: what the W3C does "in parallel" ends with queueing one. */
  #task(): Promise<void> {
    return new Promise((resolve) => this.#environment.queueTask(resolve));
  }

  /** Closing forgets what waits, and nothing more is taken. */
  #queueTask(task: () => void): void {
    if (!this.#isClosed) this.#events.push(task);
  }

  #newStack(): TransportStack {
    this.#stackCount += 1;
    return new TransportStack(
      this.#environment,
      this.#configuration,
      this.#ownCertificates(),
      this.#stackOwner(),
      this.#stackCount,
    );
  }

  /** Those of the configuration, or one of the environment's. */
  #ownCertificates(): readonly GeneratedCertificate[] {
    this.#defaultCertificates ??=
      this.#certificates.length > 0 ? this.#certificates.map(revealCertificate) : [this.#environment.defaultCertificate()];
    return this.#defaultCertificates;
  }

  #demandOfferState(): void {
    const state = this.#negotiator.state;
    if (state !== 'stable' && state !== 'have-local-offer') {
      throw new DOMException(`No offer can be created in state "${state}"`, 'InvalidStateError');
    }
  }

  #demandAnswerState(): void {
    const state = this.#negotiator.state;
    if (state !== 'have-remote-offer' && state !== 'have-local-pranswer') {
      throw new DOMException(`No answer can be created in state "${state}"`, 'InvalidStateError');
    }
  }

  #makeOffer(iceRestart: boolean): string {
    const hasBegun = this.#negotiator.object('local', 'latest') !== null;
    const wantsData = this.#hasDataChannel || this.#sctp !== undefined;
    const describe: DescribeTransport = (group) => {
      const stack = this.#transports.propose(group);
      return stack.describe(hasBegun && (iceRestart || this.#mustRestart(stack)));
    };
    const offer = this.#negotiator.makeOffer(
      this.#media.wishes('offer'),
      wantsData ? LOCAL_SCTP : undefined,
      this.#configuration.bundlePolicy,
      describe,
    );
    this.#media.offered(offer.tree);
    return offer.sdp;
  }

  #mustRestart(stack: TransportStack): boolean {
    const { ufrag } = stack.transport.ice.localCredentials;
    return this.#ufragsToReplace.has(ufrag) || this.#ufragsOfOldServers.has(ufrag);
  }

  #makeAnswer(): string {
    const { current } = this.#negotiator.current;
    const offer = this.#negotiator.tree('remote');
    const restarted = current && offer ? restartedSections(current.remote.tree, offer).map((index) => midOf(offer, index)) : [];
    const describe: DescribeTransport = (group) =>
      this.#transports.propose(group).describe(group.some((mid) => restarted.includes(mid)));
    return this.#negotiator.makeAnswer(this.#media.wishes('answer'), LOCAL_SCTP, this.#configuration.bundlePolicy, describe);
  }

  /** The type that setLocalDescription means when it is not told (W3C webrtc, "setLocalDescription"). */
  #fittingType(): 'offer' | 'answer' {
    const { state } = this.#negotiator;
    return state === 'stable' || state === 'have-local-offer' || state === 'have-remote-pranswer' ? 'offer' : 'answer';
  }

  async #setLocal(type: DescriptionType | 'rollback', sdp: string): Promise<undefined> {
    if (type === 'rollback') return this.#rollBack();
    this.#negotiator.demandState('local', type);
    let text = sdp;
    if (text === '') {
      if (type === 'offer') this.#demandOfferState();
      await this.#task();
      await this.#identify();
      if (this.#isClosed) return undefined;
      text = type === 'offer' ? this.#makeOffer(false) : this.#makeAnswer();
    }
    const tree = this.#negotiator.localTree(type, text);
    await this.#task();
    if (this.#isClosed) return undefined;
    this.#apply('local', type, () => {
      this.#negotiator.apply('local', type, tree, text);
      return undefined;
    });
    return undefined;
  }

  async #setRemote(type: DescriptionType | 'rollback', sdp: string): Promise<undefined> {
    if (type === 'rollback') return this.#rollBack();
    const isGlare = type === 'offer' && this.#negotiator.state === 'have-local-offer';
    if (isGlare) await this.#rollBack();
    else this.#negotiator.demandState('remote', type);
    const tree = this.#negotiator.remoteTree(type, sdp);
    this.#countRestart(type, tree);
    await this.#identity.verify(tree);
    await this.#task();
    if (this.#isClosed) return undefined;
    this.#apply('remote', type, () => {
      this.#negotiator.apply('remote', type, tree, sdp);
      return undefined;
    });
    return undefined;
  }

  /** A peer that restarts more often than any network changes is refused: each restart has us ask every server anew (S-26). */
  #countRestart(type: DescriptionType, tree: SessionTree): void {
    const { current } = this.#negotiator.current;
    if (type !== 'offer' || !current || !isIceRestart(current.remote.tree, tree)) return;
    if (this.#remoteRestarts.take(this.#environment.network.clock.now())) return;
    throw new DOMException('The other side restarts ICE more often than once a second', 'OperationError');
  }

  async #rollBack(): Promise<undefined> {
    if (!this.#negotiator.canRollBack) this.#negotiator.rollBack(); // throws what is to be thrown, before any waiting
    await this.#task();
    if (this.#isClosed) return undefined;
    this.#apply('local', undefined, () => {
      this.#negotiator.rollBack();
      this.#undoTransports();
      return this.#media.rollBack();
    });
    return undefined;
  }

  /** The transports that the offer at hand had brought go; the others give its credentials up. */
  #undoTransports(): void {
    const { current } = this.#negotiator.current;
    if (!current || !dataOutcome(current)) this.#sctp = undefined;
    this.#dropTransports(this.#transports.rollBack());
    for (const stack of this.#transports.inUse) stack.rollBack();
  }

  #dropTransports(stacks: readonly TransportStack[]): void {
    if (stacks.length === 0) return;
    for (const stack of stacks) stack.close();
    this.#refreshGathering(() => {});
    this.#refreshConnection(() => {});
  }

  /** W3C webrtc, "set a session description", the task at its end. */
  #apply(side: 'local' | 'remote', type: DescriptionType | undefined, change: () => TrackChanges | undefined): void {
    const before = this.signalingState;
    const transportsBefore = this.#transports.inUse;
    let tracks = change();
    if (type !== undefined) {
      this.#applyToTransports(side, type);
      tracks = this.#media.apply(side, type, this.#negotiator.current, (mid) => this.#transports.of(mid)?.dtls);
    }
    this.#configureMedia();
    this.#watchTransports(transportsBefore);
    if (this.signalingState !== before) this.dispatchEvent(new Event('signalingstatechange'));
    if (!this.#isClosed) tracks?.announce(this);
    if (this.#isClosed || this.signalingState !== 'stable') return;
    this.#forgetReplacedUfrags();
    this.#isNegotiationNeeded = false;
    this.#updateNegotiationNeeded();
  }

  /** Both sides have agreed on other credentials than those that restartIce meant. */
  #forgetReplacedUfrags(): void {
    if (this.#ufragsToReplace.size === 0) return;
    const ufrags = ufragsIn(this.#negotiator.object('local', 'current')?.sdp ?? '');
    if (!ufrags.some((ufrag) => this.#ufragsToReplace.has(ufrag))) this.#ufragsToReplace.clear();
  }

  /** The connection's states are those of its transports: where these are others now, so may those be. */
  #watchTransports(before: readonly TransportStack[]): void {
    const now = this.#transports.inUse;
    const isLess = before.some((stack) => !now.includes(stack));
    const isMore = now.some((stack) => !before.includes(stack));
    if (isLess || isMore) this.#queueTask(() => this.#refreshConnection(() => {}));
    if (isLess) this.#queueTask(() => this.#refreshGathering(() => {}));
  }

  /** Each transport carries the media of its sections. */
  #configureMedia(): void {
    for (const stack of this.#transports.inUse) {
      stack.configureMedia(this.#media.all.filter(({ slots }) => this.#transports.of(slots.mid) === stack));
    }
  }

  #applyToTransports(side: 'local' | 'remote', type: DescriptionType): void {
    const tree = this.#negotiator.tree(side);
    if (!tree) return;
    if (type === 'offer') this.#transports.applyOffer(side, tree);
    const agreement = type === 'offer' ? undefined : agreementOf(this.#negotiator.current);
    const agreed = agreement ? this.#transports.agree(transportOutcomes(agreement)) : [];
    for (const stack of this.#transports.inUse) {
      // The first offerer controls; roles last, also through restarts (RFC 8445 §6.1.1).
      if (type === 'offer' && !stack.outcome) stack.setRole(side === 'local' ? 'controlling' : 'controlled');
      if (side === 'local') stack.applyLocal(this.#ufragOf(stack, tree));
    }
    const dataIndex = tree.media.findIndex((section) => isDataSection(section) && !isRejected(section));
    const dataStack = this.#transports.of(midOf(tree, dataIndex));
    if (dataStack) this.#ensureSctp(dataStack);
    if (agreement) this.#agree(agreement, agreed);
    if (type === 'answer') this.#transports.settle();
    for (const stack of this.#transports.inUse) stack.driver.settle();
  }

  #ufragOf(stack: TransportStack, tree: SessionTree): string | undefined {
    const [leader] = this.#transports.sectionsOf(stack);
    const section = tree.media.find((_, index) => midOf(tree, index) === leader);
    return section && attributeValue(section, 'ice-ufrag');
  }

  /** An answer was applied: transports connect, and channels get their ids. */
  #agree(agreement: Agreement, agreed: ReturnType<TransportSet['agree']>): void {
    if (isDataRefused(agreement)) this.#dropSctp();
    if (agreed.length === 0) {
      this.#sctp = undefined;
      return this.#dropTransports(this.#transports.clear()); // every section was refused
    }
    for (const { stack, outcome } of agreed) this.#connect(stack, outcome, agreement);
    const data = dataOutcome(agreement);
    const stack = data && this.#transports.of(data.mid);
    if (!stack) return;
    if (this.#channelStack !== stack && this.#channels.layer) this.#channels.endAssociation(); // BUNDLE has moved it
    this.#channelStack = stack;
    const limit = data.remoteMaxMessageSize === 0 ? Number.POSITIVE_INFINITY : data.remoteMaxMessageSize;
    const { slots } = this.#ensureSctp(stack);
    slots.maxMessageSize = Math.min(limit, LOCAL_SCTP.maxMessageSize);
    this.#channels.associate(stack.transport, data, stack.dtlsRole ?? 'client', LOCAL_SCTP.maxMessageSize);
  }

  #connect(stack: TransportStack, outcome: TransportOutcome, { remote }: Agreement): void {
    const isOtherPeer = stack.needsNewAssociation(outcome);
    if (isOtherPeer) {
      if (stack === this.#channelStack) this.#channels.endAssociation();
      stack.driver.settle();
      stack.replaceAssociation();
    }
    stack.agree(outcome, isOtherPeer);
    const { candidates, isComplete } = remoteCandidates(remote.tree, outcome.index);
    for (const text of candidates) this.#feedCandidate(stack, text, outcome);
    if (isComplete) stack.endOfRemoteCandidates();
  }

  #feedCandidate(stack: TransportStack, text: string, place: CandidatePlace): void {
    const candidate = parseCandidate(text);
    if (!(candidate instanceof Malformed)) stack.addRemoteCandidate(candidate, { mid: place.mid, index: place.index });
  }

  #ensureSctp({ dtls }: TransportStack): { readonly object: RTCSctpTransport; readonly slots: SctpTransportSlots } {
    if (!this.#sctp) {
      const { maxMessageSize } = LOCAL_SCTP;
      const slots: SctpTransportSlots = { transport: dtls, state: 'connecting', maxMessageSize, maxChannels: null };
      this.#sctp = { object: new RTCSctpTransport(INTERNAL, slots), slots };
    }
    this.#sctp.slots.transport = dtls;
    return this.#sctp;
  }

  /** The answer refused data channels: those that wait will never open. */
  #dropSctp(): void {
    this.#channels.endAssociation();
    this.#sctp = undefined;
  }

  async #addCandidate(init: Required<RTCIceCandidateInit>, onStranger: () => void): Promise<undefined> {
    const ufrag = init.usernameFragment ?? undefined;
    const target = { mid: init.sdpMid ?? undefined, index: init.sdpMLineIndex ?? undefined, ufrag };
    const sections = this.#negotiator.sectionsFor(target);
    if (sections === 'unknown-generation') {
      onStranger();
      throw new DOMException(`No remote description has the ufrag "${ufrag}"`, 'OperationError');
    }
    const candidate = init.candidate === '' ? undefined : parseCandidate(init.candidate);
    if (candidate instanceof Malformed)
      throw new DOMException(`The candidate cannot be read: ${candidate.reason}`, 'OperationError');
    await this.#task();
    if (this.#isClosed) return undefined;
    const text = init.candidate.replace(/^(?:a=)?candidate:/, '');
    for (const { index } of sections) this.#negotiator.addRemoteCandidate(index, ufrag ?? candidate?.usernameFragment, text);
    if (this.#connectionState === 'connected') this.#forgetTreesSoon();
    for (const stack of this.#transports.inUse) {
      const { outcome } = stack;
      const isOurs = outcome !== undefined && sections.some(({ index }) => index === outcome.index);
      if (!isOurs || (ufrag !== undefined && ufrag !== outcome.remoteIce.ufrag)) continue;
      if (candidate) stack.addRemoteCandidate(candidate, { mid: outcome.mid, index: outcome.index });
      else stack.endOfRemoteCandidates();
      stack.driver.settle();
    }
    return undefined;
  }

  // Negotiation needed.

  /** W3C webrtc, "update the negotiation-needed flag". */
  #updateNegotiationNeeded(): void {
    if (!this.#chain.isEmpty) {
      this.#shouldCheckNegotiation = true;
      return;
    }
    this.#environment.queueTask(() => {
      if (this.#isClosed) return;
      if (!this.#chain.isEmpty) {
        this.#shouldCheckNegotiation = true;
        return;
      }
      if (this.signalingState !== 'stable') return;
      const isNeeded = this.#isNegotiationWanting;
      if (isNeeded && !this.#isNegotiationNeeded) {
        this.#isNegotiationNeeded = true;
        this.dispatchEvent(new Event('negotiationneeded'));
      } else {
        this.#isNegotiationNeeded = isNeeded;
      }
    });
  }

  /** W3C webrtc, "check if negotiation is needed". */
  get #isNegotiationWanting(): boolean {
    if (this.#ufragsToReplace.size > 0 || this.#media.needsExchange(this.#negotiator.current)) return true;
    return this.#hasDataChannel && lacksDataSection(this.#negotiator.current);
  }

  #onChainEmpty(): void {
    if (!this.#shouldCheckNegotiation) return;
    this.#shouldCheckNegotiation = false;
    this.#updateNegotiationNeeded();
  }

  // What comes from below.

  #stackOwner(): ConstructorParameters<typeof TransportStack>[3] {
    return {
      queueTask: (task) => this.#queueTask(task),
      candidatePlace: (stack) => this.#candidatePlace(stack),
      candidateGathered: (stack, candidate, ufrag) => this.#candidateGathered(stack, candidate, ufrag),
      candidateFailed: (error) => this.#candidateFailed(error),
      stateChanged: (announce) => this.#refreshConnection(announce),
      gatheringStateChanged: (announce) => this.#refreshGathering(announce),
      channel: (event) => this.#onChannel(event),
      message: (channel, kind, bytes) => this.#channels.message(channel, kind, bytes),
      settled: () => this.#channels.settled(),
      // W3C webrtc leaves restarts to scripts, and has no word for a relay that was replaced: who negotiates when needed is asked to.
      restartNeeded: () => this.restartIce(),
      associationLost: (stack) => {
        if (stack === this.#channelStack) this.#onAssociationLost();
      },
      sessionHost: (stack) => this.#sessionHost(stack),
    };
  }

  #mediaHost(): MediaHost {
    const { clock } = this.#environment.network;
    const isClosed = (): boolean => this.#isClosed;
    return {
      get isClosed() {
        return isClosed();
      },
      enqueue: (operation) => this.#enqueue(operation),
      updateNegotiationNeeded: () => this.#updateNegotiationNeeded(),
      task: () => this.#task(),
      queueTask: (task) => this.#environment.queueTask(task),
      schedule: (delayMs, task) => clock.schedule(clock.now() + delayMs, task),
      mediaChanged: () => {
        this.#configureMedia();
        for (const { driver } of this.#transports.inUse) driver.settleSoon();
      },
      requestKeyFrames: (of, rids) => {
        for (const { entry, encoding, feed } of this.#transports.inUse.flatMap(({ media }) => media?.outboundStreams ?? [])) {
          if (entry.slots.sender === of && rids.includes(encoding.rid)) feed?.requestKeyFrame();
        }
      },
      askForKeyFrame: (mid) => this.#transports.of(mid)?.media?.askForKeyFrame(mid),
      recentSources: (mid) => this.#transports.of(mid)?.media?.recentSources(mid) ?? { contributing: [], synchronization: [] },
      stats: async (of) => {
        const stats = this.#collectStats(of);
        await this.#task();
        return stats;
      },
    };
  }

  #sessionHost(stack: TransportStack): SessionHost {
    const { clock } = this.#environment.network;
    return {
      random: this.#environment.context.random,
      now: () => clock.now(),
      wallNow: () => this.#environment.wallNow(),
      wake: () => stack.driver.settleSoon(),
      roundTripMs: () => stack.transport.ice.roundTripMs,
      arrived: ({ slots }) =>
        this.#queueTask(() => {
          // An offer may have taken the direction back before it is answered: what still comes unmutes nothing.
          const isReceptive = [slots.currentDirection, slots.firedDirection].every((one) => one === null || receives(one));
          if (isReceptive && !slots.isStopping) setMuted(slots.receiver.track, false);
        }),
      ended: ({ slots }) => this.#queueTask(() => setMuted(slots.receiver.track, true)),
      received: ({ slots }, media, hold) => {
        const source = sourceOf(slots.receiver.track);
        if (!(source instanceof RemoteSource)) return;
        const metadata = (): FrameMetadata => metadataOf(slots.kind, media, this.#environment.wallNow() - clock.now());
        slots.receiver.route.take(media.data, { isKeyFrame: media.isKeyFrame, rid: media.rid }, metadata, (data) => {
          const whole = { ...media, data };
          source.deliver(whole);
          hold(whole);
        });
      },
      receivedInTime: ({ slots }, media) => {
        const source = sourceOf(slots.receiver.track);
        if (source instanceof RemoteSource) source.deliverInTime(media);
      },
      toned: ({ slots }, event, clockRate) => {
        const source = sourceOf(slots.receiver.track);
        if (source instanceof RemoteSource) source.deliverTone(event, clockRate);
      },
    };
  }

  #channelOwner(): ConstructorParameters<typeof ChannelSet>[0] {
    return {
      now: () => this.#environment.network.clock.now(),
      wake: () => this.#channelStack?.driver.settleSoon(),
      queueTask: (task) => this.#queueTask(task),
      maxMessageSize: () => this.#sctp?.slots.maxMessageSize ?? LOCAL_SCTP.maxMessageSize,
      dispatch: (event) => void this.dispatchEvent(event),
    };
  }

  /** Candidates belong to the section that leads their transport. */
  #candidatePlace(stack: TransportStack): CandidatePlace {
    if (stack.outcome) return { mid: stack.outcome.mid, index: stack.outcome.index };
    const tree = this.#negotiator.tree('local');
    const [mid = '0'] = this.#transports.sectionsOf(stack);
    return { mid, index: Math.max(0, tree?.media.findIndex((_, index) => midOf(tree, index) === mid) ?? 0) };
  }

  #candidateGathered(stack: TransportStack, candidate: RTCIceCandidate | undefined, ufrag: string): void {
    const place = this.#candidatePlace(stack);
    const { lines, isComplete } = stack.candidatesOf(ufrag);
    this.#negotiator.listLocalCandidates(place.mid, ufrag, lines, isComplete);
    const shown =
      candidate ?? new RTCIceCandidate({ candidate: '', sdpMid: place.mid, sdpMLineIndex: place.index, usernameFragment: ufrag });
    this.dispatchEvent(new RTCPeerConnectionIceEvent('icecandidate', { candidate: shown, url: shown.url }));
  }

  #candidateFailed(error: CandidateError): void {
    const { address, port, url, errorCode, errorText } = error;
    const init = { address: address ?? null, port: port ?? null, url, errorCode, errorText };
    this.dispatchEvent(new RTCPeerConnectionIceErrorEvent('icecandidateerror', init));
  }

  #refreshGathering(announce: () => void): void {
    const state = iceGatheringState(this.#transports.inUse.map(({ iceSlots }) => iceSlots.gatheringState));
    const hasChanged = state !== this.#iceGatheringState;
    this.#iceGatheringState = state;
    announce();
    if (!hasChanged || this.#isClosed) return;
    this.dispatchEvent(new Event('icegatheringstatechange'));
    if (state === 'complete' && !this.#isClosed)
      this.dispatchEvent(new RTCPeerConnectionIceEvent('icecandidate', { candidate: null }));
  }

  #refreshConnection(announce: () => void): void {
    const iceStates = this.#transports.inUse.map(({ iceSlots }) => iceSlots.state);
    const dtlsStates = this.#transports.inUse.map(({ dtlsSlots }) => dtlsSlots.state);
    const ice = iceConnectionState(iceStates);
    const whole = connectionState(iceStates, dtlsStates);
    const [iceBefore, wholeBefore] = [this.#iceConnectionState, this.#connectionState];
    this.#iceConnectionState = ice;
    this.#connectionState = whole;
    if (whole === 'connected') this.#forgetTreesSoon();
    announce();
    if (ice !== iceBefore && !this.#isClosed) this.dispatchEvent(new Event('iceconnectionstatechange'));
    if (whole !== wholeBefore && !this.#isClosed) this.dispatchEvent(new Event('connectionstatechange'));
  }

  /** Descriptions are seldom asked for once a connection is up, and a connection may be up for days. */
  #forgetTreesSoon(): void {
    this.#cancelForgetting();
    const { clock } = this.#environment.network;
    this.#cancelForgetting = clock.schedule(clock.now() + TREES_KEPT_MS, () => {
      this.#cancelForgetting = NOTHING; // the timer, too, is memory
      this.#negotiator.forgetTrees();
    });
  }

  #onAssociationLost(): void {
    this.#channels.abandon();
    this.#queueTask(() => {
      const sctp = this.#sctp;
      if (!sctp || sctp.slots.state === 'closed') return;
      sctp.slots.state = 'closed';
      sctp.object.dispatchEvent(new Event('statechange'));
    });
  }

  #onChannel(event: DataChannelEvent): void {
    this.#channels.event(event);
    if (event.type !== 'connected' && event.type !== 'closed') return;
    this.#queueTask(() => {
      const sctp = this.#sctp;
      if (!sctp) return;
      sctp.slots.state = event.type;
      if (event.type === 'connected') sctp.slots.maxChannels = event.maxChannels;
      sctp.object.dispatchEvent(new Event('statechange'));
    });
  }
}

/** RTCPeerConnection in another world: on a virtual network, for instance, with a virtual clock. */
export function peerConnectionIn(environment: Environment): typeof RTCPeerConnection {
  return class extends RTCPeerConnection {
    static override readonly [ENVIRONMENT] = environment;
  };
}

function ufragsIn(sdp: string): string[] {
  return [...sdp.matchAll(/^a=ice-ufrag:(\S+)/gm)].map((match) => match[1]!);
}

interface LegacyCallbacks {
  readonly success: (value: never) => unknown;
  readonly failure: ErrorCallback;
}

/** The callbacks of the older form of an operation, if that is what was called (W3C webrtc, "legacy interface extensions"). */
function legacyCallbacks(success: unknown, failure: unknown): LegacyCallbacks | undefined {
  if (typeof success !== 'function') return undefined;
  if (typeof failure !== 'function') throw new TypeError('The failure callback is not a function');
  return { success: success as LegacyCallbacks['success'], failure: failure as ErrorCallback };
}

/** Tells callbacks instead of the promise, which resolves either way. */
async function report<Result>(outcome: Promise<Result>, { success, failure }: LegacyCallbacks): Promise<undefined> {
  outcome.then(
    (value) => success(value as never),
    (reason: unknown) => failure(reason as DOMException),
  );
  return undefined;
}

defineInterface(RTCPeerConnection, 'RTCPeerConnection');
defineEventHandlers(RTCPeerConnection, [
  'negotiationneeded',
  'icecandidate',
  'icecandidateerror',
  'signalingstatechange',
  'iceconnectionstatechange',
  'icegatheringstatechange',
  'connectionstatechange',
  'datachannel',
  'track',
]);
