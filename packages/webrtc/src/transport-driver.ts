import { formatHex } from '@maru/protocol/bytes';
import {
  type Clock,
  type DatagramReceiver,
  type DatagramSocket,
  type Instant,
  NEVER,
  type NetworkStack,
  type Path,
  type RandomSource,
  type StreamListener,
  type StreamSocket,
} from '@maru/protocol/core';
import type { ChannelKey, DataChannelEvent, MessageKind } from '@maru/protocol/datachannel';
import type { DtlsEvent } from '@maru/protocol/dtls';
import type { IceEvent, IceNotice, IceRequest, RequestId } from '@maru/protocol/ice';
import type { PeerTransport, TransportOutputs } from '@maru/protocol/transport';
import { DtlsDatagramSocket } from './dtls-datagram-socket.js';
import type { Environment } from './environment.js';
import { AWAKE_MS, QuickExchange } from './quick-exchange.js';

/** What a transport tells those above it. */
export interface TransportListener {
  ice(notice: IceNotice): void;
  dtls(event: DtlsEvent): void;
  channel(event: DataChannelEvent): void;
  message(channel: ChannelKey, kind: MessageKind, bytes: Uint8Array): void;
  /** An input was handled to its end. */
  settled(): void;
  /** An invariant of ours does not hold: this session is over, and the sockets are closed. */
  broken(error: unknown): void;
}

/**
 * Connects a {@link PeerTransport} to a network and to one timer. Every input ends in {@link settle}. While it has sockets
 * it keeps the process alive; after {@link close} nothing is left. It is the bulkhead: an exception from a core ends this
 * session, and no other.
 */
export class TransportDriver implements TransportOutputs, DatagramReceiver {
  private readonly network: NetworkStack;
  private readonly clock: Clock;
  /** Names below `.local` that are answered for, by what takes them back. */
  private readonly publishedNames: (() => void)[] = [];
  private readonly datagrams = new Set<DatagramSocket>();
  private readonly unflushed = new Set<DatagramSocket>();
  private readonly streams = new Set<StreamSocket>();
  private readonly listeners = new Map<RequestId, StreamListener>();
  private cancelTimer: (() => void) | undefined;
  private armedFor: Instant = NEVER;
  private isClosed = false;
  private isSettlingSoon = false;
  private readonly exchange = new QuickExchange();
  /** The instant of the datagram that is handled, or was handled last. */
  private heardAt: Instant = 0;

  constructor(
    private readonly environment: Environment,
    private readonly transport: PeerTransport,
    private readonly listener: TransportListener,
  ) {
    this.network = environment.network;
    this.clock = this.network.clock;
  }

  now(): Instant {
    return this.clock.now();
  }

  /** Hands out what the transport has, then sees that the one timer fires no later than its deadline. */
  settle(): void {
    if (this.isClosed) return;
    try {
      this.transport.drain(this);
      this.flush();
      this.arm();
    } catch (error) {
      return this.breakOff(error);
    }
    this.listener.settled();
  }

  /** Settles once, when the script that runs has come to its end: what it sent meanwhile leaves together. */
  settleSoon(): void {
    if (this.isSettlingSoon) return;
    this.isSettlingSoon = true;
    queueMicrotask(() => {
      this.isSettlingSoon = false;
      this.settle();
      if (this.exchange.spoke(this.clock.now())) this.environment.stayAwake?.(AWAKE_MS);
    });
  }

  /** Says goodbye to the peer, then closes every socket. */
  close(): void {
    if (this.isClosed) return;
    this.transport.close(this.now());
    this.transport.drain(this);
    this.transport.closeIce(this.now());
    this.transport.drain(this);
    this.flush();
    this.release();
  }

  private breakOff(error: unknown): void {
    if (this.isClosed) return;
    this.environment.context.log.warn('webrtc/session-broken', { error: error instanceof Error ? error.stack : error });
    this.release();
    this.listener.broken(error);
  }

  /** Gives everything back at once. */
  private release(): void {
    this.isClosed = true;
    this.cancelTimer?.();
    for (const socket of this.datagrams) socket.close();
    for (const stream of this.streams) stream.close();
    for (const listener of this.listeners.values()) listener.close();
    for (const takeBack of this.publishedNames) takeBack();
  }

  // From the network.

  datagram(bytes: Uint8Array, path: Path): void {
    try {
      this.heardAt = this.clock.now();
      this.transport.receive(this.heardAt, bytes, path);
    } catch (error) {
      this.breakOff(error);
    }
  }

  settled(): void {
    this.settle();
  }

  // From the transport.

  transmit(bytes: Uint8Array, path: Path, socket: DatagramSocket): void {
    socket.send(bytes, path);
    this.unflushed.add(socket);
  }

  write(bytes: Uint8Array, stream: StreamSocket): void {
    stream.write(bytes);
  }

  iceEvent(event: IceEvent): void {
    if (isRequest(event)) this.fulfil(event);
    else this.listener.ice(event);
  }

  dtlsEvent(event: DtlsEvent): void {
    this.listener.dtls(event);
  }

  channelEvent(event: DataChannelEvent): void {
    this.listener.channel(event);
  }

  message(channel: ChannelKey, kind: MessageKind, bytes: Uint8Array): void {
    if (this.exchange.heard(this.heardAt)) this.environment.fallAsleep?.();
    this.listener.message(channel, kind, bytes);
  }

  private flush(): void {
    for (const socket of this.unflushed) socket.flush();
    this.unflushed.clear();
  }

