import type { Socket } from 'node:net';
import { type DatagramPool, driver, NativeDatagramPool, NodeDatagramPool, nodeCrypto, type PoolReceiver } from '@maru/node';
import { type Clock, type CoreContext, type Instant, NEVER, type RandomSource } from '@maru/protocol/core';
import {
  type ClientPath,
  type ClientTransport,
  type CloseReason,
  IpEndpoint,
  type Listener,
  type PacketSink,
  type Peer,
  type PeerConnection,
  type Relay,
  TurnServer,
  type TurnServerEvent,
  type TurnServerOutputs,
  type TurnServerSettings,
} from '@maru/protocol/turn/server';
import type { ServerLog } from '../../log/log.js';
import { SiblingRelays } from '../relay/sibling-relays.js';
import { TcpRelays } from '../relay/tcp-relays.js';
import { UdpRelays } from '../relay/udp-relays.js';
import { DtlsPort, type DtlsPortOwner } from '../transports/dtls-port.js';
import { StreamClients } from '../transports/stream-clients.js';
import { StreamPort } from '../transports/stream-port.js';
import type { TurnCertificate } from './certificate.js';
import type { EngineState } from './engine-messages.js';
import { shareOf } from './engine-share.js';

/** A door for clients, on one address. */
export interface EngineListener {
  readonly transport: ClientTransport;
  readonly address: string;
  readonly port: number;
}

export interface TurnEngineOptions {
  /** Of the whole relay, where several threads share it. */
  readonly settings: TurnServerSettings;
  readonly listeners: readonly EngineListener[];
  /** Needed by listeners of TLS and DTLS. */
  readonly certificate?: TurnCertificate | undefined;
  /** Which of how many threads this is that listen at the same UDP ports and relay for one another. */
  readonly sharing?: { readonly index: number; readonly count: number };
  /** Who moves UDP; absent: `native` where it is there. */
  readonly driver?: 'native' | 'node';
}

export interface TurnEngineWorld {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: ServerLog;
  readonly onEvent: (event: TurnServerEvent) => void;
}

/** Clients send in bursts, and all of them through this one socket. */
const LISTENER_BUFFER_BYTES = 8 * 1024 * 1024;

/** What one UDP port is for; the first byte of a datagram tells DTLS from STUN and ChannelData (RFC 7983 §7). */
interface UdpPort {
  readonly socket: number;
  readonly address: string;
  readonly port: number;
  turn: Listener | undefined;
  dtls: DtlsPort | undefined;
}

/** First bytes of DTLS records (RFC 7983 §7). */
const DTLS_FIRST = 20;
const DTLS_LAST = 63;

/** All that is true of an engine, as its own clock shows `now`. */
export function stateOf({ server, lost }: TurnEngine, now: number): EngineState {
  return { allocations: [...server.allocations()], statistics: server.statistics, users: [...server.usersUsage()], lost, now };
}

/** One TURN server core with the sockets of one thread: it carries bytes between them and decides nothing. */
export class TurnEngine implements PacketSink, TurnServerOutputs, PoolReceiver, DtlsPortOwner {
  readonly server: TurnServer;
  private readonly pool: DatagramPool;
  private readonly context: CoreContext;
  /** By socket of the pool: a listening port, or a relay. */
  private readonly udpPorts: (UdpPort | undefined)[] = [];
  private readonly udpRelays: UdpRelays;
  private readonly tcpRelays: TcpRelays;
  private readonly clients: StreamClients;
  private readonly streamPorts: { readonly port: StreamPort; readonly listener: Listener }[] = [];
  /** The instant of the input that is being handled; one for all of a batch. */
  private now: Instant = 0;
  /** Whether a batch is being received: what it makes is flushed at its end. */
  private isInBatch = false;
  private cancelTimer: (() => void) | undefined;
  private armedFor: Instant = NEVER;
  private hasEnded = false;
  private siblings: SiblingRelays | undefined;

