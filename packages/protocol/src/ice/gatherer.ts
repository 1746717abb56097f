import type { Path, StreamSocket } from '../core/index.js';
import { type CoreContext, type DatagramSocket, type HostAddress, type Instant, Malformed, NEVER } from '../core/index.js';
import {
  type AddressFamily,
  ErrorCode,
  familyOf,
  MappedAddress,
  newTransactionId,
  type RetransmitPolicy,
  StunEncoder,
  type StunMessage,
  StunMethod,
  StunTransaction,
  type TransportAddress,
  transactionKey,
  XorMappedAddress,
} from '../stun/index.js';
import { type Base, RelayBase, TcpBase, UdpBase } from './base.js';
import type { CandidateType, LocalCandidate, RelayProtocol } from './candidate.js';
import type { IceEvent, IceRequest, RequestId } from './events.js';
import { FoundationTable } from './foundation.js';
import type { IceOptions, IceServer, IceTiming } from './options.js';
import type { LocalEntry } from './pair.js';
import { candidatePriority } from './priority.js';
import type { RelayEvent } from './relay.js';
import { type RelayCarrier, RelayLink } from './relay-link.js';
import { UdpRoute } from './route.js';

/** What a gatherer needs of the agent that it gathers for. */
export interface GathererOwner {
  readonly localUfrag: string;
  emit(event: IceEvent): void;
  nextRequest(): RequestId;
  /** A candidate of the newest generation. */
  found(now: Instant, entry: LocalEntry): void;
  transmit(bytes: Uint8Array, route: UdpRoute): void;
  /** A relay has something for its server. */
  transmitOnLink(bytes: Uint8Array, link: RelayLink): void;
  onRelayEvent(now: Instant, link: RelayLink, event: RelayEvent): void;
  baseGone(now: Instant, base: Base): void;
  completed(now: Instant): void;
}

/** The discard port, which stands for "none yet" in active TCP candidates (RFC 6544 §4.5). */
const DISCARD_PORT = 9;

/** What browsers report when a server cannot be reached (W3C webrtc, RTCPeerConnectionIceErrorEvent). */
const UNREACHABLE = 701;

/** A STUN server gets 9.5 s: 0, 0.5, 1.5, 3.5, 7.5 s and two seconds after. */
const SERVER_RETRANSMIT: RetransmitPolicy = { rtoMs: 500, rc: 5, rm: 4 };

/** How often a reflexive mapping is kept alive while no pair is selected (RFC 8445 §5.1.1.4, RFC 4787 REQ-5). */
const MAPPING_KEEPALIVE_MS = 15_000;

const LOWEST_LOCAL_PREFERENCE = 0;
const HIGHEST_LOCAL_PREFERENCE = 65_535;

/** An open request to the driver, and what its answer is for. */
type Opening =
  | { readonly kind: 'udp'; readonly host: HostAddress; readonly localPreference: number }
  | { readonly kind: 'listener'; readonly host: HostAddress; readonly localPreference: number }
  | { readonly kind: 'mdns'; readonly address: string }
  | { readonly kind: 'server'; readonly host: string }
  | {
      readonly kind: 'relay';
      readonly server: IceServer;
      readonly relayProtocol: RelayProtocol;
      readonly rest: readonly string[];
    };

/** A Binding request to a STUN server (RFC 8445 §5.1.1.2). */
interface Query {
  readonly server: IceServer;
  readonly base: UdpBase;
  readonly route: UdpRoute;
  readonly bytes: Uint8Array;
  readonly transaction: StunTransaction;
  /** Only keeps the mapping open: its answer is no news. */
  readonly isKeepalive: boolean;
}

/**
 * Learns the addresses that this host has: its own, the ones that STUN servers see, and the ones that TURN servers lend
 * (RFC 8445 §5.1.1). Its sockets outlive a restart, so that a new generation has candidates at once.
 */
