import type { CoreContext, DatagramSocket, HostAddress, Instant, Path, StreamSocket } from '../core/index.js';
import { NEVER } from '../core/index.js';
import { familyOf, type StunMessage, type TransportAddress } from '../stun/index.js';
import { type Base, type RelayBase, TcpBase, UdpBase } from './base.js';
import type { CandidateType, LocalCandidate } from './candidate.js';
import { UNREACHABLE } from './candidate-failure.js';
import type { IceEvent, IceTransmitter, RequestId } from './events.js';
import { FoundationTable } from './foundation.js';
import { OpenRequests } from './open-requests.js';
import type { IceOptions, IceServer, IceTiming } from './options.js';
import type { LocalEntry } from './pair.js';
import { candidatePriority } from './priority.js';
import { ReflexiveQueries } from './reflexive-queries.js';
import type { RelayEvent } from './relay.js';
import type { RelayLink } from './relay-link.js';
import { RelayPool } from './relay-pool.js';
import type { UdpRoute } from './route.js';
import { SecureQueries } from './secure-queries.js';
import { ServerNames } from './server-names.js';

/** What a gatherer needs of the agent that it gathers for. */
export interface GathererOwner {
  readonly localUfrag: string;
  emit(event: IceEvent): void;
  nextRequest(): RequestId;
  /** A candidate of the newest generation. */
  found(now: Instant, entry: LocalEntry): void;
  transmit(bytes: Uint8Array, route: UdpRoute): void;
  /** Something is for a server, over a connection to it. */
  transmitToServer(bytes: Uint8Array, way: { send(bytes: Uint8Array, transmitter: IceTransmitter): boolean }): void;
  onRelayEvent(now: Instant, link: RelayLink, event: RelayEvent): void;
  baseGone(now: Instant, base: Base): void;
  completed(now: Instant): void;
}

/** The discard port, which stands for "none yet" in active TCP candidates (RFC 6544 §4.5). */
const DISCARD_PORT = 9;

const HIGHEST_LOCAL_PREFERENCE = 65_535;

/** An open request to the driver, and what its answer is for. */
type Opening =
  | { readonly kind: 'udp'; readonly host: HostAddress; readonly localPreference: number }
  | { readonly kind: 'listener'; readonly host: HostAddress; readonly localPreference: number }
  | { readonly kind: 'mdns'; readonly address: string };

/** What is asked of servers. */
interface ServerQueries {
  readonly names: ServerNames;
  readonly reflexive: ReflexiveQueries;
  readonly secure: SecureQueries;
  readonly relays: RelayPool;
}

/**
 * Learns the addresses that this host has: its own, the ones that STUN servers see, and the ones that TURN servers lend
 * (RFC 8445 §5.1.1). Its sockets outlive a restart, so that a new generation has candidates at once.
 */
export class Gatherer {
  /** Made when there is a server: an agent that only answers at its own sockets asks nobody. */
  private asking: ServerQueries | undefined;
  /** For datagrams: which base a local address is. */
  private readonly udpBases = new Map<string, UdpBase>();
  private readonly tcpBases: TcpBase[] = [];
  private readonly openings: OpenRequests<Opening>;
  private mdnsNames: Map<string, string> | undefined;
  private readonly announced = new Set<string>();
  private readonly foundations = new FoundationTable();
  private nextCandidate = 1;
  private isGathering = false;
  /** A new generation began, and nobody asked to gather for it yet. */
  private isBetween = false;
  private timeoutAt: Instant = NEVER;

  constructor(
    private readonly options: IceOptions,
    private readonly timing: IceTiming,
    private readonly relaysPerServer: number,
    private readonly context: CoreContext,
    private readonly owner: GathererOwner,
    public servers: readonly IceServer[],
    public transportPolicy: 'all' | 'relay',
  ) {
    this.openings = new OpenRequests(owner);
  }

  /** The allocations at TURN servers; undefined before any was asked for. */
  get relays(): RelayPool | undefined {
    return this.asking?.relays;
  }

