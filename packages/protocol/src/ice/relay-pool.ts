import { type CoreContext, type DatagramSocket, type Instant, NEVER, type Path, type StreamSocket } from '../core/index.js';
import { type AddressFamily, familyOf } from '../stun/index.js';
import { RelayBase, type UdpBase } from './base.js';
import type { RelayProtocol } from './candidate.js';
import { UNREACHABLE } from './candidate-failure.js';
import type { IceTransmitter, RequestId } from './events.js';
import { OpenRequests, type Requester } from './open-requests.js';
import type { IceServer } from './options.js';
import type { RelayEvent, RelayFactory } from './relay.js';
import { type RelayCarrier, RelayLink } from './relay-link.js';
import { RelayRenewal } from './relay-renewal.js';
import { isSamePath } from './route.js';
import type { ServerNames } from './server-names.js';

/** UDP first: what is not tied to an interface of ours comes after everything that is. */
const LOWEST_LOCAL_PREFERENCE = 0;

/** A connection to a TURN server that is being opened. */
interface Opening {
  readonly server: IceServer;
  readonly relayProtocol: RelayProtocol;
  readonly address: string;
  /** Addresses to try when this one cannot be reached. */
  readonly rest: readonly string[];
  readonly renewal: RelayRenewal | undefined;
  readonly isRedirected: boolean;
}

export interface RelayPoolOwner extends Requester {
  transmitToServer(bytes: Uint8Array, way: { send(bytes: Uint8Array, transmitter: IceTransmitter): boolean }): void;
  /** A server lends us `base`; or lent it before and a new generation may offer it. */
  onRelayed(now: Instant, base: RelayBase): void;
  onRelayGone(now: Instant, base: RelayBase): void;
  /** About peers and their permissions. */
  onRelayEvent(now: Instant, link: RelayLink, event: RelayEvent): void;
  onRelayFailed(server: IceServer, code: number, reason: string, link: RelayLink | undefined): void;
  checkComplete(now: Instant): void;
}

/**
 * The TURN clients of an agent, with the connections that carry them (RFC 8656, RFC 7350). An allocation that is lost is
 * renewed at once, as long as there is hope: while a pair needs it, nobody has time to wait for a restart.
 */
export class RelayPool {
  private readonly links: RelayLink[] = [];
  private readonly bases: RelayBase[] = [];
  private readonly openings: OpenRequests<Opening>;
  private readonly renewals: RelayRenewal[] = [];
  /** The gathering that runs waits for renewals as well. */
  private awaitsRenewals = false;

  constructor(
    private readonly owner: RelayPoolOwner,
    private readonly names: ServerNames,
    private readonly factory: RelayFactory | undefined,
    private readonly relaysPerServer: number,
    private readonly context: CoreContext,
  ) {
    this.openings = new OpenRequests(owner);
  }

  get deadline(): Instant {
    let earliest = NEVER;
    for (const { client } of this.links) earliest = Math.min(earliest, client.deadline);
    for (const { dueAt } of this.renewals) earliest = Math.min(earliest, dueAt);
    return earliest;
  }

  /** Whether a server may still lend us something in this gathering. */
  get isAsking(): boolean {
    const counts = ({ renewal }: { readonly renewal: RelayRenewal | undefined }): boolean => !renewal || this.awaitsRenewals;
    if (this.openings.open.some(counts) || (this.awaitsRenewals && this.renewals.length > 0)) return true;
    return this.links.some((link) => link.isVerifying || (!link.isAllocated && counts(link)));
  }

  /** Whether what was lost may come back. */
  get isRenewing(): boolean {
    return this.renewals.length > 0 || this.openings.open.some(({ renewal }) => renewal) || this.links.some(isBeingRenewed);
  }

  linkOf(stream: StreamSocket): RelayLink | undefined {
    return this.links.find(({ carrier }) => carrier.kind === 'stream' && carrier.stream === stream);
  }

  linkOn(path: Path): RelayLink | undefined {
    for (const link of this.links) if (isSamePath(link.path, path)) return link;
    return undefined;
  }