  private constructor(
    private readonly options: TurnEngineOptions,
    private readonly world: TurnEngineWorld,
  ) {
    this.context = { crypto: nodeCrypto, random: world.random, log: world.log };
    this.server = new TurnServer(this.partOf(options.settings), this, this.context);
    const isNative = (options.driver ?? driver.name) === 'native';
    this.pool = isNative ? NativeDatagramPool.open(new IpEndpoint()) : new NodeDatagramPool(new IpEndpoint());
    this.pool.receiver = this;
    this.udpRelays = new UdpRelays(this.pool);
    this.tcpRelays = new TcpRelays({
      opened: (relay) => this.input((now) => this.server.relayOpened(now, relay)),
      failed: (relay) => this.input((now) => this.server.relayFailed(now, relay)),
      accepted: (relay, remote) => this.input((now) => this.server.peerAccepted(now, relay, remote)),
      connected: (connection) => this.input((now) => this.server.peerConnected(now, connection)),
      connectFailed: (connection) => this.input((now) => this.server.peerFailed(now, connection)),
      closed: (connection) => this.input((now) => this.server.peerClosed(now, connection)),
    });
    this.clients = new StreamClients({
      data: (path, bytes) => this.input((now) => this.server.receiveFromClient(now, path, bytes, 0, bytes.length)),
      closed: (path) => this.input((now) => this.server.clientClosed(now, path)),
    });
  }

  /** Opens every listener. Rejects, with nothing left open, when one cannot be had. */
  static async open(options: TurnEngineOptions, world: TurnEngineWorld): Promise<TurnEngine> {
    const engine = new TurnEngine(options, world);
    try {
      for (const listener of options.listeners) await engine.listen(listener);
    } catch (error) {
      engine.close();
      throw error;
    }
    return engine;
  }

  get driver(): 'native' | 'node' {
    return this.pool instanceof NativeDatagramPool ? 'native' : 'node';
  }

  /** Where clients reach it, with the ports that were really had. */
  get bound(): readonly EngineListener[] {
    const udp = this.udpPorts.flatMap((port) => {
      if (!port) return [];
      const { address, port: number } = port;
      return [
        ...(port.turn ? [{ transport: 'udp' as const, address, port: number }] : []),
        ...(port.dtls ? [{ transport: 'dtls' as const, address, port: number }] : []),
      ];
    });
    const streams = this.streamPorts.map(({ port, listener }) => ({
      transport: listener.transport,
      address: port.address,
      port: port.port,
    }));
    return [...udp, ...streams];
  }

  /** Datagrams that could not be handed to the system, and data that slow clients did not take. */
  get lost(): { readonly datagrams: number; readonly streamMessages: number } {
    return { datagrams: this.pool.lost, streamMessages: this.clients.dropped };
  }

  /** Takes other settings; no allocation ends but what a new policy forbids. */
  reconfigure(settings: TurnServerSettings): void {
    const own = this.partOf(settings);
    this.input((now) => this.server.reconfigure(now, own));
  }

  /** Takes a connection that another port accepted. */
  accept(socket: Socket, transport: 'tcp' | 'tls'): void {
    const local = IpEndpoint.of(socket.localAddress ?? '', socket.localPort ?? 0);
    if (!local) return void socket.destroy();
    this.acceptAt(this.foreignListener(transport, local), socket);
  }

  /** Handshakes from now on show this one. */
  setCertificate(certificate: TurnCertificate): void {
    for (const port of this.udpPorts) port?.dtls?.setCertificate(certificate.dtls);
    for (const { port } of this.streamPorts) port.setCertificate(certificate.tls);
  }

  /** Runs one call into the core, and everything that follows from it. */
  input<Result>(call: (now: Instant) => Result): Result {
    this.now = this.world.clock.now();
    const result = call(this.now);
    if (!this.isInBatch) this.settle();
    return result;
  }

  close(): void {
    if (this.hasEnded) return;
    this.server.close(this.world.clock.now());
    this.settle();
    this.hasEnded = true;
    this.cancelTimer?.();
    for (const { port } of this.streamPorts) port.close();
    for (const port of this.udpPorts) port?.dtls?.close(this.world.clock.now());
    this.clients.end();
    this.tcpRelays.end();
    this.pool.end();
  }

  // PoolReceiver

