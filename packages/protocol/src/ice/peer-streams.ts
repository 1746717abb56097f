import { type Instant, NEVER, type StreamSocket } from '../core/index.js';
import type { TcpBase } from './base.js';
import type { RequestId } from './events.js';
import { OpenRequests, type Requester } from './open-requests.js';
import type { CandidatePair } from './pair.js';
import { TcpRoute } from './route.js';

export interface PeerStreamOwner extends Requester {
  /** Whether a generation that still counts has the pair. */
  isCurrent(pair: CandidatePair): boolean;
  /** The pair has its route: it can be checked. */
  onPairConnected(now: Instant, pair: CandidatePair): void;
  /** Its connection could not be opened, or is not to be used. */
  failPair(now: Instant, pair: CandidatePair): void;
  /** Whatever went this way goes no more. */
  onRouteGone(now: Instant, route: TcpRoute): void;
  drop(reason: string): void;
}

/** The TCP connections of candidate pairs (RFC 6544): those that we open, and those that are opened to our passive candidates. */
export class PeerStreams {
  private readonly connecting: OpenRequests<CandidatePair>;
  private streams: Map<StreamSocket, { readonly route: TcpRoute; readonly claimBy: Instant }> | undefined;
  /** When the first connection that proved nothing is closed. */
  deadline: Instant = NEVER;

  constructor(
    private readonly owner: PeerStreamOwner,
    private readonly limit: number,
    private readonly unclaimedMs: number,
  ) {
    this.connecting = new OpenRequests(owner);
  }

  /** The way that bytes of `stream` came; undefined when it is none of ours. */
  routeOf(stream: StreamSocket): TcpRoute | undefined {
    return this.streams?.get(stream)?.route;
  }

  /** Opens the connection of a pair with an active candidate. False when there are too many, or the other side opens it. */
  connect(pair: CandidatePair, base: TcpBase): boolean {
    if (base.tcpType === 'passive' || this.isFull) return false;
    pair.state = 'in-progress';
    pair.isPreparing = true;
    this.connecting.ask(pair, (request) => ({
      type: 'connect-tcp',
      request,
      address: pair.remoteAddress,
      port: pair.remote.port,
      localAddress: base.address,
      tls: undefined,
    }));
    return true;
  }

  /** A connection stands. False when it was no request of ours. */
  opened(now: Instant, request: RequestId, stream: StreamSocket): boolean {
    const pair = this.connecting.take(request);
    if (!pair) return false;
    const { base } = pair.local;
    pair.isPreparing = false;
    if (base.kind !== 'tcp' || pair.state !== 'in-progress' || !this.owner.isCurrent(pair)) this.closeStream(stream);
    else {
      pair.route = this.adopt(now, base, stream);
      pair.route.pair = pair;
      this.owner.onPairConnected(now, pair);
    }
    return true;
  }

  /** It could not be opened. False when it was no request of ours. */
  failed(now: Instant, request: RequestId): boolean {
    const pair = this.connecting.take(request);
    if (pair) this.owner.failPair(now, pair);
    return pair !== undefined;
  }

  /** Somebody connected to a passive candidate; `base` is gone when that was withdrawn. */
  accepted(now: Instant, base: TcpBase | undefined, stream: StreamSocket): void {
    if (base && !this.isFull) return void this.adopt(now, base, stream);
    this.owner.drop('ice/tcp/refused');
    this.closeStream(stream);
  }

  /** The other end, or the network, closed it. False when it was none of ours. */
  closed(now: Instant, stream: StreamSocket): boolean {
    const route = this.routeOf(stream);
    this.streams?.delete(stream);
    if (route) this.owner.onRouteGone(now, route);
    return route !== undefined;
  }

  /** Closes what proved nothing in its time, or made no sense (S-27). */
  advance(now: Instant): void {
    if (now < this.deadline) return;
    let next = NEVER;
    for (const [stream, { route, claimBy }] of this.streams ?? []) {
      if (route.isVerified) continue;
      if (now >= claimBy || route.framer.failed) this.dismiss(now, stream, route);
      else next = Math.min(next, claimBy);
    }
    this.deadline = next;
  }

  close(): void {
    for (const stream of this.streams?.keys() ?? []) this.closeStream(stream);
    this.streams?.clear();
    this.connecting.clear();
    this.deadline = NEVER;
  }

  private get isFull(): boolean {
    return (this.streams?.size ?? 0) + this.connecting.open.length >= this.limit;
  }

  private adopt(now: Instant, base: TcpBase, stream: StreamSocket): TcpRoute {
    const route = new TcpRoute(base, stream);
    const claimBy = now + this.unclaimedMs;
    this.streams ??= new Map();
    this.streams.set(stream, { route, claimBy });
    this.deadline = Math.min(this.deadline, claimBy);
    return route;
  }

  private dismiss(now: Instant, stream: StreamSocket, route: TcpRoute): void {
    this.owner.drop('ice/tcp/unclaimed');
    this.streams?.delete(stream);
    this.closeStream(stream);
    this.owner.onRouteGone(now, route);
  }

  private closeStream(stream: StreamSocket): void {
    this.owner.emit({ type: 'close-stream', stream });
  }
}