export class Gatherer {
  readonly links: RelayLink[] = [];
  /** For datagrams: which base a local address is. */
  private readonly udpBases = new Map<string, UdpBase>();
  private readonly tcpBases: TcpBase[] = [];
  private readonly relayBases: RelayBase[] = [];
  private readonly openings = new Map<RequestId, Opening>();
  private readonly queries = new Map<string, Query>();
  private readonly waiting: Query[] = [];
  private readonly namesByAddress = new Map<string, string>();
  private readonly addressesByServer = new Map<string, readonly string[] | 'failed'>();
  /** What waits for the addresses of a server. */
  private readonly unresolved = new Map<string, (() => void)[]>();
  private readonly announced = new Set<string>();
  private readonly foundations = new FoundationTable();
  private readonly encoder = new StunEncoder();
  private nextCandidate = 1;
  private isGathering = false;
  /** A new generation began, and nobody asked to gather for it yet. */
  private isBetween = false;
  private timeoutAt: Instant = NEVER;
  private pacingAt: Instant = NEVER;
  private lastQueryAt: Instant = -NEVER;
  private keepaliveAt: Instant = NEVER;

  constructor(
    private readonly options: IceOptions,
    private readonly timing: IceTiming,
    private readonly relaysPerServer: number,
    private readonly context: CoreContext,
    private readonly owner: GathererOwner,
    public servers: readonly IceServer[],
    public transportPolicy: 'all' | 'relay',
  ) {}

  get deadline(): Instant {
    let earliest = Math.min(this.timeoutAt, this.pacingAt, this.keepaliveAt);
    for (const { transaction } of this.queries.values()) earliest = Math.min(earliest, transaction.deadline);
    for (const { client } of this.links) earliest = Math.min(earliest, client.deadline);
    return earliest;
  }

  /** What was announced for the generation before is to be announced again, but not before {@link start}. */
  startGeneration(): void {
    this.announced.clear();
    this.isBetween = true;
    this.isGathering = false;
    this.waiting.length = 0;
    for (const [key, { isKeepalive }] of this.queries) if (!isKeepalive) this.queries.delete(key);
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
    this.keepaliveAt = now + MAPPING_KEEPALIVE_MS;
    const hosts = this.usable(hostAddresses);
    this.dropStaleBases(now, hosts);
    hosts.forEach((host, index) => {
      this.startHost(now, host, HIGHEST_LOCAL_PREFERENCE - index);
    });
    for (const base of this.udpBases.values()) if (!base.isOwned) this.onBase(now, base);
    for (const server of this.servers) this.startServer(now, server);
    this.reuseRelays(now);
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
    const key = transactionKey(message.transactionId);
    const query = this.queries.get(key);
    if (!query) return false;
    if (query.route.path !== path && !isSamePath(query.route.path, path)) return true;
    this.queries.delete(key);
    query.transaction.finish(now);
    if (message.messageClass === 'success') this.onMapped(now, query, message);
    else if (!query.isKeepalive) {
      const error = message.value(ErrorCode);
      this.fail(query.server, query.base, error?.code ?? UNREACHABLE, error?.reason ?? 'the server sent no reason');
    }
    this.checkComplete(now);
    return true;
  }

  advance(now: Instant): void {
    if (now >= this.pacingAt) this.sendNextQuery(now);
    for (const [key, query] of this.queries) this.pollQuery(now, key, query);
    for (const link of [...this.links]) {
      if (now < link.client.deadline) continue;
      link.client.advance(now);
      this.pump(now, link);
    }
    if (now >= this.keepaliveAt) this.keepMappings(now);
    if (now >= this.timeoutAt) this.giveUp(now);
  }

  /** Once a pair is selected its own checks keep the mapping; the others need not be kept. */
  stopKeepalives(): void {
    this.keepaliveAt = NEVER;
  }

  /** Passes on what a relay has to say. Call after each input to it. */
  pump(now: Instant, link: RelayLink): void {
    const { owner } = this;
    link.client.drain({
      transmit: (bytes) => owner.transmitOnLink(bytes, link),
      event: (event) => this.onRelayEvent(now, link, event),
    });
  }