  get deadline(): Instant {
    const { timeoutAt, asking } = this;
    return asking ? Math.min(timeoutAt, asking.reflexive.deadline, asking.relays.deadline) : timeoutAt;
  }

  /** What was announced for the generation before is to be announced again, but not before {@link start}. */
  startGeneration(): void {
    this.announced.clear();
    this.isBetween = true;
    this.isGathering = false;
    this.asking?.reflexive.cancel();
  }

  /** The newest generation was taken back: these candidates of the one before were announced. */
  resumeGeneration(locals: readonly LocalEntry[]): void {
    this.isBetween = false;
    this.announced.clear();
    for (const { candidate, base } of locals) this.announced.add(announcementKey(candidate.type, base, candidate));
  }

  /** Begins for the newest generation. Bases whose address is still there are used again, others go. */
  start(now: Instant, hostAddresses: readonly HostAddress[]): void {
    this.isGathering = true;
    this.isBetween = false;
    this.timeoutAt = now + this.timing.gatheringTimeoutMs;
    if (this.servers.length > 0) this.asking ??= this.newQueries();
    this.asking?.reflexive.startKeepalives(now);
    this.asking?.relays.start(now, this.servers);
    const hosts = this.usable(hostAddresses);
    this.dropStaleBases(now, hosts);
    hosts.forEach((host, index) => {
      this.startHost(now, host, HIGHEST_LOCAL_PREFERENCE - index);
    });
    for (const base of this.udpBases.values()) if (!base.isOwned) this.onBase(now, base);
    for (const server of this.servers) this.startServer(now, server);
    this.asking?.relays.reuse(now);
    this.checkComplete(now);
  }

  /** A socket of the owner's, to be offered as `advertised`. */
  addSocket(now: Instant, socket: DatagramSocket, advertised: readonly string[] | undefined): void {
    const family = familyOf(advertised?.[0] ?? socket.localAddress) ?? 'ipv4';
    const base = new UdpBase(socket, family, HIGHEST_LOCAL_PREFERENCE, undefined, false, advertised);
    this.udpBases.set(baseKey(socket.localAddress, socket.localPort), base);
    this.onBase(now, base);
  }

  /** The base that a datagram to this local end arrived at. */
  baseAt(path: Path): UdpBase | undefined {
    return this.udpBases.get(baseKey(path.localAddress, path.localPort));
  }

  /** Whether `message` answers a question to a STUN server; it is dealt with then. */
  receive(now: Instant, message: StunMessage, path: Path): boolean {
    return this.asking?.reflexive.receive(now, message, path) ?? false;
  }

  /** Whether `stream` leads to a STUN server that we asked; its bytes are dealt with then. */
  receiveStream(now: Instant, bytes: Uint8Array, stream: StreamSocket): boolean {
    return this.asking?.secure.receive(now, bytes, stream) ?? false;
  }

  advance(now: Instant): void {
    this.asking?.reflexive.advance(now, this.udpBases.values());
    this.asking?.relays.advance(now);
    if (now >= this.timeoutAt) this.giveUp(now);
  }

  /** Once a pair is selected its own checks keep the mapping; the others need not be kept. */
  stopKeepalives(): void {
    this.asking?.reflexive.stopKeepalives();
  }

  datagramOpened(now: Instant, request: RequestId, socket: DatagramSocket): boolean {
    const opening = this.openings.take(request);
    if (opening?.kind === 'udp') {
      const { host, localPreference } = opening;
      const base = new UdpBase(socket, host.family, localPreference, host.networkType, true, undefined);
      this.udpBases.set(baseKey(socket.localAddress, socket.localPort), base);
      this.onBase(now, base);
    } else if (!this.asking?.relays.datagramOpened(now, request, socket)) return false;
    this.checkComplete(now);
    return true;
  }

  streamOpened(now: Instant, request: RequestId, stream: StreamSocket): boolean {
    const { asking } = this;
    const isOurs =
      asking !== undefined && (asking.relays.streamOpened(now, request, stream) || asking.secure.opened(request, stream));
    this.checkComplete(now);
    return isOurs;
  }

