import type { GeneratedCertificate } from '@maru/node';
import type { DtlsEvent } from '@maru/protocol/dtls';
import { fingerprintOf } from '@maru/protocol/dtls';
import {
  type CandidateError,
  generateCredentials,
  type IceCandidate,
  type IceCredentials,
  type IceNotice,
  type LocalCandidate,
  type SelectedPair,
} from '@maru/protocol/ice';
import type { LocalTransport, TransportOutcome } from '@maru/protocol/jsep';
import { PeerTransport } from '@maru/protocol/transport';
import { turnRelay } from '@maru/protocol/turn';
import { isBlockedCandidate } from './blocked-ports.js';
import { type CandidatePlace, localToRtc, remoteToRtc } from './candidate-conversion.js';
import type { Configuration } from './configuration.js';
import { type DtlsTransportSlots, RTCDtlsTransport } from './dtls-transport.js';
import type { Environment } from './environment.js';
import { RTCErrorEvent } from './events/events.js';
import type { RTCIceCandidate } from './ice-candidate.js';
import {
  candidatePair,
  type IceTransportSlots,
  type RTCIceCandidatePair,
  RTCIceTransport,
  type RTCIceTransportState,
} from './ice-transport.js';
import { MediaSession, type SessionHost } from './media/engine/media-session.js';
import type { TransceiverEntry } from './media/transceiver-entry.js';
import { RTCError } from './rtc-error.js';
import { TransportDriver, type TransportListener } from './transport-driver.js';
import { INTERNAL } from './webidl/interface.js';

/** What a stack tells the connection that owns it, always in a task of its own. */
export interface StackOwner extends Pick<TransportListener, 'channel' | 'message' | 'settled'> {
  queueTask(task: () => void): void;
  /** The section that candidates of `stack` belong to now. */
  candidatePlace(stack: TransportStack): CandidatePlace;
  /** A candidate may be surfaced: in the local description and to scripts. Undefined: the generation has no more. */
  candidateGathered(stack: TransportStack, candidate: RTCIceCandidate | undefined, usernameFragment: string): void;
  candidateFailed(error: CandidateError): void;
  /** A state of a transport has changed; `announce` fires the transport's own event, between the changes and the connection's. */
  stateChanged(announce: () => void): void;
  gatheringStateChanged(announce: () => void): void;
  /** There are candidates that only a restart can tell the peer of, and it needs them. */
  restartNeeded(): void;
  /** The association of `stack` is gone without a word: what was on it ends. */
  associationLost(stack: TransportStack): void;
  /** What media of `stack` asks of the connection. */
  sessionHost(stack: TransportStack): SessionHost;
}

const TLS_ID_BYTES = 20;

/** A transport of a connection, from the network up to DTLS and media, and what scripts see of it. */
export class TransportStack {
  readonly transport: PeerTransport;
  readonly driver: TransportDriver;
  readonly ice: RTCIceTransport;
  readonly dtls: RTCDtlsTransport;
  readonly iceSlots: IceTransportSlots = {
    role: 'unknown',
    state: 'new',
    gatheringState: 'new',
    localCandidates: [],
    remoteCandidates: [],
    selectedPair: null,
    localParameters: null,
    remoteParameters: null,
  };
  readonly dtlsSlots: DtlsTransportSlots = { state: 'new', remoteCertificates: [] };
  /** Candidates that scripts were told of, by generation: what descriptions list. */
  private readonly surfaced = new Map<string, string[]>();
  private readonly completeGenerations = new Set<string>();
  /** New credentials of a description that was created and not applied yet. */
  private proposedCredentials: IceCredentials | undefined;
  private readonly gatheredFor = new Set<string>();
  private readonly tlsId: string;
  private agreed: TransportOutcome | undefined;
  private agreedRole: 'client' | 'server' | undefined;
  private selected: SelectedPair | undefined;
  /** What the peer has proved to own, in DER; scripts are shown it when it is approved. */
  private provedChain: readonly Uint8Array[] = [];
  /** The agent checks, and has nothing to check yet: scripts are told later. */
  private isCheckingUnseen = false;
  private isGatheringUnseen = false;
  private isClosed = false;
  private session: MediaSession | undefined;

