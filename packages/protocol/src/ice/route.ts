import type { DatagramSocket, Path, StreamSocket } from '../core/index.js';
import { StreamFramer } from '../stun/index.js';
import type { RelayBase, TcpBase, UdpBase } from './base.js';
import type { IceTransmitter } from './events.js';
import type { CandidatePair } from './pair.js';
import type { RelayPeer } from './relay.js';
import { FRAME_HEADER_BYTES, framedPacketSize, framePacket, MAX_FRAME_BYTES } from './tcp-framing.js';

/** One way for packets between a base of ours and a transport address of the peer. */
export type Route = UdpRoute | RelayRoute | TcpRoute;

/** Bytes that may wait in a stream before packets are dropped, as a full router would. */
const MAX_STREAM_BACKLOG_BYTES = 1 << 20;

abstract class RouteState {
  /** An authentic message of the peer came this way: application data from here is let through. */
  isVerified = false;
  /** Who counts what travels here: the newest pair on this route. */
  pair: CandidatePair | undefined;
}

/** Straight over UDP. */
export class UdpRoute extends RouteState {
  readonly kind = 'udp';
  readonly overheadBytes = 0;
  readonly socket: DatagramSocket;

  constructor(
    readonly base: UdpBase,
    readonly path: Path,
  ) {
    super();
    this.socket = base.socket;
  }

  get remoteAddress(): string {
    return this.path.remoteAddress;
  }

  get remotePort(): number {
    return this.path.remotePort;
  }

  send(bytes: Uint8Array, transmitter: IceTransmitter): boolean {
    transmitter.transmit(bytes, this.path, this.socket);
    return true;
  }
}

/** Through a TURN server. */
export class RelayRoute extends RouteState {
  readonly kind = 'relay';

  constructor(
    readonly base: RelayBase,
    readonly peer: RelayPeer,
  ) {
    super();
  }

  get remoteAddress(): string {
    return this.peer.address;
  }

  get remotePort(): number {
    return this.peer.port;
  }

  get overheadBytes(): number {
    return this.base.link.overheadBytes(this.peer);
  }

  send(bytes: Uint8Array, transmitter: IceTransmitter): boolean {
    return this.base.link.relay(bytes, this.peer, transmitter);
  }
}

/** Over a TCP connection, each packet in a frame (RFC 6544 §3). */
export class TcpRoute extends RouteState {
  readonly kind = 'tcp';
  readonly overheadBytes = FRAME_HEADER_BYTES;
  readonly framer = new StreamFramer(framedPacketSize, MAX_FRAME_BYTES);
  private frame = new Uint8Array(1_500);

  constructor(
    readonly base: TcpBase,
    readonly stream: StreamSocket,
  ) {
    super();
  }

  get remoteAddress(): string {
    return this.stream.path.remoteAddress;
  }

  get remotePort(): number {
    return this.stream.path.remotePort;
  }

  send(bytes: Uint8Array, transmitter: IceTransmitter): boolean {
    if (bytes.length > 0xffff || this.stream.bufferedBytes > MAX_STREAM_BACKLOG_BYTES) return false;
    if (this.frame.length < bytes.length + FRAME_HEADER_BYTES) this.frame = new Uint8Array(bytes.length + FRAME_HEADER_BYTES);
    const length = framePacket(bytes, this.frame);
    transmitter.write(this.frame.subarray(0, length), this.stream);
    return true;
  }
}

/** Whether both paths are between the same two ends, whoever interned them. */
export function isSamePath(a: Path, b: Path): boolean {
  return (
    a === b ||
    (a.remotePort === b.remotePort &&
      a.localPort === b.localPort &&
      a.remoteAddress === b.remoteAddress &&
      a.localAddress === b.localAddress)
  );
}

/** The route that stays for everything that goes this way: packets make new ones until one is kept. */
export function keptRoute(route: Route): Route {
  if (route.kind === 'udp') {
    const known = route.base.routeOf(route.remoteAddress, route.remotePort);
    if (!known) route.base.keep(route);
    return known ?? route;
  }
  return route.kind === 'relay' ? route.base.routeTo(route.remoteAddress, route.remotePort) : route;
}

/** Whether an answer that came on one of these may be to what went on the other. */
export function isSameRoute(a: Route, b: Route): boolean {
  return (
    a === b || (a.base === b.base && a.remoteAddress === b.remoteAddress && a.remotePort === b.remotePort && a.kind !== 'tcp')
  );
}