  listenerOpened(now: Instant, request: RequestId, localPort: number): boolean {
    const opening = this.openings.take(request);
    if (opening?.kind !== 'listener') return false;
    const { host, localPreference } = opening;
    const { address, family, networkType } = host;
    const base = new TcpBase('passive', address, localPort, family, localPreference, networkType, request);
    this.tcpBases.push(base);
    this.announceHost(now, base, address);
    this.checkComplete(now);
    return true;
  }

  /** The base of the listener that a connection was accepted at. */
  listenerOf(request: RequestId): TcpBase | undefined {
    return this.tcpBases.find(({ listener }) => listener === request);
  }

  hostResolved(now: Instant, request: RequestId, addresses: readonly string[]): void {
    this.asking?.names.answered(request, addresses);
    this.checkComplete(now);
  }

  mdnsRegistered(now: Instant, request: RequestId, name: string): void {
    const opening = this.openings.take(request);
    if (opening?.kind !== 'mdns') return;
    this.mdnsNames ??= new Map();
    this.mdnsNames.set(opening.address, name);
    for (const base of [...this.udpBases.values(), ...this.tcpBases])
      if (base.address === opening.address) this.announceHost(now, base, opening.address);
    this.checkComplete(now);
  }

  requestFailed(now: Instant, request: RequestId, reason: string): void {
    const { asking } = this;
    const isOurs = this.openings.take(request) !== undefined || asking?.names.answered(request, []);
    if (!isOurs && !asking?.secure.requestFailed(request, reason)) asking?.relays.requestFailed(now, request, reason);
    this.checkComplete(now);
  }

  /** The connection to a server was closed under it. */
  streamClosed(now: Instant, stream: StreamSocket): void {
    if (!this.asking?.relays.streamClosed(now, stream)) this.asking?.secure.closed(stream);
    this.checkComplete(now);
  }

  /** A candidate that a check revealed: known to the peer already, so it is told to nobody (RFC 8445 §7.2.5.3.1). */
  peerReflexive(base: Base, mapped: TransportAddress, priority: number): LocalCandidate {
    return this.candidate({ type: 'prflx', base, address: mapped.address, port: mapped.port, priority, related: base });
  }

  close(now: Instant): void {
    this.asking?.relays.close(now);
    this.asking?.secure.close();
    this.asking?.reflexive.close();
    this.asking?.names.close();
    for (const base of [...this.udpBases.values()]) this.closeBase(base);
    for (const { listener } of this.tcpBases) {
      if (listener !== undefined) this.owner.emit({ type: 'close-listener', request: listener });
    }
    this.tcpBases.length = 0;
    this.udpBases.clear();
    this.openings.clear();
    this.timeoutAt = NEVER;
  }

  // --- hosts ---

  /** The addresses to use, the families interleaved so that neither can starve the other (RFC 8421 §4). */
  private usable(hostAddresses: readonly HostAddress[]): HostAddress[] {
    const { localAddressFilter } = this.options;
    const isFit = (host: HostAddress): boolean =>
      !/^fe[89ab]/i.test(host.address) && (localAddressFilter ? localAddressFilter(host) : !host.isLoopback);
    const fit = hostAddresses.filter(isFit);
    const ipv6 = fit.filter(({ family }) => family === 'ipv6');
    const ipv4 = fit.filter(({ family }) => family === 'ipv4');
    const mixed: HostAddress[] = [];
    for (let i = 0; i < Math.max(ipv6.length, ipv4.length); i++) {
      if (ipv6[i]) mixed.push(ipv6[i]!);
      if (ipv4[i]) mixed.push(ipv4[i]!);
    }
    return mixed;
  }