  constructor(
    private readonly environment: Environment,
    configuration: Configuration,
    /** At least one; the first is shown in the handshake, all are named in descriptions. */
    private readonly certificates: readonly GeneratedCertificate[],
    private readonly owner: StackOwner,
    /** Tells it from the connection's other transports, in statistics: from 1. */
    readonly number: number,
  ) {
    const { context, network } = environment;
    const hasOthers = network.hostAddresses().some(({ isLoopback }) => !isLoopback);
    this.transport = new PeerTransport(
      {
        ice: {
          role: 'controlling',
          servers: configuration.servers,
          transportPolicy: configuration.iceTransportPolicy,
          relayFactory: turnRelay,
          // A machine without a network still has itself to talk with.
          ...(!hasOthers && { localAddressFilter: () => true }),
          ...environment.ice,
        },
        certificate: certificates[0]!,
      },
      context,
    );
    this.driver = new TransportDriver(environment, this.transport, {
      ice: (notice) => this.onIce(notice),
      dtls: (event) => this.onDtls(event),
      channel: (event) => owner.channel(event),
      message: (channel, kind, bytes) => owner.message(channel, kind, bytes),
      settled: () => owner.settled(),
      broken: () => this.onBroken(),
    });
    this.ice = new RTCIceTransport(INTERNAL, this.iceSlots);
    this.dtls = new RTCDtlsTransport(INTERNAL, this.ice, this.dtlsSlots);
    const tlsId = new Uint8Array(TLS_ID_BYTES);
    context.random.fill(tlsId);
    this.tlsId = [...tlsId].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  /** The media on this transport; undefined as long as there was none: data alone does without. */
  get media(): MediaSession | undefined {
    return this.session;
  }

  /** These transceivers are on this transport now. */
  configureMedia(entries: readonly TransceiverEntry[]): void {
    if (!this.session && entries.length > 0) {
      this.session = new MediaSession(this.owner.sessionHost(this));
      this.transport.attachMedia(this.driver.now(), this.session);
    }
    this.session?.configure(entries);
  }

  /** Our certificate in DER, and what vouches for it. */
  get localChain(): readonly Uint8Array[] {
    return this.certificates[0]!.chain;
  }

  /** What a description in the making says about the transport, with the newest credentials if `isRestart`. */
  describe(isRestart: boolean): LocalTransport {
    const { crypto, random } = this.environment.context;
    if (isRestart) this.proposedCredentials ??= generateCredentials(random);
    const ice = (isRestart && this.proposedCredentials) || this.transport.ice.localCredentials;
    return {
      ice,
      isIceLite: false,
      fingerprints: this.certificates.map(({ chain }) => fingerprintOf(crypto, chain[0]!)),
      tlsId: this.tlsId,
      candidates: this.surfaced.get(ice.ufrag) ?? [],
      isGatheringComplete: this.completeGenerations.has(ice.ufrag),
      role: this.agreedRole,
    };
  }

  /** Whether `ufrag` is of our credentials of now, or of those that a description in the making has. */
  hasUfrag(ufrag: string): boolean {
    return this.transport.ice.localCredentials.ufrag === ufrag || this.proposedCredentials?.ufrag === ufrag;
  }

  /** A local description with this ufrag was applied: proposed credentials come into use or are given up. Gathers if it has to. */
  applyLocal(ufrag: string | undefined): void {
    const { ice } = this.transport;
    if (ufrag === undefined) return;
    if (this.proposedCredentials?.ufrag === ufrag) ice.restart(this.driver.now(), this.proposedCredentials);
    this.proposedCredentials = undefined;
    this.showLocalParameters();
    if (!this.gatheredFor.has(ice.localCredentials.ufrag)) this.gather();
  }

  private showLocalParameters(): void {
    const { ufrag, password } = this.transport.ice.localCredentials;
    this.iceSlots.localParameters = { usernameFragment: ufrag, password };
  }

  gather(): void {
    const { ice } = this.transport;
    this.isGatheringUnseen = this.gatheredFor.size > 0;
    this.gatheredFor.add(ice.localCredentials.ufrag);
    ice.gather(this.driver.now(), this.environment.network.hostAddresses());
    this.driver.settle();
  }

  /**
   * A restart gathers, and the task that tells is still to come: who looks at the state right after setLocalDescription
   * must not find the 'complete' of the last generation.
   */
  get isRegathering(): boolean {
    return this.isGatheringUnseen;
  }

  get hasGathered(): boolean {
    return this.gatheredFor.size > 0;
  }

  /** A description was taken back: so are its credentials, and what was gathered for them. */
  rollBack(): void {
    const { ice } = this.transport;
    const { ufrag } = ice.localCredentials;
    this.proposedCredentials = undefined;
    ice.rollbackRestart(this.driver.now());
    if (ice.localCredentials.ufrag === ufrag) return;
    this.isGatheringUnseen = false;
    this.showLocalParameters();
    this.iceSlots.localCandidates = ice.localCandidates.map((candidate) =>
      localToRtc(candidate, this.owner.candidatePlace(this)),
    );
    if (ice.gatheringState !== 'complete') this.gather();
    this.driver.settle();
  }

  setRole(role: 'controlling' | 'controlled'): void {
    this.transport.ice.setRole(role);
    this.iceSlots.role = role;
  }

  setServers(configuration: Configuration): void {
    this.transport.ice.setServers(configuration.servers, configuration.iceTransportPolicy);
  }

  /**
   * Whether `outcome` needs another association than the one there is (RFC 8842 §4). Another `a=setup` alone does not:
   * Firefox answers a later offer with a part that it does not go on to play.
   */
  needsNewAssociation(outcome: TransportOutcome): boolean {
    const { agreed } = this;
    if (!agreed) return false;
    const prints = (one: TransportOutcome): string =>
      one.remoteFingerprints.map(({ algorithm, value }) => `${algorithm} ${value}`).join();
    const hasOtherTlsId =
      agreed.remoteTlsId !== undefined && outcome.remoteTlsId !== undefined && agreed.remoteTlsId !== outcome.remoteTlsId;
    return hasOtherTlsId || prints(agreed) !== prints(outcome);
  }

  /** Ends the association so that another can be agreed on. */
  replaceAssociation(): void {
    this.transport.replaceAssociation(this.driver.now());
    this.dtlsSlots.remoteCertificates = [];
    this.agreedRole = undefined;
  }

  /** An exchange was answered: connects, or goes on as before, or restarts. `isOtherPeer`: with somebody else than before. */
  agree(outcome: TransportOutcome, isOtherPeer: boolean): void {
    const now = this.driver.now();
    const { ice } = this.transport;
    if (this.agreed?.remoteIce.ufrag !== outcome.remoteIce.ufrag) this.iceSlots.remoteCandidates = [];
    if (outcome.isRemoteIceLite) this.setRole('controlling');
    ice.setRemote(now, outcome.remoteIce, { isLite: outcome.isRemoteIceLite, isOtherPeer });
    this.driver.settle(); // the peer works on our check while we work on the rest
    this.iceSlots.remoteParameters = { usernameFragment: outcome.remoteIce.ufrag, password: outcome.remoteIce.password };
    this.agreedRole ??= outcome.dtlsRole;
    this.transport.agree(now, { role: this.agreedRole, remoteFingerprints: outcome.remoteFingerprints });
    this.agreed = outcome;
  }

  /** The part that we play in DTLS, once agreed on; the same as long as the association is. */
  get dtlsRole(): 'client' | 'server' | undefined {
    return this.agreedRole;
  }

  get outcome(): TransportOutcome | undefined {
    return this.agreed;
  }

  addRemoteCandidate(candidate: IceCandidate, place: CandidatePlace): void {
    if (isBlockedCandidate(candidate)) return this.environment.context.log.debug('webrtc/remote-candidate-blocked');
    this.transport.ice.addRemoteCandidate(this.driver.now(), candidate);
    const shown = remoteToRtc(candidate, place);
    const isKnown = this.iceSlots.remoteCandidates.some((known) => known.candidate === shown.candidate);
    if (!isKnown) this.iceSlots.remoteCandidates.push(shown);
    if (this.selected?.remote.address === candidate.address && this.selected.remote.port === candidate.port) this.showSelected();
    this.showChecking();
  }

  endOfRemoteCandidates(): void {
    this.transport.ice.endOfRemoteCandidates(this.driver.now());
  }

  /** No section is on it any more: it ends in a task, and scripts that hold its objects are told; then `whenClosed` is called. */
  retire(whenClosed: () => void): void {
    this.owner.queueTask(() => {
      if (this.isClosed) return;
      this.close();
      whenClosed();
      this.owner.stateChanged(() => {
        this.ice.dispatchEvent(new Event('statechange'));
        this.dtls.dispatchEvent(new Event('statechange'));
      });
    });
  }

  /** Ends everything at once and silently. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.session?.close();
    this.driver.close();
    this.iceSlots.state = 'closed';
    this.dtlsSlots.state = 'closed';
    this.iceSlots.selectedPair = null;
  }

  private onIce(notice: IceNotice): void {
    switch (notice.type) {
      case 'candidate':
        return this.later(() => this.surface(notice.candidate));
      case 'gathering-state-changed':
        return this.later(() => this.changeGatheringState(notice.state, notice.usernameFragment));
      case 'state-changed':
        return this.later(() => this.changeState(notice.state));
      case 'pair-selected':
        return this.later(() => this.selectPair(notice.pair));
      case 'role-changed':
        return this.later(() => {
          this.iceSlots.role = notice.role;
        });
      case 'candidate-error':
        return this.later(() => this.owner.candidateFailed(notice.error));
      case 'relay-replaced':
        return this.later(() => this.owner.restartNeeded());
      case 'remote-candidate-ignored':
        this.environment.context.log.debug('webrtc/remote-candidate-ignored', { reason: notice.reason });
        return;
    }
  }

  /** To scripts, checking begins with the first remote candidate (W3C webrtc, RTCIceTransportState). */
  private changeState(state: RTCIceTransportState): void {
    this.isCheckingUnseen = state === 'checking' && this.transport.ice.remoteCandidates.length === 0;
    if (this.isCheckingUnseen || this.iceSlots.state === state) return;
    this.iceSlots.state = state;
    this.owner.stateChanged(() => this.ice.dispatchEvent(new Event('statechange')));
  }

  private showChecking(): void {
    if (this.isCheckingUnseen) this.later(() => this.isCheckingUnseen && this.changeState('checking'));
  }

  private surface(candidate: LocalCandidate): void {
    const ufrag = candidate.usernameFragment ?? this.transport.ice.localCredentials.ufrag;
    const known = this.surfaced.get(ufrag) ?? [];
    const shown = localToRtc(candidate, this.owner.candidatePlace(this));
    this.surfaced.set(ufrag, [...known, shown.candidate]);
    this.iceSlots.localCandidates.push(shown);
    this.owner.candidateGathered(this, shown, ufrag);
  }

  /** The candidate lines of a generation so far, and whether they are all. */
  candidatesOf(ufrag: string): { readonly lines: readonly string[]; readonly isComplete: boolean } {
    return { lines: this.surfaced.get(ufrag) ?? [], isComplete: this.completeGenerations.has(ufrag) };
  }

  private changeGatheringState(state: 'new' | 'gathering' | 'complete', ufrag: string): void {
    if (state === 'complete' && !this.completeGenerations.has(ufrag)) {
      this.completeGenerations.add(ufrag);
      this.owner.candidateGathered(this, undefined, ufrag);
      // The end of a generation and that of gathering are two tasks (W3C webrtc §5.6.3): who awaits one event after the other misses none.
      this.owner.queueTask(() => this.showGatheringState(state, ufrag));
      return;
    }
    this.showGatheringState(state, ufrag);
  }

  private showGatheringState(state: 'new' | 'gathering' | 'complete', ufrag: string): void {
    const isNewest = ufrag === this.transport.ice.localCredentials.ufrag;
    if (this.isClosed || !isNewest) return;
    this.isGatheringUnseen = false;
    if (this.iceSlots.gatheringState === state) return;
    if (state === 'gathering') this.iceSlots.localCandidates = [];
    this.iceSlots.gatheringState = state;
    this.owner.gatheringStateChanged(() => this.ice.dispatchEvent(new Event('gatheringstatechange')));
  }

  private selectPair(pair: SelectedPair): void {
    this.selected = pair;
    this.showSelected();
    this.ice.dispatchEvent(new Event('selectedcandidatepairchange'));
  }

  /** A candidate that checks found before signalling told of it is shown as the one that signalling tells of. */
  private showSelected(): void {
    if (!this.selected) return;
    const { selected } = this;
    let shown: RTCIceCandidatePair | undefined;
    this.iceSlots.selectedPair = () => (shown ??= this.pairForScripts(selected));
  }

  private pairForScripts({ local, remote }: SelectedPair): RTCIceCandidatePair {
    const place = this.owner.candidatePlace(this);
    const known = (list: readonly RTCIceCandidate[], one: IceCandidate): RTCIceCandidate | undefined =>
      list.find(({ address, port, protocol }) => address === one.address && port === one.port && protocol === one.protocol);
    return candidatePair(
      known(this.iceSlots.localCandidates, local) ?? localToRtc(local, place),
      known(this.iceSlots.remoteCandidates, remote) ?? remoteToRtc(remote, place),
    );
  }

  private onDtls(event: DtlsEvent): void {
    if (event.type === 'peer-certificate') this.provedChain = event.chain.map(({ der }) => der);
    if (event.type === 'state-changed') {
      const chain = event.state === 'connected' ? this.provedChain : undefined;
      this.later(() => {
        if (chain) this.dtlsSlots.remoteCertificates = chain;
        if (this.dtlsSlots.state === event.state) return;
        this.dtlsSlots.state = event.state;
        this.owner.stateChanged(() => this.dtls.dispatchEvent(new Event('statechange')));
      });
    }
    if (event.type === 'failed') {
      const { code, message, sentAlert, receivedAlert } = event.failure;
      const isFingerprint = code === 'dtls/fingerprint-mismatch' || code === 'dtls/no-usable-fingerprint';
      const error = new RTCError(
        {
          errorDetail: isFingerprint ? 'fingerprint-failure' : 'dtls-failure',
          ...(sentAlert !== undefined && { sentAlert }),
          ...(receivedAlert !== undefined && { receivedAlert }),
        },
        message,
      );
      this.later(() => this.dtls.dispatchEvent(new RTCErrorEvent('error', { error })));
    }
  }

  /** A fault of ours: to scripts, the transport has failed. */
  private onBroken(): void {
    this.owner.associationLost(this);
    this.later(() => {
      this.iceSlots.state = this.dtlsSlots.state = 'failed';
      this.owner.stateChanged(() => {
        this.ice.dispatchEvent(new Event('statechange'));
        this.dtls.dispatchEvent(new Event('statechange'));
      });
    });
  }

  private later(task: () => void): void {
    this.owner.queueTask(() => {
      if (!this.isClosed) task();
    });
  }
}
