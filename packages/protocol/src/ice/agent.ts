import {
  type CoreContext,
  type DatagramSocket,
  type HostAddress,
  type Instant,
  Malformed,
  NEVER,
  type Path,
  type StreamSocket,
  TimerTable,
} from '../core/index.js';
import {
  decodeStunMessage,
  familyOf,
  StunErrorCode,
  type StunMessage,
  StunMethod,
  type TransportAddress,
} from '../stun/index.js';
import type { Base, TcpBase } from './base.js';
import type { IceCandidate, LocalCandidate, RemoteCandidate } from './candidate.js';
import { generateCredentials, type IceCredentials } from './credentials.js';
import type { IceEvent, IceOutputs, IceTransmitter, RequestId, SelectedPair } from './events.js';
import { Gatherer, type GathererOwner } from './gatherer.js';
import { Generation, type RemoteEntry } from './generation.js';
import { Generations } from './generations.js';
import { Insistence } from './insistence.js';
import { isQuiet, Liveness, type LivenessOwner } from './liveness.js';
import { MovedPeer, type MovedPeerOwner } from './moved-peer.js';
import { choosePair, decideNomination } from './nomination.js';
import { completeLimits, completeTiming, type IceLimits, type IceOptions, type IceServer, type IceTiming } from './options.js';
import { IceOutputQueue } from './output-queue.js';
import { type OwnCheckOwner, OwnChecks } from './own-checks.js';
import { CandidatePair, type LocalEntry } from './pair.js';
import { type PeerCheckOwner, PeerChecks } from './peer-checks.js';
import { type PeerStreamOwner, PeerStreams } from './peer-streams.js';
import type { PendingCheck, PendingChecks } from './pending-checks.js';
import { candidatePriority } from './priority.js';
import type { RelayEvent } from './relay.js';
import type { RelayLink } from './relay-link.js';
import { type RemoteCandidateOwner, RemoteCandidates } from './remote-candidates.js';
import { RoleKeeper, type RoleOwner } from './role-keeper.js';
import { keptRoute, RelayRoute, type Route, type TcpRoute } from './route.js';
import { type IceGatheringState, type IceRole, type IceTransportState, transportState } from './state.js';
import type { IceStats } from './stats.js';
import { FRAME_HEADER_BYTES } from './tcp-framing.js';
import { type VerifiedRouteOwner, VerifiedRoutes } from './verified-routes.js';

/** What the agent waits for, besides answers. */
const IceTimer = {
  /** Ta: the next connectivity check may start (RFC 8445 §14.2). */
  pacing: 0,
  /** Waiting for a better pair to nominate is over. */
  nomination: 1,
  /** The peer had its time to come (RFC 8863 §3). */
  patience: 2,
  /** Whatever is still being tried by now will not work: many dead pairs slow down each other (RFC 8445 §14.3). */
  despair: 3,
} as const;

/** How many times the patience checks may take in all. */
const DESPAIR_FACTOR = 1.5;

/** A pair that was not checked for so long, while another one is nominated, was left by the peer of a lite agent. */
const LEFT_MS = 2_000;

const NO_FLOOR = -1n;

/**
 * Finds a path between two peers and keeps permission to use it (RFC 8445, trickle RFC 8838, consent RFC 7675).
 * One component; a `ProtocolCore` whose outputs also name the socket.
 */