  private startHost(now: Instant, host: HostAddress, localPreference: number): void {
    const known = [...this.udpBases.values()].find((base) => base.isOwned && base.address === host.address);
    if (known) this.onBase(now, known);
    else
      this.openings.ask({ kind: 'udp', host, localPreference }, (request) => ({
        type: 'open-udp',
        request,
        address: host.address,
      }));
    const tcp = this.options.tcp ?? { active: true, passive: false };
    if (this.options.mode === 'lite') {
      if (tcp.passive) this.startListener(now, host, localPreference);
      return;
    }
    if (tcp.active) this.startActive(now, host, localPreference);
    if (tcp.passive) this.startListener(now, host, localPreference);
  }

  private startActive(now: Instant, host: HostAddress, localPreference: number): void {
    let base = this.tcpBases.find(({ tcpType, address }) => tcpType === 'active' && address === host.address);
    if (!base) {
      base = new TcpBase('active', host.address, DISCARD_PORT, host.family, localPreference, host.networkType, undefined);
      this.tcpBases.push(base);
    }
    this.announceHost(now, base, host.address);
  }

  private startListener(now: Instant, host: HostAddress, localPreference: number): void {
    const known = this.tcpBases.find(({ tcpType, address }) => tcpType === 'passive' && address === host.address);
    if (known) return this.announceHost(now, known, host.address);
    this.openings.ask({ kind: 'listener', host, localPreference }, (request) => ({
      type: 'listen-tcp',
      request,
      address: host.address,
    }));
  }

  private onBase(now: Instant, base: UdpBase): void {
    for (const address of base.advertised) this.announceHost(now, base, address);
    if (this.options.mode === 'lite') return;
    for (const server of this.servers) this.startServerFrom(now, server, base);
  }

  /** Offers a host address, or the name or public address that stands for it. */
  private announceHost(now: Instant, base: UdpBase | TcpBase, address: string): void {
    if (this.transportPolicy === 'relay') return;
    const name = this.options.hostAddresses === 'mdns' ? this.mdnsNameOf(address) : address;
    if (name === undefined) return; // asked for: comes back here
    const rewrites = (this.options.addressRewrites ?? []).filter(({ localAddress }) => localAddress === address);
    if (!rewrites.some(({ mode }) => mode === 'replace'))
      this.announce(now, { type: 'host', base, address: name, port: base.port });
    for (const { publicAddress } of rewrites) this.announce(now, { type: 'host', base, address: publicAddress, port: base.port });
  }

  private mdnsNameOf(address: string): string | undefined {
    const known = this.mdnsNames?.get(address);
    if (known !== undefined) return known;
    const isAsked = this.openings.open.some((opening) => opening.kind === 'mdns' && opening.address === address);
    if (!isAsked) this.openings.ask({ kind: 'mdns', address }, (request) => ({ type: 'register-mdns', request, address }));
    return undefined;
  }

  private dropStaleBases(now: Instant, hosts: readonly HostAddress[]): void {
    const addresses = new Set(hosts.map(({ address }) => address));
    for (const [key, base] of this.udpBases) {
      if (!base.isOwned || addresses.has(base.address)) continue;
      this.udpBases.delete(key);
      this.asking?.relays.socketGone(now, base.socket);
      this.owner.baseGone(now, base);
      this.closeBase(base);
    }
    for (const base of this.tcpBases.filter(({ address }) => !addresses.has(address))) {
      this.tcpBases.splice(this.tcpBases.indexOf(base), 1);
      if (base.listener !== undefined) this.owner.emit({ type: 'close-listener', request: base.listener });
      this.owner.baseGone(now, base);
    }
  }

  // --- servers ---

