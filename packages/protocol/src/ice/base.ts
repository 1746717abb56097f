import type { DatagramSocket, Path } from '../core/index.js';
import type { AddressFamily } from '../stun/index.js';
import type { RelayProtocol } from './candidate.js';
import type { RequestId } from './events.js';
import type { IceServer } from './options.js';
import type { RelayPeer } from './relay.js';
import type { RelayLink } from './relay-link.js';
import { RelayRoute, UdpRoute } from './route.js';

/** Where packets of a local candidate leave from (RFC 8445 §4, "base"). */
export type Base = UdpBase | RelayBase | TcpBase;

/** A UDP socket. */
export class UdpBase {
  readonly kind = 'udp';
  readonly protocol = 'udp';
  /** The STUN server that told how we look from outside: asking it again keeps that so. */
  mappedBy: { readonly server: IceServer; readonly path: Path } | undefined;
  readonly advertised: readonly string[];
  private readonly routes = new Map<string, UdpRoute>();

  constructor(
    readonly socket: DatagramSocket,
    readonly family: AddressFamily,
    readonly localPreference: number,
    readonly networkType: string | undefined,
    /** The agent asked for the socket, and closes it. */
    readonly isOwned: boolean,
    /** What is offered in place of the socket's own address. */
    advertised: readonly string[] | undefined,
  ) {
    this.advertised = advertised ?? [socket.localAddress];
  }

  get address(): string {
    return this.socket.localAddress;
  }

  get port(): number {
    return this.socket.localPort;
  }

  /** The route to a remote address, if packets went there. */
  routeOf(address: string, port: number): UdpRoute | undefined {
    return this.routes.get(`${address} ${port}`);
  }

  routeTo(address: string, port: number): UdpRoute {
    const key = `${address} ${port}`;
    const known = this.routes.get(key);
    if (known) return known;
    const route = new UdpRoute(this, this.socket.pathTo(address, port));
    this.routes.set(key, route);
    return route;
  }

  /** A route for a path that a packet came on; not kept until {@link keep} is told to. */
  routeOn(path: Path): UdpRoute {
    return this.routes.get(`${path.remoteAddress} ${path.remotePort}`) ?? new UdpRoute(this, path);
  }

  keep(route: UdpRoute): void {
    this.routes.set(`${route.remoteAddress} ${route.remotePort}`, route);
  }
}

/** An address that a TURN server allocated. */
export class RelayBase {
  readonly kind = 'relay';
  readonly protocol = 'udp';
  private readonly routes = new Map<RelayPeer, RelayRoute>();

  constructor(
    readonly link: RelayLink,
    readonly address: string,
    readonly port: number,
    readonly family: AddressFamily,
    readonly localPreference: number,
    readonly relayProtocol: RelayProtocol,
    readonly networkType: string | undefined,
  ) {}

  routeTo(address: string, port: number): RelayRoute {
    return this.routeOfPeer(this.link.client.peerOf(address, port));
  }

  routeOfPeer(peer: RelayPeer): RelayRoute {
    let route = this.routes.get(peer);
    if (!route) {
      route = new RelayRoute(this, peer);
      this.routes.set(peer, route);
      this.link.routes.set(peer, route);
    }
    return route;
  }
}

/** An address that TCP connections are opened from, or accepted at. */
export class TcpBase {
  readonly kind = 'tcp';
  readonly protocol = 'tcp';

  constructor(
    /** Simultaneous-open candidates need one port that listens and connects, which Node.js cannot have. */
    readonly tcpType: 'active' | 'passive',
    readonly address: string,
    /** 9 (discard) for active candidates, which have no port yet (RFC 6544 §4.5). */
    readonly port: number,
    readonly family: AddressFamily,
    readonly localPreference: number,
    readonly networkType: string | undefined,
    /** Names the listener of a passive candidate. */
    readonly listener: RequestId | undefined,
  ) {}
}