export class IceAgent
  implements
    GathererOwner,
    RoleOwner,
    VerifiedRouteOwner,
    OwnCheckOwner,
    PeerCheckOwner,
    RemoteCandidateOwner,
    PeerStreamOwner,
    LivenessOwner,
    MovedPeerOwner
{
  // What its parts share: nothing for who owns the agent.
  readonly roles: RoleKeeper;
  readonly routes: VerifiedRoutes;
  readonly remotes: RemoteCandidates;
  readonly generations: Generations;
  private readonly queue = new IceOutputQueue();
  private readonly timers = new TimerTable(IceTimer);
  private readonly gatherer: Gatherer;
  private readonly limits: IceLimits;
  private readonly timing: IceTiming;
  private readonly isLite: boolean;
  private readonly ownChecks: OwnChecks;
  private readonly pending: PendingChecks;
  private readonly insistence: Insistence;
  private readonly peerChecks: PeerChecks;
  private readonly movedPeer: MovedPeer;
  private readonly streams: PeerStreams;
  private dropped: Map<string, number> | undefined;
  private selected: CandidatePair | undefined;
  private lastState: IceTransportState = 'new';
  private isClosed = false;
  private readonly liveness: Liveness;
  /** A relay was lost, and no pair is sure to work without it. */
  private needsNewRelay = false;
  private lastCheckAt: Instant = -NEVER;
  private requests = 0;
  private nextPair = 1;
  private selectedChanges = 0;
  private nextDeadline: Instant = NEVER;
  private clock: Instant = 0;

  constructor(
    private readonly options: IceOptions,
    private readonly context: CoreContext,
  ) {
    this.limits = completeLimits(options.limits);
    this.timing = completeTiming(options.timing);
    this.isLite = options.mode === 'lite';
    this.roles = new RoleKeeper(this.isLite ? 'controlled' : options.role, this.isLite, context.random, this);
    this.generations = new Generations(this.newGeneration(options.credentials ?? generateCredentials(context.random)));
    this.routes = new VerifiedRoutes(this);
    this.movedPeer = new MovedPeer(this);
    this.ownChecks = new OwnChecks(this, this.timing, context);
    this.pending = this.ownChecks.pending;
    this.insistence = new Insistence(this.pending, this.timing.pacingMs);
    const resolvesMdns = options.resolveMdns !== false && !this.isLite;
    this.remotes = new RemoteCandidates(this, this.limits, this.timing, resolvesMdns, context.random);
    this.peerChecks = new PeerChecks(this, context);
    this.streams = new PeerStreams(this, this.limits.tcpConnections, this.timing.unclaimedStreamMs);
    this.liveness = new Liveness(this, this.timing, context.random, this.isLite);
    const { servers = [], transportPolicy = 'all' } = options;
    this.gatherer = new Gatherer(options, this.timing, this.limits.relaysPerServer, context, this, servers, transportPolicy);
  }

  get state(): IceTransportState {
    return this.lastState;
  }

  get gatheringState(): IceGatheringState {
    return this.generations.newest.gatheringState;
  }

  get role(): IceRole {
    return this.roles.current;
  }

  /** Of the newest generation. */
  get localCredentials(): IceCredentials {
    return this.generations.newest.local;
  }

  get localUfrag(): string {
    return this.generations.newest.local.ufrag;
  }

  get remoteCredentials(): IceCredentials | undefined {
    return this.generations.newest.remote;
  }

  /** Of the newest generation. */
  get localCandidates(): readonly LocalCandidate[] {
    return this.generations.newest.locals.map(({ candidate }) => candidate);
  }

  get remoteCandidates(): readonly RemoteCandidate[] {
    return this.generations.newest.remotes.map(({ candidate }) => candidate);
  }

  get selectedPair(): SelectedPair | undefined {
    return this.selected && { local: this.selected.seenAs, remote: this.selected.remote };
  }

  /** The way of the selected pair, where it is a path of UDP between us and the peer: for owners that send by themselves. */
  get selectedPath(): Path | undefined {
    const route = this.selected?.route;
    return route?.kind === 'udp' ? route.path : undefined;
  }

  /** The last round trip that was measured on the selected pair. */
  get roundTripMs(): number | undefined {
    return this.selected?.currentRoundTripMs;
  }

  /** Bytes that the selected pair adds to each packet (TURN, TCP framing). */
  get overheadBytes(): number {
    return this.selected?.route?.overheadBytes ?? 0;
  }

  /** When {@link advance} is next worth calling. */
  get deadline(): Instant {
    return this.nextDeadline;
  }

  // --- what the owner wants ---

  /** Starts gathering for the newest generation on these addresses. Needs no peer: a candidate pool is agents that gathered early. */
  gather(now: Instant, hostAddresses: readonly HostAddress[]): void {
    if (this.isClosed) return;
    this.setGatheringState('gathering');
    this.gatherer.start(now, hostAddresses);
    this.settle(now);
  }

  /**
   * Offers a socket that the owner bound and may share among agents; it is not closed by the agent. `advertised` are
   * the addresses to offer in place of the socket's own. Call {@link gather} with no addresses when all were added.
   */
  addHostSocket(now: Instant, socket: DatagramSocket, advertised?: readonly string[]): void {
    if (this.isClosed) return;
    this.gatherer.addSocket(now, socket, advertised);
    this.settle(now);
  }

  /** Counts from the next {@link gather} on (W3C webrtc, setConfiguration). */
  setServers(servers: readonly IceServer[], transportPolicy: 'all' | 'relay'): void {
    this.gatherer.servers = servers;
    this.gatherer.transportPolicy = transportPolicy;
  }

  /** Before checks begin, or with a restart. */
  setRole(role: IceRole): void {
    if (!this.isLite) this.roles.switchTo(role);
  }

  /**
   * Proposes a new generation, with these credentials or new ones; {@link gather} for it next. The one before goes on until the
   * peer has answered and a new pair works (RFC 8445 §9, RFC 8839 §4.4.1.1.1).
   */
  restart(now: Instant, credentials: IceCredentials = generateCredentials(this.context.random)): IceCredentials {
    if (this.isClosed) return this.localCredentials;
    this.begin(this.newGeneration(credentials));
    this.gatherer.startGeneration();
    this.settle(now);
    return credentials;
  }

  /** Takes a restart back that the peer never answered: all is as it was before. {@link gather} again where that was not complete. */
  rollbackRestart(now: Instant): void {
    const withdrawn = this.generations.withdraw();
    if (!withdrawn) return;
    this.forget(withdrawn);
    const { newest } = this.generations;
    this.gatherer.resumeGeneration(newest.locals);
    if (newest.gatheringState !== withdrawn.gatheringState) this.announceGatheringState();
    this.settle(now);
  }

  /**
   * What the peer's description says: checks begin. Other credentials than before without a {@link restart} of ours are
   * another peer's, or the same one's who restarted alone: our credentials and candidates stay as they are described.
   * `isOtherPeer`: whoever was there is not who will be, and nothing more is sent to them.
   */
  setRemote(
    now: Instant,
    credentials: IceCredentials,
    options: { readonly isLite?: boolean; readonly isOtherPeer?: boolean } = {},
  ): void {
    const { remote } = this.generations.newest;
    if (this.isClosed || (remote?.ufrag === credentials.ufrag && remote.password === credentials.password)) return;
    if (remote) this.begin(this.generations.newest.successor(this.limits.pairs));
    const generation = this.generations.newest;
    generation.setRemote(credentials, options.isLite ?? false);
    generation.dropForeignCandidates(credentials.ufrag);
    if (options.isOtherPeer) this.leaveOldPeer(now);
    if (options.isLite && !this.isLite) this.roles.switchTo('controlling'); // RFC 8445 §6.1.1
    this.timers.cancel(IceTimer.nomination);
    if (!this.isLite) {
      this.timers.set(IceTimer.patience, now + this.timing.patienceMs);
      this.timers.set(IceTimer.despair, now + DESPAIR_FACTOR * this.timing.patienceMs);
      for (const remoteEntry of generation.remotes) this.pairRemote(now, generation, remoteEntry);
    }
    this.peerChecks.replayEarly(now, generation);
    this.settle(now);
  }

  addRemoteCandidate(now: Instant, candidate: IceCandidate): void {
    const reason = this.isClosed ? undefined : this.remotes.take(now, candidate);
    if (reason !== undefined) {
      this.drop(reason);
      this.queue.event({ type: 'remote-candidate-ignored', reason });
    }
    this.settle(now);
  }

  endOfRemoteCandidates(now: Instant): void {
    this.generations.newest.remoteEnded = true;
    this.settle(now);
  }

  /** Sends application bytes on the selected pair at once. False when there is no pair with consent: they are dropped. */
  send(now: Instant, bytes: Uint8Array, transmitter: IceTransmitter): boolean {
    const pair = this.selected;
    const route = pair?.route;
    if (!pair || !route) return false;
    if (now >= pair.consentExpiresAt || !route.send(bytes, transmitter)) {
      pair.packetsDiscarded += 1;
      pair.bytesDiscarded += bytes.length;
      return false;
    }
    pair.packetsSent += 1;
    pair.bytesSent += bytes.length;
    pair.lastPacketSentAt = now;
    return true;
  }

  /** Ends everything: allocations are given back, sockets of its own closed. Idempotent. */
  close(now: Instant): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.streams.close();
    this.gatherer.close(now);
    this.pending.clear();
    this.remotes.close();
    this.routes.clear();
    this.timers.cancelAll();
    this.liveness.stop();
    this.selected = undefined;
    this.settle(now);
  }

  stats(): IceStats {
    const generations = this.generations.all;
    const pairs = generations.flatMap(({ checklist }) => checklist.pairs);
    const sum = (of: (pair: CandidatePair) => number): number => pairs.reduce((total, pair) => total + of(pair), 0);
    const seen = pairs.map(({ seenAs }) => seenAs).filter(({ type }) => type === 'prflx');
    const locals = this.generations.locals.map(({ candidate }) => candidate);
    return {
      role: this.roles.current,
      state: this.lastState,
      localUfrag: this.localUfrag,
      selectedPairId: this.selected?.id,
      selectedPairChanges: this.selectedChanges,
      packetsSent: sum((pair) => pair.packetsSent),
      packetsReceived: sum((pair) => pair.packetsReceived),
      bytesSent: sum((pair) => pair.bytesSent),
      bytesReceived: sum((pair) => pair.bytesReceived),
      pairs: pairs.map((pair) => pair.stats(this.selected, this.clock)),
      localCandidates: [...new Set([...locals, ...seen])],
      remoteCandidates: generations.flatMap((generation) => generation.remoteCandidates),
      dropped: this.dropped ?? new Map(),
    };
  }

  // --- what the network brings ---

  /** One datagram. Returns the application bytes it carries, lent as `bytes` are, or undefined when there are none. */
  receive(now: Instant, bytes: Uint8Array, path: Path): Uint8Array | undefined {
    if (bytes.length === 0 || this.isClosed) return undefined;
    if (bytes[0]! > 3) {
      const route = this.routes.at(path);
      if (route) return this.accept(now, bytes, route);
    }
    const link = this.gatherer.relays?.linkOn(path);
    const payload = link ? this.receiveFromLink(now, bytes, link, path) : this.receiveDirect(now, bytes, path);
    if (payload === undefined) this.settle(now);
    return payload;
  }

  /** Some bytes of a stream; application data in it comes out of {@link drain}. */
  receiveStream(now: Instant, bytes: Uint8Array, stream: StreamSocket): void {
    const link = this.gatherer.relays?.linkOf(stream);
    if (link) {
      link.client.receiveStream(now, bytes, ({ peer, bytes: relayed }) => {
        const route = this.relayRoute(link, peer);
        const payload = route && this.dispatch(now, relayed, route);
        if (payload) this.queue.data(payload);
      });
      this.gatherer.relays?.pump(now, link);
    } else if (!this.gatherer.receiveStream(now, bytes, stream)) {
      const route = this.streams.routeOf(stream);
      route?.framer.feed(bytes, (frame) => {
        if (frame.length === FRAME_HEADER_BYTES || this.isClosed) return;
        const payload = this.dispatch(now, frame.subarray(FRAME_HEADER_BYTES), route);
        if (payload) this.queue.data(payload);
      });
    }
    this.settle(now);
  }

  advance(now: Instant): void {
    if (this.isClosed) return;
    this.liveness.advance(now);
    if (this.timers.take(IceTimer.nomination, now)) this.reselect(now);
    this.streams.advance(now);
    this.remotes.advance(now);
    this.timers.take(IceTimer.patience, now);
    if (this.timers.take(IceTimer.despair, now) && !this.selected) this.abandonChecks();
    this.pending.advance(now);
    this.insistence.advance(now);
    this.gatherer.advance(now);
    if (this.timers.take(IceTimer.pacing, now)) this.checkNext(now);
    this.settle(now);
  }

  drain(outputs: IceOutputs): void {
    this.queue.drain(outputs);
  }

  // --- what the driver answers ---

  datagramOpened(now: Instant, request: RequestId, socket: DatagramSocket): void {
    if (this.isClosed || !this.gatherer.datagramOpened(now, request, socket))
      this.queue.event({ type: 'close-datagram', socket });
    this.settle(now);
  }

  streamOpened(now: Instant, request: RequestId, stream: StreamSocket): void {
    const isOurs =
      !this.isClosed && (this.streams.opened(now, request, stream) || this.gatherer.streamOpened(now, request, stream));
    if (!isOurs) this.queue.event({ type: 'close-stream', stream });
    this.settle(now);
  }

  listenerOpened(now: Instant, request: RequestId, localPort: number): void {
    if (this.isClosed || !this.gatherer.listenerOpened(now, request, localPort))
      this.queue.event({ type: 'close-listener', request });
    this.settle(now);
  }

  streamAccepted(now: Instant, request: RequestId, stream: StreamSocket): void {
    this.streams.accepted(now, this.isClosed ? undefined : this.gatherer.listenerOf(request), stream);
    this.settle(now);
  }

  hostResolved(now: Instant, request: RequestId, addresses: readonly string[]): void {
    if (!this.remotes.resolved(now, request, addresses)) this.gatherer.hostResolved(now, request, addresses);
    this.settle(now);
  }

  mdnsRegistered(now: Instant, request: RequestId, name: string): void {
    this.gatherer.mdnsRegistered(now, request, name);
    this.settle(now);
  }

  /** What the agent asked for could not be done. */
  requestFailed(now: Instant, request: RequestId, reason: string): void {
    const isOfPeer = this.remotes.resolved(now, request, []) || this.streams.failed(now, request);
    if (!isOfPeer) this.gatherer.requestFailed(now, request, reason);
    this.settle(now);
  }

  /** The other end, or the network, closed it. */
  streamClosed(now: Instant, stream: StreamSocket): void {
    if (!this.streams.closed(now, stream)) this.gatherer.streamClosed(now, stream);
    this.settle(now);
  }

  // --- GathererOwner ---

  emit(event: IceEvent): void {
    this.queue.event(event);
  }

  nextRequest(): RequestId {
    return ++this.requests;
  }

  transmit(bytes: Uint8Array, route: Route): void {
    this.queue.transmit(bytes, route);
  }

  transmitToServer(...[bytes, way]: Parameters<GathererOwner['transmitToServer']>): void {
    this.queue.transmit(bytes, way);
  }

  found(now: Instant, entry: LocalEntry): void {
    const { newest, checked } = this.generations;
    if (newest.gatheringState !== 'complete') {
      this.queue.event({ type: 'candidate', candidate: entry.candidate });
      return this.addLocal(now, newest, entry);
    }
    // Its end was told (RFC 8838 §13): the peer learns of what replaces a lost relay by our checks, or by a restart.
    for (const generation of new Set([newest, checked])) this.addLocal(now, generation, entry);
    if (this.needsNewRelay && entry.candidate.type === 'relay') this.queue.event({ type: 'relay-replaced' });
    this.needsNewRelay = false;
  }

  private addLocal(now: Instant, generation: Generation, entry: LocalEntry): void {
    const isFirstOfBase = !generation.locals.some(({ base }) => base === entry.base);
    generation.locals.push(entry);
    const sendsChecks = entry.candidate.type === 'host' || entry.candidate.type === 'relay'; // others share a base (RFC 8445 §6.1.2.4)
    if (!sendsChecks || !isFirstOfBase || !generation.remote || this.isLite) return;
    for (const remote of generation.remotes) this.pairUp(now, generation, entry, remote);
  }

  completed(_now: Instant): void {
    this.setGatheringState('complete');
  }

  onRelayEvent(now: Instant, link: RelayLink, event: RelayEvent): void {
    if (event.type !== 'peer-permitted' && event.type !== 'peer-refused') return;
    const { checked } = this.generations;
    for (const pair of checked.checklist.pairs) {
      const { base } = pair.local;
      if (!pair.isPreparing || base.kind !== 'relay' || base.link !== link || pair.remoteAddress !== event.peer.address) continue;
      pair.isPreparing = false;
      if (event.type === 'peer-refused') this.failPair(now, pair);
      else if (pair.state === 'in-progress') this.sendCheck(now, pair, checked);
    }
  }

  baseGone(now: Instant, base: Base): void {
    const wasInUse = this.selected?.local.base === base;
    for (const generation of this.generations.all) generation.dropBase(base);
    for (const { checklist } of this.generations.all)
      for (const pair of checklist.pairs) if (pair.local.base === base) this.breakPair(pair);
    this.routes.forgetBase(base);
    this.reselect(now);
    if (base.kind === 'relay') this.needsNewRelay ||= this.isStranded(now, wasInUse);
  }

  /** A relay went: whether there may be no way to the peer left, since the other end of a pair may have lost a relay as well. */
  private isStranded(now: Instant, wasInUse: boolean): boolean {
    if (this.isClosed || !this.selected) return wasInUse;
    return wasInUse ? isQuiet(now, this.selected) : this.liveness.isSuspect(now);
  }

  // --- datagrams and streams, inward ---

  private receiveDirect(now: Instant, bytes: Uint8Array, path: Path): Uint8Array | undefined {
    const base = this.gatherer.baseAt(path);
    if (!base) {
      this.drop('ice/unknown-socket');
      return undefined;
    }
    return this.dispatch(now, bytes, base.routeOn(path));
  }

  private receiveFromLink(now: Instant, bytes: Uint8Array, link: RelayLink, path: Path): Uint8Array | undefined {
    if (bytes[0]! < 4 && this.isAnswerToGatherer(now, bytes, path)) return undefined;
    const relayed = link.client.receive(now, bytes);
    if (!relayed) {
      this.gatherer.relays?.pump(now, link);
      return undefined;
    }
    const route = this.relayRoute(link, relayed.peer);
    return route && this.dispatch(now, relayed.bytes, route);
  }

  private isAnswerToGatherer(now: Instant, bytes: Uint8Array, path: Path): boolean {
    const message = decodeStunMessage(bytes);
    return !(message instanceof Malformed) && message.method === StunMethod.binding && this.gatherer.receive(now, message, path);
  }

  private relayRoute(link: RelayLink, peer: { readonly address: string; readonly port: number }): RelayRoute | undefined {
    const known = link.routes.get(peer);
    if (known) return known;
    const base = this.gatherer.relays?.baseOf(link, familyOf(peer.address) ?? 'ipv4');
    return base && new RelayRoute(base, peer);
  }

  /** One packet that came on `route`: application data is returned, checks and answers are dealt with. */
  private dispatch(now: Instant, bytes: Uint8Array, route: Route): Uint8Array | undefined {
    if (bytes.length === 0 || this.isClosed) return undefined;
    if (bytes[0]! > 3) {
      if (route.isVerified) return this.accept(now, bytes, route);
      this.onUnverifiedData(now, bytes, route);
      return undefined;
    }
    const message = decodeStunMessage(bytes);
    if (message instanceof Malformed) this.drop(message.reason);
    else if (message.method !== StunMethod.binding) this.drop('ice/unexpected-method');
    else if (message.messageClass === 'request') this.peerChecks.receive(now, message, route);
    else if (message.messageClass === 'indication') this.drop('ice/indication');
    else if (!this.ownChecks.receive(now, message, route)) this.onOtherResponse(now, message, route);
    return undefined;
  }

  private accept(now: Instant, bytes: Uint8Array, route: Route): Uint8Array {
    const { pair } = route;
    if (pair) {
      pair.packetsReceived += 1;
      pair.bytesReceived += bytes.length;
      pair.lastPacketReceivedAt = now;
      pair.lastHeardAt = now;
      if (pair === this.selected) this.liveness.heard(now);
    }
    return bytes;
  }

  /** Data from where nobody proved to be the peer: dropped, or kept if it may yet turn out to be the peer's. */
  private onUnverifiedData(now: Instant, bytes: Uint8Array, route: Route): void {
    if (this.generations.newest.earlyChecks.keepData(route, bytes)) return;
    this.drop('ice/unverified-data');
    const generation = this.generations.checked;
    if (!this.selected || this.isLite || !generation.remote || route.kind === 'tcp' || generation.hasFailed) return;
    if (!this.mayReach(route.remoteAddress, route.remotePort)) return;
    this.movedPeer.consider(now, bytes.length, route, generation, this.selected.remote);
  }

  isProbe(pair: CandidatePair): boolean {
    return this.movedPeer.isProbe(pair);
  }

  newProbePair(generation: Generation, route: Route, priority: number): CandidatePair | undefined {
    const local = generation.localOf(route.base);
    if (!local || generation.checklist.find(route.base, route.remoteAddress, route.remotePort)) return undefined;
    return this.newPair(local, this.remotes.peerReflexive(generation, route, priority), route.remoteAddress);
  }

  onPathVerified(path: Path): void {
    this.queue.event({ type: 'path-verified', path });
  }

  onEarlyData(now: Instant, bytes: Uint8Array, route: Route): void {
    this.queue.data(this.accept(now, bytes, route));
  }

  // --- checks of the peer ---

  /**
   * The peer of a lite agent wants this pair. Who nominates it while the selected one is quiet has left that: its NAT, or its network,
   * is another one.
   */
  private nominatedByPeer(now: Instant, pair: CandidatePair): void {
    const { selected } = this;
    pair.nominatedAt = now;
    if (selected && selected !== pair && now - selected.lastHeardAt >= LEFT_MS) selected.nominatedAt = undefined;
  }

  /** What a check means for its pair (RFC 8445 §7.3.1.4, §7.3.1.5; for lite agents §7.3.2). */
  onCheckOf(now: Instant, generation: Generation, pair: CandidatePair, useCandidate: boolean): void {
    const nominates = useCandidate && this.roles.current === 'controlled';
    if (this.isLite) {
      pair.state = 'succeeded';
      pair.consentExpiresAt = now + this.timing.consentExpiryMs;
      if (nominates) this.nominatedByPeer(now, pair);
      this.reselect(now);
      if (pair === this.selected) this.liveness.checked(now, pair);
      return;
    }
    if (pair.state === 'succeeded') {
      if (!nominates) return this.askIfQuiet(now, pair);
      pair.nominatedAt = now;
      this.askIfQuiet(now, pair);
      return this.reselect(now);
    }
    if (nominates) pair.nominateOnSuccess = true;
    if (generation !== this.generations.checked) return;
    if (pair.state === 'in-progress') this.pending.calmDown(now, pair);
    this.trigger(now, generation, pair);
  }

  // --- checks of ours ---

  /** Starts the next check, if one waits, and makes the one after it wait for Ta. */
  private checkNext(now: Instant): void {
    const generation = this.generations.checked;
    if (!generation.remote || generation.hasFailed || this.isLite) return;
    for (let pair = generation.checklist.next(this.floor); pair; pair = generation.checklist.next(this.floor)) {
      if (!this.startCheck(now, pair, generation)) continue;
      this.lastCheckAt = now;
      break;
    }
    this.schedulePacing(now);
  }

  private schedulePacing(now: Instant): void {
    const generation = this.generations.checked;
    if (!generation.remote || generation.hasFailed || this.isLite || this.isClosed || !generation.checklist.hasNext(this.floor))
      return this.timers.cancel(IceTimer.pacing);
    this.timers.set(IceTimer.pacing, Math.max(now, this.lastCheckAt + this.timing.pacingMs));
  }

  /** Pairs that are no better than what was nominated need no check (RFC 8445 §8.1.2), unless that one is in trouble. */
  private get floor(): bigint {
    return this.settledOn?.priority ?? NO_FLOOR;
  }

  /** The pair that was nominated, unless that is in trouble. */
  private get settledOn(): CandidatePair | undefined {
    const { selected } = this;
    const isSettled = selected?.isNominated && !this.liveness.isDisconnected && !this.generations.isReplacing(selected);
    return isSettled ? selected : undefined;
  }

  /** False when nothing was sent: the pair needs no check, or something must come first. */
  private startCheck(now: Instant, pair: CandidatePair, generation: Generation): boolean {
    if (pair.state === 'succeeded' && !pair.isNominating) return false;
    if (pair.isPreparing) return false;
    const { base } = pair.local;
    if (base.kind === 'tcp' && !pair.route) return this.connect(pair, base);
    if (base.kind !== 'tcp') pair.route ??= base.routeTo(pair.remoteAddress, pair.remote.port);
    if (base.kind === 'relay') {
      const peer = base.link.client.peerOf(pair.remoteAddress, pair.remote.port);
      if (!base.link.client.isPermitted(peer)) {
        if (pair.state !== 'succeeded') pair.state = 'in-progress';
        pair.isPreparing = true;
        base.link.client.permit(now, peer, false);
        this.gatherer.relays?.pump(now, base.link);
        return pair.state === 'in-progress' && !pair.isPreparing; // permitted at once: the check is under way
      }
    }
    this.sendCheck(now, pair, generation);
    return true;
  }

  private sendCheck(now: Instant, pair: CandidatePair, generation: Generation): void {
    if (pair.state !== 'succeeded') pair.state = 'in-progress';
    const useCandidate = pair.isNominating && this.roles.current === 'controlling';
    this.ownChecks.send(now, pair, generation, { useCandidate, isConsent: false });
  }

  onCheckTimeout(now: Instant, { pair, useCandidate }: PendingCheck): void {
    if (this.pending.isChecking(pair) || pair.isTriggered) return;
    if (pair.state === 'in-progress' || (useCandidate && pair.isNominating)) this.failPair(now, pair);
  }

  /** It answers no check of ours. */
  private onOtherResponse(now: Instant, message: StunMessage, route: Route): void {
    if (route.kind !== 'udp' || !this.gatherer.receive(now, message, route.path)) this.drop('ice/response/unknown-transaction');
  }

  onCheckRefused(now: Instant, { pair, role, generation }: PendingCheck, code: number | undefined): void {
    if (code !== StunErrorCode.roleConflict) return this.failPair(now, pair);
    this.roles.onRefused(role);
    if (pair.state === 'in-progress') pair.state = 'waiting';
    if (generation === this.generations.checked) this.trigger(now, generation, pair);
  }

  onCheckSucceeded(now: Instant, check: PendingCheck, rttMs: number | undefined, mapped: TransportAddress): void {
    const { pair, generation, route } = check;
    const seenAs = this.seenAs(check, mapped);
    pair.state = 'succeeded';
    pair.route = keptRoute(route);
    pair.seenAs = seenAs;
    pair.consentExpiresAt = now + this.timing.consentExpiryMs;
    if (rttMs !== undefined) {
      pair.currentRoundTripMs = rttMs;
      pair.totalRoundTripMs += rttMs;
    }
    this.movedPeer.onAnswered(generation, pair);
    this.routes.add(pair.route);
    pair.route.pair = pair;
    this.hear(now, pair);
    if (check.useCandidate && this.roles.current === 'controlling') {
      pair.nominatedAt = now;
      pair.isNominating = false;
    }
    if (pair.nominateOnSuccess && this.roles.current === 'controlled') {
      pair.nominatedAt = now;
      pair.nominateOnSuccess = false;
    }
    if (generation.firstValidAt === NEVER) generation.firstValidAt = now;
    if (pair === this.selected) {
      this.pending.end((one) => one.pair === pair && one.isConsent);
      this.liveness.answered(now, pair);
    } else this.askIfQuiet(now, pair);
    this.reselect(now);
  }

  /** As what the peer saw us: one of our candidates, or a new peer reflexive one (RFC 8445 §7.2.5.3.1). */
  private seenAs({ pair, generation }: PendingCheck, mapped: TransportAddress): LocalCandidate {
    const { base, candidate } = pair.local;
    if (pair.seenAs.address === mapped.address && pair.seenAs.port === mapped.port) return pair.seenAs;
    if (base.kind === 'tcp' || (base.address === mapped.address && base.port === mapped.port)) return candidate;
    for (const { candidate: known } of generation.locals)
      if (known.address === mapped.address && known.port === mapped.port && known.protocol === base.protocol) return known;
    const priority = candidatePriority({
      type: 'prflx',
      protocol: base.protocol,
      tcpType: undefined,
      relayProtocol: undefined,
      localPreference: base.localPreference,
    });
    return this.gatherer.peerReflexive(base, mapped, priority);
  }

  trigger(now: Instant, generation: Generation, pair: CandidatePair): void {
    if (pair.state === 'failed' || pair.state === 'frozen') pair.state = 'waiting';
    generation.checklist.trigger(pair);
    if (this.timers.at(IceTimer.pacing) === NEVER && now >= this.lastCheckAt + this.timing.pacingMs) this.checkNext(now);
  }

  failPair(now: Instant, pair: CandidatePair): void {
    const wasValid = pair.state === 'succeeded';
    this.breakPair(pair);
    const generation = this.generations.of(pair);
    this.movedPeer.onFailed(pair);
    if (pair.remote.type === 'prflx' && !wasValid && generation) {
      generation.checklist.remove(pair); // whoever replays a check must not use up the candidates (S-20)
      const at = generation.remotes.findIndex(({ candidate }) => candidate === pair.remote);
      if (at >= 0 && !generation.checklist.pairs.some(({ remote }) => remote === pair.remote)) generation.remotes.splice(at, 1);
    }
    this.reselect(now);
  }

  private abandonChecks(): void {
    const { checklist } = this.generations.checked;
    for (const pair of [...checklist.pairs]) checklist.remove(pair);
    this.pending.clear();
  }

  private breakPair(pair: CandidatePair): void {
    pair.state = 'failed';
    pair.isNominating = false;
    pair.isPreparing = false;
    pair.nominatedAt = undefined;
    pair.consentExpiresAt = -NEVER;
    this.pending.end((check) => check.pair === pair);
  }

  // --- TCP (RFC 6544) ---

  private connect(pair: CandidatePair, base: TcpBase): boolean {
    const isUnderWay = this.streams.connect(pair, base);
    if (!isUnderWay && base.tcpType === 'active') this.breakPair(pair);
    return isUnderWay;
  }

  isCurrent(pair: CandidatePair): boolean {
    return this.generations.of(pair) !== undefined;
  }

  onPairConnected(now: Instant, pair: CandidatePair): void {
    const generation = this.generations.of(pair);
    if (generation) this.sendCheck(now, pair, generation);
  }

  onRouteGone(now: Instant, route: TcpRoute): void {
    for (const generation of this.generations.all) {
      for (const pair of [...generation.checklist.pairs]) {
        if (pair.route !== route) continue;
        const wasValid = pair.state === 'succeeded';
        pair.route = undefined;
        this.failPair(now, pair);
        if (wasValid && route.base.tcpType === 'active' && generation === this.generations.checked) pair.state = 'waiting'; // connect again
      }
    }
  }

  // --- pairs ---

  onRemote(now: Instant, generation: Generation, entry: RemoteEntry): void {
    if (generation.remote && !this.isLite) this.pairRemote(now, generation, entry);
  }

  private pairRemote(now: Instant, generation: Generation, remote: RemoteEntry): void {
    const bases = new Set<Base>();
    for (const local of generation.locals) {
      const { type } = local.candidate;
      if ((type !== 'host' && type !== 'relay') || bases.has(local.base)) continue;
      bases.add(local.base);
      this.pairUp(now, generation, local, remote);
    }
  }

  private pairUp(now: Instant, generation: Generation, local: LocalEntry, { candidate, address }: RemoteEntry): void {
    if (!canPair(local.base, candidate, address)) return;
    if (generation.checklist.find(local.base, address, candidate.port)) return;
    if (!generation.checklist.add(this.newPair(local, candidate, address))) return this.drop('ice/too-many-pairs');
    if (this.timers.at(IceTimer.pacing) === NEVER) this.schedulePacing(now);
  }

  newPair(local: LocalEntry, remote: RemoteCandidate, remoteAddress: string): CandidatePair {
    return new CandidatePair(`P${this.nextPair++}`, local, remote, remoteAddress, this.roles.current);
  }

  mayReach(address: string, port: number): boolean {
    return this.options.remoteAddressFilter?.(address, port) ?? true;
  }

  // --- the selected pair ---

  /** Looks anew at which pair should carry the data, and whether one is to be nominated. */
  private reselect(now: Instant): void {
    const generation = this.generations.checked;
    if (this.isClosed || generation.hasFailed) return;
    const mine = this.selectedOf(generation);
    const isSuspect = this.liveness.isSuspect(now);
    const chosen = choosePair(generation.checklist.pairs, mine, this.roles.current, isSuspect, now);
    if (chosen && chosen !== this.selected) {
      this.select(now, chosen, generation);
      if (isSuspect && mine) this.breakPair(mine); // it owed an answer: it has to prove itself anew
    }
    if (!chosen && this.selected && !this.selected.isUsable(now)) this.lose(now);
    if (this.roles.current === 'controlling' && !this.isLite) this.nominate(now, generation);
  }

  /** The selected pair, if it is of this generation. */
  private selectedOf({ checklist }: Generation): CandidatePair | undefined {
    return this.selected && checklist.pairs.includes(this.selected) ? this.selected : undefined;
  }

  private nominate(now: Instant, generation: Generation): void {
    const mine = this.selectedOf(generation);
    const { nominationPatienceMs } = this.timing;
    const decision = decideNomination(generation.checklist.pairs, mine, generation.firstValidAt, nominationPatienceMs, now);
    if (decision.action === 'wait') this.timers.set(IceTimer.nomination, decision.until);
    if (decision.action !== 'nominate') return;
    decision.pair.isNominating = true;
    this.trigger(now, generation, decision.pair);
  }

  private select(now: Instant, pair: CandidatePair, generation: Generation): void {
    this.selected = pair;
    this.needsNewRelay = false;
    generation.peerReflexives = 0;
    this.selectedChanges += 1;
    this.timers.cancel(IceTimer.patience);
    this.timers.cancel(IceTimer.despair);
    for (const ended of this.generations.settleOn(generation)) this.forget(ended);
    this.gatherer.stopKeepalives();
    this.heat(now, pair);
    this.liveness.watch(now, pair);
    this.queue.event({ type: 'pair-selected', pair: { local: pair.seenAs, remote: pair.remote } });
    this.context.log.debug('ice/pair-selected', { pair: pair.id, type: pair.seenAs.type, rttMs: pair.currentRoundTripMs });
  }

  /** Through a relay, a channel costs 4 bytes a packet where an indication costs 36. */
  private heat(now: Instant, pair: CandidatePair): void {
    const { base } = pair.local;
    if (base.kind !== 'relay') return;
    base.link.client.permit(now, base.link.client.peerOf(pair.remoteAddress, pair.remote.port), true);
    this.gatherer.relays?.pump(now, base.link);
  }

  private lose(now: Instant): void {
    this.context.log.info('ice/pair-lost', { pair: this.selected?.id, at: now });
    if (this.isLite) this.generations.checked.hasFailed = true; // whoever wants to come back restarts
    this.selected = undefined;
    this.liveness.stop();
    this.schedulePacing(now);
  }

  // --- consent and liveness ---

  askConsent(now: Instant, pair: CandidatePair): void {
    const generation = this.generations.of(pair);
    const useCandidate = this.roles.current === 'controlling' && pair.isNominated;
    if (generation) this.ownChecks.send(now, pair, generation, { useCandidate, isConsent: true });
  }

  private askIfQuiet(now: Instant, other: CandidatePair): void {
    const { selected, generations } = this;
    if (!selected || selected === other || generations.isReplacing(other) || generations.isReplacing(selected)) return;
    this.liveness.askIfQuiet(now);
  }

  hasFresher(now: Instant, { lastHeardAt }: CandidatePair): boolean {
    return this.generations.checked.checklist.pairs.some((pair) => pair.isUsable(now) && pair.lastHeardAt > lastHeardAt);
  }

  onSuspicion(now: Instant): void {
    this.gatherer.relays?.verify(now); // a relay that was restarted forgot us, and says so only when it is asked
    this.reselect(now);
  }

  hear(now: Instant, pair: CandidatePair): void {
    pair.lastHeardAt = now;
    if (pair === this.selected) this.liveness.heard(now);
  }

  onHeardAgain(now: Instant): void {
    this.settle(now);
  }

  onSilence(now: Instant, pair: CandidatePair): void {
    this.context.log.info('ice/disconnected', { pair: pair.id });
    this.revive(now);
  }

  /** Tries everything else again while the selected pair is silent. */
  private revive(now: Instant): void {
    if (this.isLite) return;
    for (const pair of this.generations.checked.checklist.pairs) {
      if (pair === this.selected || pair.isPending) continue;
      if (pair.state === 'succeeded') pair.state = 'waiting';
      else if (pair.local.base.kind !== 'tcp' || pair.local.base.tcpType !== 'passive') pair.state = 'waiting';
    }
    this.schedulePacing(now);
  }

  onConsentExpired(now: Instant, pair: CandidatePair): void {
    this.context.log.info('ice/consent-expired', { pair: pair.id });
    this.breakPair(pair);
    this.reselect(now);
  }

  // --- bookkeeping ---

  private newGeneration(credentials: IceCredentials): Generation {
    return new Generation(credentials, this.limits.pairs);
  }

  private begin(generation: Generation): void {
    this.insistence.renew();
    for (const ended of this.generations.add(generation, this.selected)) this.forget(ended);
  }

  /** Data goes to the new peer or to nobody. */
  private leaveOldPeer(now: Instant): void {
    for (const ended of this.generations.settleOn(this.generations.newest)) this.forget(ended);
    if (this.selected) this.lose(now);
  }

  private forget(generation: Generation): void {
    this.pending.end((check) => check.generation === generation);
    this.remotes.forget(generation);
  }

  onRoleConflictLost(role: IceRole): void {
    this.queue.event({ type: 'role-changed', role });
  }

  onRoleSwitched(role: IceRole): void {
    for (const { checklist } of this.generations.all) {
      checklist.resort(role);
      for (const pair of checklist.pairs) pair.isNominating = false;
    }
  }

  private setGatheringState(state: IceGatheringState): void {
    const { newest } = this.generations;
    if (newest.gatheringState === state) return;
    newest.gatheringState = state;
    this.announceGatheringState();
  }

  private announceGatheringState(): void {
    const { gatheringState: state, local } = this.generations.newest;
    this.queue.event({ type: 'gathering-state-changed', state, usernameFragment: local.ufrag });
  }

  drop(reason: string): void {
    this.dropped ??= new Map();
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
  }

  /** Ends every input: derives the state from what is the case now, and the deadline from what is waited for. */
  private settle(now: Instant): void {
    this.clock = now;
    if (!this.isClosed) {
      if (this.timers.at(IceTimer.pacing) === NEVER) this.schedulePacing(now);
      if (this.timers.take(IceTimer.pacing, now)) this.checkNext(now);
      this.failIfHopeless(now);
      this.insistence.set(this.settledOn === undefined && this.timers.at(IceTimer.pacing) === NEVER);
    }
    const state = this.deriveState();
    if (state !== this.lastState) {
      this.lastState = state;
      this.queue.event({ type: 'state-changed', state });
    }
    this.nextDeadline = this.isClosed ? NEVER : this.earliestDeadline;
  }

  private get earliestDeadline(): Instant {
    const { gatherer, pending, streams, remotes, liveness } = this;
    const ofChecks = Math.min(this.timers.next, pending.deadline, this.insistence.deadline, liveness.deadline);
    return Math.min(ofChecks, gatherer.deadline, streams.deadline, remotes.deadline);
  }

  /** Nothing works, nothing is under way, and the peer had its time (RFC 8863 §3). */
  private failIfHopeless(now: Instant): void {
    const { checked } = this.generations;
    if (!checked.remote || this.selected || checked.hasFailed || this.isLite) return;
    if (this.timers.at(IceTimer.patience) !== NEVER || checked.gatheringState === 'gathering' || this.gatherer.relays?.isRenewing)
      return;
    if (checked.lookupsPending > 0 || checked.checklist.hasPending(NO_FLOOR)) return;
    checked.hasFailed = true;
    this.pending.clear();
    this.timers.cancelAll();
    this.context.log.info('ice/failed', { at: now });
  }

  private deriveState(): IceTransportState {
    const { selected } = this;
    const { checked } = this.generations;
    return transportState({
      isClosed: this.isClosed,
      hasFailed: checked.hasFailed,
      isChecking: checked.remote !== undefined && (this.isLite || checked.remotes.length > 0 || checked.lookupsPending > 0),
      hasPair: selected !== undefined,
      isDisconnected: this.liveness.isDisconnected,
      hadPair: checked.firstValidAt !== NEVER,
      isRestarting: selected !== undefined && this.generations.isReplacing(selected),
      isConcluded:
        selected?.isNominated === true &&
        checked.remoteEnded &&
        this.gatheringState === 'complete' &&
        checked.lookupsPending === 0 &&
        !checked.checklist.hasPending(this.floor),
    });
  }
}

/**
 * Which candidates can talk (RFC 8445 §6.1.2.2, RFC 6544 §6.2). Pairs with a passive candidate of ours form when a connection comes.
 * A peer's simultaneous-open candidates pair with nothing: we offer none, for the reason that the README gives.
 */
function canPair(base: Base, remote: RemoteCandidate, remoteAddress: string): boolean {
  if (base.protocol !== remote.protocol || familyOf(remoteAddress) !== base.family) return false;
  if (base.kind !== 'tcp') return true;
  return base.tcpType === 'active' && remote.tcpType === 'passive';
}