  baseOf(link: RelayLink, family: AddressFamily): RelayBase | undefined {
    return this.bases.find((base) => base.link === link && base.family === family);
  }

  // --- a gathering ---

  /** What is being renewed at these servers is part of the new gathering, and tried again now. */
  start(now: Instant, servers: readonly IceServer[]): void {
    this.awaitsRenewals = true;
    const kept = this.renewals.splice(0).filter(({ server }) => servers.some(({ url }) => url === server.url));
    for (const renewal of kept) renewal.dueAt = now;
    this.renewals.push(...kept);
  }

  /** Asks a server over TCP, TLS or DTLS. */
  ask(now: Instant, server: IceServer): void {
    if (!this.factory) return this.owner.onRelayFailed(server, UNREACHABLE, 'no TURN client was given', undefined);
    const asked = [...this.links, ...this.openings.open, ...this.renewals];
    if (asked.some((one) => one.server.url === server.url)) return;
    this.connect(now, server, server.isSecure ? (server.transport === 'udp' ? 'dtls' : 'tls') : 'tcp', undefined);
  }

  /** Asks a server over UDP, from a socket of ours. */
  askFrom(now: Instant, server: IceServer, base: UdpBase, addresses: readonly string[]): void {
    const address = addresses.find((one) => familyOf(one) === base.family);
    if (address === undefined) return;
    const sameServer = [...this.links, ...this.renewals].filter((one) => one.server.url === server.url);
    if (sameServer.some(({ carrier }) => isOver(base.socket, carrier))) return;
    if (sameServer.length >= this.relaysPerServer) return;
    const path = base.socket.pathTo(address, server.port);
    const carrier: RelayCarrier = { kind: 'datagram', socket: base.socket, path, isOwned: false };
    this.startLink(now, server, 'udp', carrier, base.localPreference, base.networkType);
  }

  /** Offers what is lent to us to a new generation, and finds out whether it still is. */
  reuse(now: Instant): void {
    for (const base of this.bases) this.owner.onRelayed(now, base);
    this.verify(now);
  }

  /** Asks each server whether our allocation still is: one that forgot us says nothing by itself. */
  verify(now: Instant): void {
    for (const link of [...this.links]) {
      if (!link.isAllocated || link.isVerifying) continue;
      link.isVerifying = true;
      link.client.verify(now);
      this.pump(now, link);
    }
  }

  /** Servers that have not answered by now are left alone. */
  giveUp(now: Instant): void {
    this.awaitsRenewals = false;
    for (const { server } of this.openings.takeWhere(({ renewal }) => !renewal))
      this.owner.onRelayFailed(server, UNREACHABLE, 'the TURN server could not be reached', undefined);
    for (const link of this.links.filter(({ isAllocated, renewal }) => !isAllocated && !renewal)) {
      this.owner.onRelayFailed(link.server, UNREACHABLE, 'the TURN server did not answer', link);
      this.drop(now, link);
    }
    for (const link of this.links) link.isVerifying = false;
  }

  // --- what comes in ---

  advance(now: Instant): void {
    for (const link of [...this.links]) {
      if (now < link.client.deadline) continue;
      link.client.advance(now);
      this.pump(now, link);
    }
    for (const renewal of this.renewals.filter(({ dueAt }) => now >= dueAt)) {
      this.renewals.splice(this.renewals.indexOf(renewal), 1);
      this.tryAgain(now, renewal);
    }
  }

  /** Passes on what a relay has to say. Call after each input to it. */
  pump(now: Instant, link: RelayLink): void {
    link.client.drain({
      transmit: (bytes) => this.owner.transmitToServer(bytes, link),
      event: (event) => this.onEvent(now, link, event),
    });
  }

  /** A connection stands. False when it was no request of ours. */
  datagramOpened(now: Instant, request: RequestId, socket: DatagramSocket): boolean {
    const opening = this.openings.take(request);
    if (!opening) return false;
    const path = socket.pathTo(opening.address, opening.server.port);
    this.startOpened(now, opening, { kind: 'datagram', socket, path, isOwned: true });
    return true;
  }