  datagramOpened(now: Instant, request: RequestId, socket: DatagramSocket): boolean {
    const opening = this.take(request);
    if (opening?.kind === 'udp') {
      const { host, localPreference } = opening;
      const base = new UdpBase(socket, host.family, localPreference, host.networkType, true, undefined);
      this.udpBases.set(baseKey(socket.localAddress, socket.localPort), base);
      this.onBase(now, base);
    } else if (opening?.kind === 'relay') {
      this.startDtlsRelay(now, opening.server, socket);
    } else return false;
    this.checkComplete(now);
    return true;
  }

  streamOpened(now: Instant, request: RequestId, stream: StreamSocket): boolean {
    const opening = this.take(request);
    if (opening?.kind !== 'relay') return false;
    this.startRelay(now, opening.server, opening.relayProtocol, { kind: 'stream', stream }, LOWEST_LOCAL_PREFERENCE, undefined);
    this.checkComplete(now);
    return true;
  }

  listenerOpened(now: Instant, request: RequestId, localPort: number): boolean {
    const opening = this.take(request);
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

  hostResolved(now: Instant, request: RequestId, addresses: readonly string[]): boolean {
    const opening = this.take(request);
    if (opening?.kind !== 'server') return false;
    this.setServerAddresses(opening.host, addresses.length > 0 ? addresses : 'failed');
    this.checkComplete(now);
    return true;
  }

  mdnsRegistered(now: Instant, request: RequestId, name: string): void {
    const opening = this.take(request);
    if (opening?.kind !== 'mdns') return;
    this.namesByAddress.set(opening.address, name);
    for (const base of [...this.udpBases.values(), ...this.tcpBases])
      if (base.address === opening.address) this.announceHost(now, base, opening.address);
    this.checkComplete(now);
  }

  requestFailed(now: Instant, request: RequestId, reason: string): boolean {
    const opening = this.take(request);
    if (!opening) return false;
    if (opening.kind === 'server') this.setServerAddresses(opening.host, 'failed');
    if (opening.kind === 'relay') this.onRelayUnreachable(now, opening, reason);
    this.checkComplete(now);
    return true;
  }

  /** The stream of a relay was closed under it. */
  streamClosed(now: Instant, stream: StreamSocket): boolean {
    const link = this.linkOf(stream);
    if (!link) return false;
    this.onRelayEvent(now, link, { type: 'failed', code: UNREACHABLE, reason: 'the connection to the TURN server was closed' });
    return true;
  }

  linkOf(stream: StreamSocket): RelayLink | undefined {
    return this.links.find(({ carrier }) => carrier.kind === 'stream' && carrier.stream === stream);
  }

  linkOn(path: Path): RelayLink | undefined {
    for (const link of this.links) if (link.path === path || isSamePath(link.path, path)) return link;
    return undefined;
  }

  relayBaseOf(link: RelayLink, family: AddressFamily): RelayBase | undefined {
    return this.relayBases.find((base) => base.link === link && base.family === family);
  }

  /** A candidate that a check revealed: known to the peer already, so it is told to nobody (RFC 8445 §7.2.5.3.1). */
  peerReflexive(base: Base, mapped: TransportAddress, priority: number): LocalCandidate {
    return this.candidate({ type: 'prflx', base, address: mapped.address, port: mapped.port, priority, related: base });
  }

  close(now: Instant): void {
    for (const link of this.links) {
      link.client.close(now);
      this.pump(now, link);
    }
    for (const link of this.links) this.closeCarrier(link);
    for (const base of [...this.udpBases.values()]) this.closeBase(base);
    for (const { listener } of this.tcpBases) {
      if (listener !== undefined) this.owner.emit({ type: 'close-listener', request: listener });
    }
    this.links.length = this.tcpBases.length = this.relayBases.length = this.waiting.length = 0;
    this.udpBases.clear();
    this.openings.clear();
    this.queries.clear();
    this.unresolved.clear();
    this.timeoutAt = this.pacingAt = this.keepaliveAt = NEVER;
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
      this.request({ kind: 'udp', host, localPreference }, (request) => ({ type: 'open-udp', request, address: host.address }));
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
    this.request({ kind: 'listener', host, localPreference }, (request) => ({
      type: 'listen-tcp',
      request,
      address: host.address,
    }));
  }

  private onBase(now: Instant, base: UdpBase): void {
    for (const address of base.advertised) this.announceHost(now, base, address);
    if (this.options.mode === 'lite') return;
    for (const server of this.servers) {
      if (server.kind === 'stun' && !server.isSecure && this.transportPolicy === 'all')
        this.withAddresses(server, base, (addresses) => this.query(now, server, base, addresses));
      if (server.kind === 'turn' && !server.isSecure && server.transport === 'udp')
        this.withAddresses(server, base, (addresses) => this.startUdpRelay(now, server, base, addresses));
    }
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
    const known = this.namesByAddress.get(address);
    if (known !== undefined) return known;
    for (const opening of this.openings.values()) if (opening.kind === 'mdns' && opening.address === address) return undefined;
    this.request({ kind: 'mdns', address }, (request) => ({ type: 'register-mdns', request, address }));
    return undefined;
  }

  private dropStaleBases(now: Instant, hosts: readonly HostAddress[]): void {
    const addresses = new Set(hosts.map(({ address }) => address));
    for (const [key, base] of this.udpBases) {
      if (!base.isOwned || addresses.has(base.address)) continue;
      this.udpBases.delete(key);
      for (const link of this.links.filter(({ carrier }) => carrier.kind === 'datagram' && carrier.socket === base.socket))
        this.dropLink(now, link);
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

  /** What of a server is not tied to a UDP socket of ours: TURN over TCP, TLS and DTLS. */
  private startServer(now: Instant, server: IceServer): void {
    if (server.kind === 'stun') {
      if (server.isSecure) this.fail(server, undefined, UNREACHABLE, 'stuns: gives no candidate for UDP');
      return;
    }
    if (!this.options.relayFactory) return this.fail(server, undefined, UNREACHABLE, 'no TURN client was given');
    if (server.transport === 'udp' && !server.isSecure) return;
    const relayProtocol: RelayProtocol = server.isSecure ? (server.transport === 'udp' ? 'dtls' : 'tls') : 'tcp';
    if (this.links.some((link) => link.server.url === server.url)) return;
    this.withAddresses(server, undefined, (addresses) => this.openRelay(now, server, relayProtocol, addresses));
  }

  private openRelay(now: Instant, server: IceServer, relayProtocol: RelayProtocol, addresses: readonly string[]): void {
    const [address, ...rest] = addresses;
    if (address === undefined) return this.fail(server, undefined, UNREACHABLE, 'the server has no usable address');
    const { port, host } = server;
    this.request({ kind: 'relay', server, relayProtocol, rest }, (request) =>
      relayProtocol === 'dtls'
        ? { type: 'open-dtls', request, address, port, serverName: host }
        : {
            type: 'connect-tcp',
            request,
            address,
            port,
            localAddress: undefined,
            tls: relayProtocol === 'tls' ? { serverName: host } : undefined,
          },
    );
    this.checkComplete(now);
  }

  private onRelayUnreachable(now: Instant, { server, relayProtocol, rest }: Opening & { kind: 'relay' }, reason: string): void {
    if (rest.length === 0) return this.fail(server, undefined, UNREACHABLE, reason);
    this.openRelay(now, server, relayProtocol, rest);
  }

  private startUdpRelay(now: Instant, server: IceServer, base: UdpBase, addresses: readonly string[]): void {
    const address = addresses.find((one) => familyOf(one) === base.family);
    if (address === undefined || !this.options.relayFactory) return;
    const sameServer = this.links.filter((link) => link.server.url === server.url);
    if (sameServer.some(({ carrier }) => carrier.kind === 'datagram' && carrier.socket === base.socket)) return;
    if (sameServer.length >= this.relaysPerServer) return;
    const path = base.socket.pathTo(address, server.port);
    const carrier: RelayCarrier = { kind: 'datagram', socket: base.socket, path, isOwned: false };
    this.startRelay(now, server, 'udp', carrier, base.localPreference, base.networkType);
  }

  private startDtlsRelay(now: Instant, server: IceServer, socket: DatagramSocket): void {
    const addresses = this.addressesByServer.get(server.host);
    const address = familyOf(server.host) ? server.host : Array.isArray(addresses) ? addresses[0] : server.host;
    const carrier: RelayCarrier = { kind: 'datagram', socket, path: socket.pathTo(address!, server.port), isOwned: true };
    this.startRelay(now, server, 'dtls', carrier, LOWEST_LOCAL_PREFERENCE, undefined);
  }

  private startRelay(
    now: Instant,
    server: IceServer,
    relayProtocol: RelayProtocol,
    carrier: RelayCarrier,
    localPreference: number,
    networkType: string | undefined,
  ): void {
    const client = this.options.relayFactory?.(
      {
        username: server.username ?? '',
        password: server.credential ?? '',
        transport: carrier.kind,
        families: 'both',
      },
      this.context,
    );
    if (!client) return;
    const link = new RelayLink(client, carrier, server, relayProtocol, localPreference, networkType);
    this.links.push(link);
    client.start(now);
    this.pump(now, link);
  }

  private reuseRelays(now: Instant): void {
    for (const base of this.relayBases) this.announceRelay(now, base, undefined);
    for (const link of [...this.links]) {
      if (!link.isAllocated) continue;
      link.isVerifying = true;
      link.client.verify(now);
      this.pump(now, link);
    }
  }

  private onRelayEvent(now: Instant, link: RelayLink, event: RelayEvent): void {
    switch (event.type) {
      case 'allocated': {
        const { relayedAddress, relayedPort } = event;
        const family = familyOf(relayedAddress) ?? 'ipv4';
        const { localPreference, relayProtocol, networkType } = link;
        const base = new RelayBase(link, relayedAddress, relayedPort, family, localPreference, relayProtocol, networkType);
        this.relayBases.push(base);
        link.isAllocated = true;
        this.announceRelay(now, base, { address: event.mappedAddress, port: event.mappedPort });
        this.checkComplete(now);
        return;
      }
      case 'failed':
        if (!link.isAllocated) this.fail(link.server, undefined, event.code, event.reason, link);
        this.dropLink(now, link);
        if (link.isAllocated && this.isGathering) this.replaceRelay(now, link);
        this.checkComplete(now);
        return;
      case 'verified':
        link.isVerifying = false;
        this.checkComplete(now);
        return;
      case 'try-alternate':
        this.dropLink(now, link);
        this.redirect(now, link, event);
        this.checkComplete(now);
        return;
      default:
        this.owner.onRelayEvent(now, link, event);
    }
  }

  /** An allocation of the generation before turned out to be gone: the new one gets another. */
  private replaceRelay(now: Instant, { server, relayProtocol, carrier, localPreference, networkType }: RelayLink): void {
    if (carrier.kind === 'datagram' && !carrier.isOwned)
      this.startRelay(now, server, relayProtocol, carrier, localPreference, networkType);
    else this.startServer(now, server);
  }

  /** The server sends us elsewhere; it may do so once (RFC 8489 §10 forbids loops). */
  private redirect(now: Instant, link: RelayLink, { address, port, domain }: RelayEvent & { type: 'try-alternate' }): void {
    const { server, carrier, relayProtocol } = link;
    if (link.isRedirected) return this.fail(server, undefined, UNREACHABLE, 'the alternate server names yet another one');
    const alternate: IceServer = { ...server, host: domain ?? address, port };
    if (carrier.kind === 'datagram' && !carrier.isOwned) {
      const moved: RelayCarrier = { ...carrier, path: carrier.socket.pathTo(address, port) };
      this.startRelay(now, alternate, relayProtocol, moved, link.localPreference, link.networkType);
      const last = this.links.at(-1);
      if (last) last.isRedirected = true;
    } else this.openRelay(now, alternate, relayProtocol, [address]);
  }

  private announceRelay(now: Instant, base: RelayBase, mapped: TransportAddress | undefined): void {
    const { link } = base;
    if (mapped) link.mapped = mapped;
    const { server } = link;
    this.announce(now, {
      type: 'relay',
      base,
      address: base.address,
      port: base.port,
      server,
      relatedAddress: link.mapped,
    });
    const carrierBase = link.carrier.kind === 'datagram' && !link.carrier.isOwned ? this.baseAt(link.path) : undefined;
    if (carrierBase && link.mapped) this.announceReflexive(now, carrierBase, link.mapped, server);
  }

  private dropLink(now: Instant, link: RelayLink): void {
    const at = this.links.indexOf(link);
    if (at < 0) return;
    this.links.splice(at, 1);
    for (const base of this.relayBases.filter((one) => one.link === link)) {
      this.relayBases.splice(this.relayBases.indexOf(base), 1);
      this.owner.baseGone(now, base);
    }
    this.closeCarrier(link);
  }

  private closeCarrier({ carrier }: RelayLink): void {
    if (carrier.kind === 'stream') this.owner.emit({ type: 'close-stream', stream: carrier.stream });
    else if (carrier.isOwned) this.owner.emit({ type: 'close-datagram', socket: carrier.socket });
  }

  private closeBase(base: UdpBase): void {
    if (base.isOwned) this.owner.emit({ type: 'close-datagram', socket: base.socket });
  }

  /** Calls `then` with the server's addresses, now or once they are known; not at all when there are none. */
  private withAddresses(server: IceServer, base: UdpBase | undefined, then: (addresses: readonly string[]) => void): void {
    if (familyOf(server.host)) return then([server.host]);
    const known = this.addressesByServer.get(server.host);
    if (known === 'failed') return this.fail(server, base, UNREACHABLE, 'the name of the server has no address');
    if (known) return then(known);
    const retry = (): void => this.withAddresses(server, base, then);
    const waiting = this.unresolved.get(server.host);
    if (waiting) {
      waiting.push(retry);
      return;
    }
    this.unresolved.set(server.host, [retry]);
    this.request({ kind: 'server', host: server.host }, (request) => ({
      type: 'resolve-host',
      request,
      name: server.host,
      kind: 'server',
    }));
  }

  private setServerAddresses(host: string, addresses: readonly string[] | 'failed'): void {
    this.addressesByServer.set(host, addresses);
    const waiting = this.unresolved.get(host) ?? [];
    this.unresolved.delete(host);
    for (const retry of waiting) retry();
    if (addresses === 'failed') this.addressesByServer.delete(host); // the next restart asks again
  }

  // --- reflexive addresses ---

  private query(now: Instant, server: IceServer, base: UdpBase, addresses: readonly string[]): void {
    const address = addresses.find((one) => familyOf(one) === base.family);
    if (address === undefined) return;
    this.enqueue(now, server, base, base.socket.pathTo(address, server.port), false);
  }

  private enqueue(now: Instant, server: IceServer, base: UdpBase, path: Path, isKeepalive: boolean): void {
    const id = newTransactionId(this.context.random);
    const bytes = this.encoder.start('request', StunMethod.binding, id).fingerprint().finish().slice();
    const route = new UdpRoute(base, path);
    this.waiting.push({ server, base, route, bytes, transaction: new StunTransaction(now, SERVER_RETRANSMIT), isKeepalive });
    const earliest = Math.max(now, this.lastQueryAt + this.timing.pacingMs);
    if (this.pacingAt === NEVER) this.pacingAt = earliest;
    if (now >= this.pacingAt) this.sendNextQuery(now);
  }

  /** One question each Ta (RFC 8445 §14.2). */
  private sendNextQuery(now: Instant): void {
    const query = this.waiting.shift();
    this.pacingAt = this.waiting.length > 0 ? now + this.timing.pacingMs : NEVER;
    if (!query) return;
    this.lastQueryAt = now;
    const sent: Query = { ...query, transaction: new StunTransaction(now, SERVER_RETRANSMIT) };
    const key = transactionKey(query.bytes.subarray(8, 20));
    this.queries.set(key, sent);
    this.pollQuery(now, key, sent);
  }

  private pollQuery(now: Instant, key: string, query: Query): void {
    const due = query.transaction.poll(now);
    if (due === 'send') this.owner.transmit(query.bytes, query.route);
    if (due !== 'timeout') return;
    this.queries.delete(key);
    if (!query.isKeepalive) this.fail(query.server, query.base, UNREACHABLE, 'the STUN server did not answer');
    this.checkComplete(now);
  }

  private onMapped(now: Instant, query: Query, message: StunMessage): void {
    if (query.isKeepalive) return;
    const mapped = message.read(XorMappedAddress) ?? message.read(MappedAddress);
    if (!mapped || mapped instanceof Malformed || familyOf(mapped.address) !== query.base.family)
      return this.fail(query.server, query.base, UNREACHABLE, 'the STUN server told no address of ours');
    query.base.mappedBy = { server: query.server, path: query.route.path };
    this.announceReflexive(now, query.base, mapped, query.server);
  }

  private announceReflexive(now: Instant, base: UdpBase, mapped: TransportAddress, server: IceServer): void {
    if (this.transportPolicy === 'relay') return;
    if (mapped.address === base.address && mapped.port === base.port) return; // no NAT: redundant (RFC 8445 §5.1.3)
    this.announce(now, { type: 'srflx', base, ...mapped, server, relatedAddress: base });
  }

  private keepMappings(now: Instant): void {
    this.keepaliveAt = now + MAPPING_KEEPALIVE_MS;
    for (const base of this.udpBases.values())
      if (base.mappedBy) this.enqueue(now, base.mappedBy.server, base, base.mappedBy.path, true);
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

  private request(opening: Opening, event: (request: RequestId) => IceRequest): void {
    const request = this.owner.nextRequest();
    this.openings.set(request, opening);
    this.owner.emit(event(request));
  }

  private take(request: RequestId): Opening | undefined {
    const opening = this.openings.get(request);
    this.openings.delete(request);
    return opening;
  }

  private fail(server: IceServer, base: UdpBase | undefined, errorCode: number, errorText: string, link?: RelayLink): void {
    const path = base ? { localAddress: base.address, localPort: base.port } : link?.path;
    const isHidden = this.options.hostAddresses === 'mdns' || this.transportPolicy === 'relay';
    this.owner.emit({
      type: 'candidate-error',
      error: {
        address: isHidden ? undefined : path?.localAddress,
        port: isHidden ? undefined : path?.localPort,
        url: server.url,
        errorCode,
        errorText,
      },
    });
  }

  private get hasWork(): boolean {
    if (this.openings.size > 0 || this.unresolved.size > 0) return true;
    if ([...this.queries.values(), ...this.waiting].some(({ isKeepalive }) => !isKeepalive)) return true;
    return this.links.some((link) => !link.isAllocated || link.isVerifying);
  }

  private checkComplete(now: Instant): void {
    if (!this.isGathering || this.hasWork) return;
    this.isGathering = false;
    this.timeoutAt = NEVER;
    this.owner.completed(now);
  }

  /** Servers that have not answered by now are left alone. */
  private giveUp(now: Instant): void {
    this.timeoutAt = NEVER;
    for (const opening of this.openings.values()) {
      if (opening.kind === 'relay') this.fail(opening.server, undefined, UNREACHABLE, 'the TURN server could not be reached');
    }
    this.openings.clear();
    for (const host of [...this.unresolved.keys()]) this.setServerAddresses(host, 'failed');
    for (const [key, { server, base, isKeepalive }] of this.queries) {
      if (isKeepalive) continue;
      this.queries.delete(key);
      this.fail(server, base, UNREACHABLE, 'the STUN server did not answer');
    }
    for (const link of this.links.filter(({ isAllocated }) => !isAllocated)) {
      this.fail(link.server, undefined, UNREACHABLE, 'the TURN server did not answer', link);
      this.dropLink(now, link);
    }
    for (const link of this.links) link.isVerifying = false;
    this.checkComplete(now);
  }
}

/** By which a candidate is recognised as one that was found before (RFC 8445 §5.1.3). */
function announcementKey(type: CandidateType, base: Base, { address, port }: TransportAddress): string {
  return `${type} ${base.protocol} ${address} ${port} ${base.kind === 'tcp' ? base.tcpType : ''}`;
}

function baseKey(address: string, port: number): string {
  return `${address} ${port}`;
}

function isSamePath(a: Path, b: Path): boolean {
  return (
    a.remotePort === b.remotePort &&
    a.localPort === b.localPort &&
    a.remoteAddress === b.remoteAddress &&
    a.localAddress === b.localAddress
  );
}