  private arm(): void {
    const { deadline } = this.transport;
    // A timer that fires early is harmless and is armed anew; deadlines that move away are many, one per packet.
    if (deadline >= this.armedFor) return;
    this.cancelTimer?.();
    this.armedFor = deadline;
    this.cancelTimer = this.clock.schedule(deadline, this.onTimer);
  }

  private readonly onTimer = (): void => {
    this.armedFor = NEVER;
    this.cancelTimer = undefined;
    if (!this.isClosed) this.input(() => this.transport.advance(this.clock.now()));
  };

  /** One input that is not a datagram, then everything that follows from it. */
  private input(feed: () => void): void {
    try {
      feed();
    } catch (error) {
      return this.breakOff(error);
    }
    this.settle();
  }

  /** Does what the agent asks for. */
  private fulfil(request: IceRequest): void {
    const { ice } = this.transport;
    switch (request.type) {
      case 'open-udp':
        return this.answer(request.request, this.network.openDatagram({ address: request.address }), (socket) => {
          this.adopt(socket);
          ice.datagramOpened(this.now(), request.request, socket);
        });
      case 'connect-tcp':
        return this.answer(request.request, this.network.openStream(streamOptions(request)), (stream) => {
          this.adoptStream(stream);
          ice.streamOpened(this.now(), request.request, stream);
        });
      case 'listen-tcp':
        return this.listen(request);
      case 'resolve-host':
        return this.answer(request.request, this.network.resolveHost(request.name), (addresses) =>
          ice.hostResolved(this.now(), request.request, addresses),
        );
      case 'register-mdns':
        return this.publish(request.request, request.address);
      case 'open-dtls':
        return this.answer(request.request, this.openDtls(request), (socket) => {
          this.adopt(socket);
          ice.datagramOpened(this.now(), request.request, socket);
        });
      case 'close-datagram':
        this.datagrams.delete(request.socket);
        this.unflushed.delete(request.socket);
        return request.socket.close();
      case 'close-stream':
        this.streams.delete(request.stream);
        return request.stream.close();
      case 'close-listener':
        this.listeners.get(request.request)?.close();
        this.listeners.delete(request.request);
        return;
    }
  }

  private async openDtls({ address, port, serverName }: Extract<IceRequest, { type: 'open-dtls' }>): Promise<DatagramSocket> {
    const { context, network, defaultCertificate, isTrustedServer } = this.environment;
    const socket = await network.openDatagram({ address: address.includes(':') ? '::' : '0.0.0.0' });
    return DtlsDatagramSocket.open(socket, socket.pathTo(address, port), {
      clock: this.clock,
      context,
      certificate: defaultCertificate(),
      isTrusted: (chain) => isTrustedServer(chain, serverName),
    });
  }

  /** Hides `address` behind a name of its own that says nothing (draft-ietf-mmusic-mdns-ice-candidates). */
  private publish(request: RequestId, address: string): void {
    const { ice } = this.transport;
    if (!this.environment.publishName) return ice.requestFailed(this.now(), request, 'there is no mDNS on this network');
    const name = `${randomUuid(this.environment.context.random)}.local`;
    this.publishedNames.push(this.environment.publishName(name, address));
    ice.mdnsRegistered(this.now(), request, name);
  }

  /** Waits for `outcome`, takes it or says that it failed, and settles. What comes after closing is closed at once. */
  private answer<Outcome>(request: RequestId, outcome: Promise<Outcome>, take: (outcome: Outcome) => void): void {
    outcome.then(
      (value) => {
        if (this.isClosed) return closeIfSocket(value);
        this.input(() => take(value));
      },
      (reason: unknown) => {
        if (this.isClosed) return;
        this.transport.ice.requestFailed(this.now(), request, reason instanceof Error ? reason.message : `${reason as string}`);
        this.settle();
      },
    );
  }

  private listen(request: Extract<IceRequest, { type: 'listen-tcp' }>): void {
    const accept = (stream: StreamSocket): void => {
      if (this.isClosed) return stream.close();
      this.adoptStream(stream);
      this.input(() => this.transport.ice.streamAccepted(this.now(), request.request, stream));
    };
    this.answer(request.request, this.network.listenStream({ address: request.address }, accept), (listener) => {
      this.listeners.set(request.request, listener);
      this.transport.ice.listenerOpened(this.now(), request.request, listener.localPort);
    });
  }

  private adopt(socket: DatagramSocket): void {
    socket.receiver = this;
    this.datagrams.add(socket);
  }

  private adoptStream(stream: StreamSocket): void {
    this.streams.add(stream);
    stream.receiver = {
      data: (bytes) => {
        if (!this.isClosed) this.input(() => this.transport.receiveStream(this.now(), bytes, stream));
      },
      closed: () => {
        this.streams.delete(stream);
        if (this.isClosed) return;
        this.input(() => this.transport.ice.streamClosed(this.now(), stream));
      },
    };
  }
}

/** A random UUID (RFC 9562 §5.4). */
function randomUuid(random: RandomSource): string {
  const bytes = new Uint8Array(16);
  random.fill(bytes);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = formatHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function isRequest(event: IceEvent): event is IceRequest {
  return 'request' in event || event.type === 'close-datagram' || event.type === 'close-stream';
}

function streamOptions(request: Extract<IceRequest, { type: 'connect-tcp' }>): Parameters<NetworkStack['openStream']>[0] {
  const { address, port, localAddress, tls } = request;
  return { address, port, ...(localAddress !== undefined && { localAddress }), ...(tls && { tls }) };
}

function closeIfSocket(value: unknown): void {
  if (typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function') value.close();
}