  datagram(socket: number, from: IpEndpoint, bytes: Uint8Array, offset: number, length: number): void {
    if (!this.isInBatch) {
      this.isInBatch = true;
      this.now = this.world.clock.now();
    }
    const relay = this.udpRelays.at(socket);
    if (relay) {
      const peer = this.siblings?.relayedOf(from) ?? from;
      return this.server.receiveFromPeer(this.now, relay, peer, bytes, offset, length);
    }
    const port = this.udpPorts[socket];
    if (!port) return;
    const first = bytes[offset]!;
    if (port.dtls && first >= DTLS_FIRST && first <= DTLS_LAST) {
      port.dtls.receive(this.now, from, bytes.subarray(offset, offset + length));
    } else if (port.turn) this.server.receive(this.now, port.turn, from, bytes, offset, length);
  }

  unreachable(socket: number, to: IpEndpoint, icmpType: number, icmpCode: number, info: number): void {
    const relay = this.udpRelays.at(socket);
    if (relay) this.input((now) => this.server.peerUnreachable(now, relay, to, { icmpType, icmpCode, data: info }));
  }

  settled(): void {
    this.isInBatch = false;
    this.settle();
  }

  // PacketSink

  toPeer(relay: Relay, peer: Peer, bytes: Uint8Array, offset: number, length: number, dontFragment: boolean): void {
    this.pool.send(relay.driverSlot, peer.endpoint, bytes, offset, length, 0, dontFragment);
  }

  toChannel(path: ClientPath, channel: number, bytes: Uint8Array, offset: number, length: number): void {
    if (path.transport === 'udp') {
      this.pool.send(path.listener.driverSlot, path.remote, bytes, offset, length, (channel << 16) | length, false);
    } else if (path.transport === 'dtls') {
      this.dtlsPortOf(path)?.of(path)?.sendChannelData(channel, bytes, offset, length);
    } else this.clients.of(path)?.channelData(channel, bytes, offset, length);
  }

  toClient(path: ClientPath, bytes: Uint8Array, offset: number, length: number): void {
    if (path.transport === 'udp') {
      this.pool.send(path.listener.driverSlot, path.remote, bytes, offset, length, 0, false);
    } else if (path.transport === 'dtls') {
      this.dtlsPortOf(path)
        ?.of(path)
        ?.send(bytes.subarray(offset, offset + length));
    } else this.clients.of(path)?.indication(bytes, offset, length);
  }

  /** Relays of other threads are reached by their sockets, which are ours as well: nobody else has ports of the range. */
  toSibling(from: Relay, to: IpEndpoint, bytes: Uint8Array, offset: number, length: number): boolean {
    const target = this.siblings?.localOf(to);
    if (!target) return false;
    this.pool.send(from.driverSlot, target, bytes, offset, length, 0, false);
    return true;
  }

  // TurnServerOutputs

  transmit(bytes: Uint8Array, path: ClientPath): void {
    if (path.transport === 'udp') this.pool.send(path.listener.driverSlot, path.remote, bytes, 0, bytes.length, 0, false);
    else if (path.transport === 'dtls') this.dtlsPortOf(path)?.of(path)?.send(bytes);
    else this.clients.of(path)?.answer(bytes);
  }

  openRelay(relay: Relay): void {
    if (relay.transport === 'tcp') return this.tcpRelays.open(relay);
    if (this.udpRelays.open(relay)) this.server.relayOpened(this.now, relay);
    else this.server.relayFailed(this.now, relay);
  }

  closeRelay(relay: Relay): void {
    if (relay.transport === 'tcp') this.tcpRelays.close(relay);
    else this.udpRelays.close(relay);
  }

  connectPeer(connection: PeerConnection): void {
    this.tcpRelays.connect(connection);
  }

  closePeer(connection: PeerConnection): void {
    this.tcpRelays.closePeer(connection);
  }

  splice(connection: PeerConnection, path: ClientPath): void {
    const peer = this.tcpRelays.socketOf(connection);
    const client = this.clients.of(path);
    if (peer && client) {
      const meter = (direction: 'sent' | 'received') => (bytes: number) =>
        this.server.meterStream(this.world.clock.now(), connection, direction, bytes);
      client.splice(peer, meter('sent'), meter('received'));
    } else this.tcpRelays.closePeer(connection);
  }

  closeClient(path: ClientPath, _reason: CloseReason): void {
    if (path.transport === 'dtls') this.dtlsPortOf(path)?.of(path)?.close(this.now);
    else this.clients.close(path);
  }