  private newQueries(): ServerQueries {
    const { owner, timing, context, options } = this;
    const names = new ServerNames(owner);
    const checkComplete = (now: Instant): void => this.checkComplete(now);
    const nextRequest = (): RequestId => owner.nextRequest();
    const emit = (event: IceEvent): void => owner.emit(event);
    const transmitToServer: GathererOwner['transmitToServer'] = (bytes, way) => owner.transmitToServer(bytes, way);
    const reflexive = new ReflexiveQueries(
      {
        checkComplete,
        transmit: (bytes, route) => owner.transmit(bytes, route),
        onMapped: (now, base, mapped, server) => this.announceReflexive(now, base, mapped, server),
        onQueryFailed: (server, base, code, reason) => this.fail(server, code, reason, base),
      },
      timing.pacingMs,
      context,
    );
    const secure = new SecureQueries(
      {
        checkComplete,
        nextRequest,
        emit,
        transmitToServer,
        onStreamMapped: (now, localAddress, mapped, server) => this.onStreamMapped(now, localAddress, mapped, server),
        onSecureQueryFailed: (server, code, reason) => this.fail(server, code, reason),
      },
      context,
    );
    const relays = new RelayPool(
      {
        checkComplete,
        nextRequest,
        emit,
        transmitToServer,
        onRelayed: (now, base) => this.announceRelay(now, base),
        onRelayGone: (now, base) => owner.baseGone(now, base),
        onRelayEvent: (now, link, event) => owner.onRelayEvent(now, link, event),
        onRelayFailed: (server, code, reason, link) => this.fail(server, code, reason, link && endOf(link.path)),
      },
      names,
      options.relayFactory,
      this.relaysPerServer,
      context,
    );
    return { names, reflexive, secure, relays };
  }

  /** What of a server is not tied to a UDP socket of ours: everything but plain STUN and TURN over UDP. */
  private startServer(now: Instant, server: IceServer): void {
    const { names, secure, relays } = (this.asking ??= this.newQueries());
    if (server.kind === 'turn' && (server.isSecure || server.transport === 'tcp')) relays.ask(now, server);
    if (server.kind === 'turn' && !this.options.relayFactory && !server.isSecure && server.transport === 'udp')
      this.fail(server, UNREACHABLE, 'no TURN client was given');
    if (server.kind === 'stun' && server.isSecure && this.transportPolicy === 'all')
      names.resolve(server.host, (addresses) => secure.ask(server, addresses));
  }

  private startServerFrom(now: Instant, server: IceServer, base: UdpBase): void {
    if (server.isSecure || server.transport !== 'udp') return;
    const { names, reflexive, relays } = (this.asking ??= this.newQueries());
    const ask = (addresses: readonly string[]): void => {
      if (addresses.length === 0) this.fail(server, UNREACHABLE, 'the name of the server has no address', base);
      else if (server.kind === 'stun') reflexive.ask(now, server, base, addresses);
      else relays.askFrom(now, server, base, addresses);
    };
    const isWanted = server.kind === 'stun' ? this.transportPolicy === 'all' : this.options.relayFactory !== undefined;
    if (isWanted) names.resolve(server.host, ask);
  }

  private announceReflexive(now: Instant, base: UdpBase, mapped: TransportAddress, server: IceServer): void {
    if (this.transportPolicy === 'relay') return;
    if (mapped.address === base.address && mapped.port === base.port) return; // no NAT: redundant (RFC 8445 §5.1.3)
    this.announce(now, { type: 'srflx', base, ...mapped, server, relatedAddress: base });
  }

  /** A connection of ours shows where active TCP candidates come from; from which port the next one will tell (RFC 6544 §4.5). */
  private onStreamMapped(now: Instant, localAddress: string, { address }: TransportAddress, server: IceServer): void {
    const base = this.tcpBases.find((one) => one.tcpType === 'active' && one.address === localAddress);
    if (!base || address === localAddress) return;
    this.announce(now, { type: 'srflx', base, address, port: DISCARD_PORT, server, relatedAddress: base });
  }

  private announceRelay(now: Instant, base: RelayBase): void {
    const { link, address, port } = base;
    const { server, mapped, carrier, path } = link;
    this.announce(now, { type: 'relay', base, address, port, server, relatedAddress: mapped });
    const carrierBase = carrier.kind === 'datagram' && !carrier.isOwned ? this.baseAt(path) : undefined;
    if (carrierBase && mapped) this.announceReflexive(now, carrierBase, mapped, server);
  }

  // --- candidates ---