  streamOpened(now: Instant, request: RequestId, stream: StreamSocket): boolean {
    const opening = this.openings.take(request);
    if (!opening) return false;
    this.startOpened(now, opening, { kind: 'stream', stream });
    return true;
  }

  requestFailed(now: Instant, request: RequestId, reason: string): boolean {
    const opening = this.openings.take(request);
    if (!opening) return false;
    if (opening.rest.length > 0) this.open(now, opening, opening.rest);
    else this.failOrRetry(now, opening.server, UNREACHABLE, reason, opening.renewal, undefined);
    return true;
  }

  /** The connection of a relay was closed under it. */
  streamClosed(now: Instant, stream: StreamSocket): boolean {
    const link = this.linkOf(stream);
    if (link)
      this.onEvent(now, link, { type: 'failed', code: UNREACHABLE, reason: 'the connection to the TURN server was closed' });
    return link !== undefined;
  }

  /** A socket of ours goes, and what went over it. */
  socketGone(now: Instant, socket: DatagramSocket): void {
    for (const link of this.links.filter(({ carrier }) => isOver(socket, carrier))) this.drop(now, link);
    for (const renewal of this.renewals.filter(({ carrier }) => isOver(socket, carrier)))
      this.renewals.splice(this.renewals.indexOf(renewal), 1);
  }

  close(now: Instant): void {
    for (const link of this.links) {
      link.client.close(now);
      this.pump(now, link);
    }
    for (const link of this.links) this.closeCarrier(link);
    this.links.length = this.bases.length = this.renewals.length = 0;
    this.openings.clear();
  }

  // --- opening ---

  private connect(now: Instant, server: IceServer, relayProtocol: RelayProtocol, renewal: RelayRenewal | undefined): void {
    this.names.resolve(server.host, (addresses) =>
      this.open(now, { server, relayProtocol, renewal, isRedirected: false }, addresses),
    );
  }