  event(event: TurnServerEvent): void {
    this.world.onEvent(event);
  }

  // DtlsPortOwner

  sendDatagram(listener: Listener, to: IpEndpoint, bytes: Uint8Array): void {
    this.pool.send(listener.driverSlot, to, bytes, 0, bytes.length, 0, false);
    if (!this.isInBatch) this.pool.flush();
  }

  clientOpened(listener: Listener, remote: IpEndpoint): ClientPath {
    return this.server.openClient(this.now, listener, remote);
  }

  clientData(path: ClientPath, bytes: Uint8Array): void {
    this.server.receiveFromClient(this.now, path, bytes, 0, bytes.length);
  }

  clientClosed(path: ClientPath): void {
    this.server.clientClosed(this.now, path);
  }

  // the rest

  private async listen(wanted: EngineListener): Promise<void> {
    const { transport, address, port } = wanted;
    const { certificate } = this.options;
    if ((transport === 'tls' || transport === 'dtls') && !certificate)
      throw new Error(`a ${transport} listener needs a certificate`);
    if (transport === 'tcp' || transport === 'tls') {
      const opened = await StreamPort.open(address, port, transport === 'tls' ? certificate!.tls : undefined, (socket) =>
        this.acceptAt(listener, socket),
      );
      const listener = this.server.addListener(transport, IpEndpoint.of(address, opened.port)!);
      this.streamPorts.push({ port: opened, listener });
      return;
    }
    const udp = this.udpPortAt(address, port);
    const listener = this.server.addListener(transport, IpEndpoint.of(address, udp.port)!);
    listener.driverSlot = udp.socket;
    if (transport === 'udp') udp.turn = listener;
    else udp.dtls = new DtlsPort(listener, certificate!.dtls, this.context, this.world.clock, this);
  }

  /** TURN and DTLS may share a port. */
  private udpPortAt(address: string, port: number): UdpPort {
    const existing = this.udpPorts.find((one) => one?.address === address && one.port === port);
    if (existing) return existing;
    const socket = this.pool.bind(address, port, {
      bufferBytes: LISTENER_BUFFER_BYTES,
      sharesPort: this.options.sharing !== undefined,
    });
    return (this.udpPorts[socket] = { socket, address, port: this.pool.port(socket), turn: undefined, dtls: undefined });
  }

  private readonly foreignListeners = new Map<string, Listener>();

  /** The listener that stands for a port of somebody else (the server's own single port). */
  private foreignListener(transport: 'tcp' | 'tls', local: IpEndpoint): Listener {
    const key = `${transport} ${local.address} ${local.port}`;
    let listener = this.foreignListeners.get(key);
    if (!listener) this.foreignListeners.set(key, (listener = this.server.addListener(transport, local)));
    return listener;
  }

  private acceptAt(listener: Listener, socket: Socket): void {
    const remote = IpEndpoint.of(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    if (!remote || this.hasEnded) return void socket.destroy();
    this.clients.add(
      socket,
      this.input((now) => this.server.openClient(now, listener, remote)),
    );
  }

  /** Of several threads each has its part of the ports; the others' relays are reached all the same. */
  private partOf(settings: TurnServerSettings): TurnServerSettings {
    const { sharing } = this.options;
    if (!sharing) return settings;
    const part = shareOf(settings, sharing.index, sharing.count);
    this.siblings = new SiblingRelays(part.relayAddresses, settings.relayAddresses);
    return part;
  }

  private dtlsPortOf(path: ClientPath): DtlsPort | undefined {
    return this.udpPorts[path.listener.driverSlot]?.dtls;
  }

  /** Hands over everything that the core has to say, writes what was gathered, and makes the one timer match the core's deadline. */
  private settle(): void {
    if (this.hasEnded) return;
    this.server.drain(this);
    this.clients.flush();
    this.pool.flush();
    const { deadline } = this.server;
    if (deadline === this.armedFor) return;
    this.cancelTimer?.();
    this.armedFor = deadline;
    this.cancelTimer = deadline === NEVER ? undefined : this.world.clock.schedule(deadline, this.onTimer);
  }

  private readonly onTimer = (): void => {
    this.armedFor = NEVER;
    this.input((now) => this.server.advance(now));
  };
}