  private announce(
    now: Instant,
    found: {
      readonly type: CandidateType;
      readonly base: Base;
      readonly address: string;
      readonly port: number;
      readonly server?: IceServer;
      readonly relatedAddress?: TransportAddress | undefined;
    },
  ): void {
    const { type, base, address, port, server } = found;
    const key = announcementKey(type, base, { address, port });
    if (this.isBetween || this.announced.has(key)) return; // redundant (RFC 8445 §5.1.3)
    this.announced.add(key);
    const candidate = this.candidate({ type, base, address, port, server, related: this.related(type, found.relatedAddress) });
    this.owner.found(now, { candidate, base });
  }

  /** What the candidate derives from, unless that would tell an address which policy hides (S-24). */
  private related(type: CandidateType, address: TransportAddress | undefined): TransportAddress | undefined {
    if (type === 'host' || !address) return undefined;
    const isHidden = this.transportPolicy === 'relay' || (type !== 'relay' && this.options.hostAddresses === 'mdns');
    if (!isHidden) return address;
    return { address: familyOf(address.address) === 'ipv6' ? '::' : '0.0.0.0', port: type === 'relay' ? 0 : DISCARD_PORT };
  }

  private candidate(inputs: {
    readonly type: CandidateType;
    readonly base: Base;
    readonly address: string;
    readonly port: number;
    readonly priority?: number;
    readonly server?: IceServer | undefined;
    readonly related: TransportAddress | undefined;
  }): LocalCandidate {
    const { type, base, address, port, server, related } = inputs;
    const tcpType = base.kind === 'tcp' ? base.tcpType : undefined;
    const relayProtocol = base.kind === 'relay' ? base.relayProtocol : undefined;
    const { protocol, localPreference, networkType } = base;
    return {
      id: `L${this.nextCandidate++}`,
      foundation: this.foundations.of(type, base.address, protocol, server?.host),
      component: 1,
      protocol,
      priority: inputs.priority ?? candidatePriority({ type, protocol, tcpType, relayProtocol, localPreference }),
      address,
      port,
      type,
      tcpType,
      relatedAddress: related?.address,
      relatedPort: related?.port,
      usernameFragment: this.owner.localUfrag,
      extensions: [],
      url: server?.url,
      relayProtocol,
      networkType,
    };
  }

  // --- ends ---

  private closeBase(base: UdpBase): void {
    if (base.isOwned) this.owner.emit({ type: 'close-datagram', socket: base.socket });
  }

  private fail(server: IceServer, errorCode: number, errorText: string, asker?: TransportAddress): void {
    const isHidden = this.options.hostAddresses === 'mdns' || this.transportPolicy === 'relay';
    const { address, port } = (isHidden ? undefined : asker) ?? { address: undefined, port: undefined };
    this.owner.emit({ type: 'candidate-error', error: { address, port, url: server.url, errorCode, errorText } });
  }

  private checkComplete(now: Instant): void {
    const { asking } = this;
    if (!this.isGathering || !this.openings.isEmpty || asking?.names.isLookingUp) return;
    if (asking?.reflexive.isAsking || asking?.secure.isAsking || asking?.relays.isAsking) return;
    this.isGathering = false;
    this.timeoutAt = NEVER;
    this.owner.completed(now);
  }

  /** Servers that have not answered by now are left alone. */
  private giveUp(now: Instant): void {
    this.timeoutAt = NEVER;
    this.openings.clear();
    this.asking?.names.giveUp();
    this.asking?.reflexive.giveUp();
    this.asking?.secure.giveUp();
    this.asking?.relays.giveUp(now);
    this.checkComplete(now);
  }
}

function baseKey(address: string, port: number): string {
  return `${address} ${port}`;
}

/** By which a candidate is recognised as one that was found before (RFC 8445 §5.1.3). */
function announcementKey(type: CandidateType, base: Base, { address, port }: TransportAddress): string {
  return `${type} ${base.protocol} ${address} ${port} ${base.kind === 'tcp' ? base.tcpType : ''}`;
}

function endOf({ localAddress, localPort }: Path): TransportAddress {
  return { address: localAddress, port: localPort };
}