  private open(now: Instant, target: Omit<Opening, 'address' | 'rest'>, addresses: readonly string[]): void {
    const { server, relayProtocol, renewal, isRedirected } = target;
    const [address, ...rest] = addresses;
    if (address === undefined)
      return this.failOrRetry(now, server, UNREACHABLE, 'the name of the server has no address', renewal, undefined);
    const { port, host } = server;
    this.openings.ask({ server, relayProtocol, address, rest, renewal, isRedirected }, (request) =>
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
    this.owner.checkComplete(now);
  }

  private startOpened(now: Instant, { server, relayProtocol, renewal, isRedirected }: Opening, carrier: RelayCarrier): void {
    const link = this.startLink(now, server, relayProtocol, carrier, LOWEST_LOCAL_PREFERENCE, undefined, renewal);
    if (link) link.isRedirected = isRedirected;
  }

  private startLink(
    now: Instant,
    server: IceServer,
    relayProtocol: RelayProtocol,
    carrier: RelayCarrier,
    localPreference: number,
    networkType: string | undefined,
    renewal?: RelayRenewal,
  ): RelayLink | undefined {
    const { username = '', credential: password = '' } = server;
    const client = this.factory?.({ username, password, transport: carrier.kind, families: 'both' }, this.context);
    if (!client) return undefined;
    const link = new RelayLink(client, carrier, server, relayProtocol, localPreference, networkType, renewal);
    this.links.push(link);
    client.start(now);
    this.pump(now, link);
    return link;
  }

  // --- events of clients ---

  private onEvent(now: Instant, link: RelayLink, event: RelayEvent): void {
    switch (event.type) {
      case 'allocated':
        return this.onAllocated(now, link, event);
      case 'verified':
        link.isVerifying = false;
        return this.owner.checkComplete(now);
      case 'unanswered':
        link.isVerifying = false;
        // Over UDP the server may come back and know us. A connection that it has forgotten stays dead.
        if (link.carrier.kind === 'stream' || link.carrier.isOwned)
          this.lose(now, link, UNREACHABLE, 'the TURN server does not answer any more');
        return this.owner.checkComplete(now);
      case 'failed':
        return this.lose(now, link, event.code, event.reason);
      case 'try-alternate':
        this.drop(now, link);
        this.redirect(now, link, event);
        return this.owner.checkComplete(now);
      default:
        this.owner.onRelayEvent(now, link, event);
    }
  }

  private onAllocated(now: Instant, link: RelayLink, event: RelayEvent & { type: 'allocated' }): void {
    const { relayedAddress, relayedPort } = event;
    const family = familyOf(relayedAddress) ?? 'ipv4';
    const { localPreference, relayProtocol, networkType } = link;
    const base = new RelayBase(link, relayedAddress, relayedPort, family, localPreference, relayProtocol, networkType);
    this.bases.push(base);
    link.isAllocated = true;
    link.mapped = { address: event.mappedAddress, port: event.mappedPort };
    this.owner.onRelayed(now, base);
    this.owner.checkComplete(now);
  }

  /** The client of `link` is over: what it had is renewed, what it tried to get may be tried again. */
  private lose(now: Instant, link: RelayLink, code: number, reason: string): void {
    this.drop(now, link);
    if (!link.isAllocated) this.failOrRetry(now, link.server, code, reason, link.renewal, link);
    else if (this.factory) this.tryAgain(now, RelayRenewal.of(now, link));
    this.owner.checkComplete(now);
  }

  private tryAgain(now: Instant, renewal: RelayRenewal): void {
    const { server, relayProtocol, carrier, localPreference, networkType } = renewal;
    this.context.log.info('ice/relay-lost', { protocol: relayProtocol });
    if (carrier) this.startLink(now, server, relayProtocol, carrier, localPreference, networkType, renewal);
    else this.connect(now, server, relayProtocol, renewal);
  }

  private failOrRetry(
    now: Instant,
    server: IceServer,
    code: number,
    reason: string,
    renewal: RelayRenewal | undefined,
    link: RelayLink | undefined,
  ): void {
    if (renewal?.retry(now, code)) this.renewals.push(renewal);
    else this.owner.onRelayFailed(server, code, reason, link);
  }

  /** The server sends us elsewhere; it may do so once (RFC 8489 §10 forbids loops). */
  private redirect(now: Instant, link: RelayLink, event: RelayEvent & { type: 'try-alternate' }): void {
    const { server, carrier, relayProtocol, renewal } = link;
    const { address, port, domain } = event;
    if (link.isRedirected)
      return this.owner.onRelayFailed(server, UNREACHABLE, 'the alternate server names yet another one', link);
    const alternate: IceServer = { ...server, host: domain ?? address, port };
    if (carrier.kind === 'stream' || carrier.isOwned)
      return this.open(now, { server: alternate, relayProtocol, renewal, isRedirected: true }, [address]);
    const moved: RelayCarrier = { ...carrier, path: carrier.socket.pathTo(address, port) };
    const next = this.startLink(now, alternate, relayProtocol, moved, link.localPreference, link.networkType, renewal);
    if (next) next.isRedirected = true;
  }

  // --- ends ---

  private drop(now: Instant, link: RelayLink): void {
    const at = this.links.indexOf(link);
    if (at < 0) return;
    this.links.splice(at, 1);
    for (const base of this.bases.filter((one) => one.link === link)) {
      this.bases.splice(this.bases.indexOf(base), 1);
      this.owner.onRelayGone(now, base);
    }
    this.closeCarrier(link);
  }

  private closeCarrier({ carrier }: RelayLink): void {
    if (carrier.kind === 'stream') this.owner.emit({ type: 'close-stream', stream: carrier.stream });
    else if (carrier.isOwned) this.owner.emit({ type: 'close-datagram', socket: carrier.socket });
  }
}

function isOver(socket: DatagramSocket, carrier: RelayCarrier | undefined): boolean {
  return carrier?.kind === 'datagram' && carrier.socket === socket;
}

function isBeingRenewed({ renewal, isAllocated }: RelayLink): boolean {
  return renewal !== undefined && !isAllocated;
}
