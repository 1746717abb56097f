import type { VirtualHost } from '@maru/netsim';
import { nodeCrypto } from '@maru/node';
import {
  type DatagramSocket,
  type Instant,
  NEVER,
  SeededRandom,
  SILENT_LOG,
  type StreamListener,
  type StreamSocket,
} from '../../core/index.js';
import type { TransportAddress } from '../../stun/index.js';
import { encodeChannelData, sizeOfChannelData } from '../channel-data.js';
import {
  type AllocationSnapshot,
  type ClientPath,
  type ClientTransport,
  type CloseReason,
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  IpEndpoint,
  type Listener,
  type PacketSink,
  type Peer,
  type PeerConnection,
  PeerPolicy,
  type PeerPolicyRules,
  type Relay,
  SPECIAL_BLOCKS,
  StaticCredentials,
  TurnServer,
  type TurnServerEvent,
  type TurnServerOutputs,
  type TurnServerSettings,
} from '../server/index.js';

export interface VirtualTurnOptions {
  readonly username?: string;
  readonly password?: string;
  readonly realm?: string;
  /** After this a nonce is stale. */
  readonly nonceLifetimeMs?: number;
  readonly lifetimeS?: number;
  /** Allocations of one user. */
  readonly quota?: number;
  /** Sends everybody there. */
  readonly alternate?: TransportAddress;
  /** Peers that it will not relay to; all others it does, the special blocks included, which is where virtual hosts live. */
  readonly refusedPeers?: readonly string[];
  /** Where it relays from for IPv6. */
  readonly relayAddress6?: string;
  readonly port?: number;
  /** A second address of the host, for behaviour discovery (RFC 5780). */
  readonly otherAddress?: string;
  /** Whatever else: laid over the settings that the other options make. */
  readonly settings?: Partial<TurnServerSettings>;
}

export const VIRTUAL_REALM = 'maru.test';

/** Rules under which every address of a virtual network can be a peer. */
export const ANY_PEER: PeerPolicyRules = { allow: SPECIAL_BLOCKS.map(({ block }) => block) };

const first = { firstPort: 50_000, lastPort: 59_999 } as const;

/** The settings that `options` describe for a server at `address`. */
export function virtualTurnSettings(address: string, options: VirtualTurnOptions): TurnServerSettings {
  const { username = 'user', password = 'pass', refusedPeers = [], relayAddress6, quota } = options;
  return {
    ...DEFAULT_SETTINGS,
    realm: options.realm ?? VIRTUAL_REALM,
    credentials: new StaticCredentials([{ username, password }], nodeCrypto),
    peerPolicy: PeerPolicy.of({ ...ANY_PEER, deny: refusedPeers }),
    relayAddresses: [{ address, ...first }, ...(relayAddress6 === undefined ? [] : [{ address: relayAddress6, ...first }])],
    limits: {
      ...DEFAULT_LIMITS,
      allocationsPerUser: quota ?? 1_000,
      allocationBps: Number.POSITIVE_INFINITY,
      challengesPerSecond: 1_000,
      bindingsPerSecond: 1_000,
    },
    defaultLifetimeS: options.lifetimeS ?? 600,
    nonceLifetimeS: (options.nonceLifetimeMs ?? 3_600_000) / 1_000,
    relayToRelay: 'hairpin',
    behaviourDiscovery: options.otherAddress !== undefined,
    alternateServer: options.alternate,
    ...options.settings,
  };
}

/** The TURN server on a virtual host: UDP, TCP, relays of both kinds. */
export class VirtualTurnServer implements PacketSink, TurnServerOutputs {
  core: TurnServer;
  /** What it was asked, by method, authentic or not. */
  readonly asked: number[] = [];
  readonly events: TurnServerEvent[] = [];
  readonly closed: CloseReason[] = [];
  /** While true it says nothing. */
  isSilent = false;
  relayedPackets = 0;
  private readonly settings: TurnServerSettings;
  private readonly port: number;
  private readonly endpoint = new IpEndpoint();
  /** Where it listens, to do so again. */
  private readonly places: { readonly transport: 'udp' | 'tcp'; readonly address: string; readonly port: number }[] = [];
  private readonly listenerSockets: (DatagramSocket | undefined)[] = [];
  private readonly streamListeners: StreamListener[] = [];
  private readonly relaySockets = new Map<number, DatagramSocket>();
  private readonly relayListeners = new Map<number, StreamListener>();
  private readonly streams: StreamSocket[] = [];
  private readonly peerStreams = new Map<number, StreamSocket>();
  /** What peers sent before the client bound their connection: virtual streams cannot be paused. */
  private readonly early = new Map<number, Uint8Array[]>();
  private frame = new Uint8Array(2_048);
  private starts = 0;
  private cancelTimer = (): void => {};

  constructor(
    readonly host: VirtualHost,
    readonly address: string,
    private readonly options: VirtualTurnOptions = {},
  ) {
    this.port = options.port ?? 3478;
    this.settings = virtualTurnSettings(address, options);
    this.core = this.start();
    const addresses = options.otherAddress === undefined ? [address] : [address, options.otherAddress];
    const ports = options.otherAddress === undefined ? [this.port] : [this.port, this.port + 1];
    for (const one of addresses) for (const port of ports) this.listen(one, port);
  }

  /** The process is killed: sockets and connections close, and it knows nothing any more. */
  down(): void {
    this.cancelTimer();
    for (const socket of [...this.listenerSockets, ...this.relaySockets.values()]) socket?.close();
    for (const listener of [...this.streamListeners, ...this.relayListeners.values()]) listener.close();
    for (const stream of [...this.streams, ...this.peerStreams.values()]) {
      stream.receiver = undefined;
      stream.close();
    }
    this.listenerSockets.length = this.streamListeners.length = this.streams.length = 0;
    for (const held of [this.relaySockets, this.relayListeners, this.peerStreams, this.early]) held.clear();
    this.core = this.start();
  }

  /** It is started again, and listens where it did. */
  async up(): Promise<void> {
    const listening: Promise<void>[] = [];
    for (const { transport, address, port } of this.places.splice(0)) {
      if (transport === 'udp') this.listen(address, port);
      else listening.push(this.listenTcp(address));
    }
    await Promise.all(listening);
  }

  get allocations(): ReadonlyMap<number, AllocationSnapshot> {
    return new Map([...this.core.allocations()].map((allocation) => [allocation.id, allocation]));
  }

  /** As after a restart: the clients are not told. */
  forget(): void {
    for (const { id } of this.core.allocations()) this.core.end(this.now, id);
    this.settle();
  }

  /** Accepts UDP at one more address. */
  listen(address: string, port: number): Listener {
    const listener = this.addListener('udp', address, port);
    this.places.push({ transport: 'udp', address, port });
    const socket = this.host.bindDatagram(address, port);
    this.listenerSockets[listener.id] = socket;
    socket.receiver = {
      datagram: (bytes, path) => {
        if (this.isSilent || !this.endpoint.setText(path.remoteAddress, path.remotePort)) return;
        this.note(bytes);
        this.core.receive(this.now, listener, this.endpoint, bytes, 0, bytes.length);
      },
      settled: () => this.settle(),
    };
    return listener;
  }

  /** Accepts TCP connections as well. */
  async listenTcp(address = this.address): Promise<void> {
    const listener = this.addListener('tcp', address, this.port);
    this.places.push({ transport: 'tcp', address, port: this.port });
    const accept = (stream: StreamSocket): void => this.serve(listener, stream);
    this.streamListeners.push(await this.host.listenStream({ address, port: this.port }, accept));
  }

  /** Lets something be done to the core, and does what comes of it. */
  do(action: (core: TurnServer, now: Instant) => void): void {
    action(this.core, this.now);
    this.settle();
  }

  private get now(): Instant {
    return this.host.clock.now();
  }

  private start(): TurnServer {
    const random = new SeededRandom(this.port + 65_536 * this.starts++);
    const core = new TurnServer(this.settings, this, { crypto: nodeCrypto, random, log: SILENT_LOG });
    if (this.options.alternate) core.startDraining();
    return core;
  }

  private addListener(transport: ClientTransport, address: string, port: number): Listener {
    const endpoint = IpEndpoint.of(address, port);
    if (!endpoint) throw new Error(`${address} is no IP address`);
    return this.core.addListener(transport, endpoint);
  }

  private note(bytes: Uint8Array): void {
    const isRequest = bytes[0]! < 0x40 && (bytes[0]! & 1) === 0 && (bytes[1]! & 0x10) === 0;
    if (isRequest) this.asked.push(bytes[1]!);
  }

  private serve(listener: Listener, stream: StreamSocket): void {
    const remote = IpEndpoint.of(stream.path.remoteAddress, stream.path.remotePort)!;
    const path = this.core.openClient(this.now, listener, remote);
    path.driverSlot = this.streams.push(stream) - 1;
    stream.receiver = {
      data: (bytes) => {
        if (this.isSilent) return;
        this.core.receiveFromClient(this.now, path, bytes, 0, bytes.length);
        this.settle();
      },
      closed: () => this.do((core, now) => core.clientClosed(now, path)),
    };
    this.settle();
  }

  private settle(): void {
    this.core.drain(this);
    this.cancelTimer();
    const { deadline } = this.core;
    if (deadline !== NEVER)
      this.cancelTimer = this.host.clock.schedule(deadline, () => this.do((core, now) => core.advance(now)));
  }

  // --- packets ---

  toPeer(relay: Relay, peer: Peer, bytes: Uint8Array, offset: number, length: number): void {
    this.relayedPackets += 1;
    const socket = this.relaySockets.get(relay.id)!;
    const { address, port } = peer.endpoint;
    socket.send(bytes.subarray(offset, offset + length), socket.pathTo(address, port));
  }

  toChannel(path: ClientPath, channel: number, bytes: Uint8Array, offset: number, length: number): void {
    this.relayedPackets += 1;
    const isPadded = path.transport === 'tcp';
    const size = sizeOfChannelData(length, isPadded);
    if (size > this.frame.length) this.frame = new Uint8Array(size);
    encodeChannelData(channel, bytes.subarray(offset, offset + length), isPadded, this.frame);
    this.transmit(this.frame.subarray(0, size), path);
  }

  toClient(path: ClientPath, bytes: Uint8Array, offset: number, length: number): void {
    this.relayedPackets += 1;
    this.transmit(bytes.subarray(offset, offset + length), path);
  }

  // --- everything else ---

  transmit(bytes: Uint8Array, path: ClientPath): void {
    if (this.isSilent) return;
    if (path.transport === 'tcp') return this.streams[path.driverSlot]?.write(bytes);
    const socket = this.listenerSockets[path.listener.id]!;
    socket.send(bytes, socket.pathTo(path.remote.address, path.remote.port));
  }

  openRelay(relay: Relay): void {
    const { address, port } = relay.local;
    if (relay.transport === 'tcp') return void this.listenForPeers(relay);
    try {
      const socket = this.host.bindDatagram(address, port);
      const peer = new IpEndpoint();
      socket.receiver = {
        datagram: (bytes, path) => {
          if (this.isSilent || !peer.setText(path.remoteAddress, path.remotePort)) return;
          this.core.receiveFromPeer(this.now, relay, peer, bytes, 0, bytes.length);
        },
        settled: () => this.settle(),
      };
      this.relaySockets.set(relay.id, socket);
      this.core.relayOpened(this.now, relay);
    } catch {
      this.core.relayFailed(this.now, relay); // the port is taken: that is what it says
    }
  }

  closeRelay(relay: Relay): void {
    this.relaySockets.get(relay.id)?.close();
    this.relaySockets.delete(relay.id);
    this.relayListeners.get(relay.id)?.close();
    this.relayListeners.delete(relay.id);
  }

  connectPeer(connection: PeerConnection): void {
    const { address, port } = connection.peer.endpoint;
    this.host.openStream({ address, port, localAddress: connection.relay.local.address }).then(
      (stream) => this.hold(connection, stream, (core, now) => core.peerConnected(now, connection)),
      () => this.do((core, now) => core.peerFailed(now, connection)),
    );
  }

  closePeer(connection: PeerConnection): void {
    this.peerStreams.get(connection.id)?.close();
    this.peerStreams.delete(connection.id);
  }

  splice(connection: PeerConnection, path: ClientPath): void {
    const client = this.streams[path.driverSlot]!;
    const peer = this.peerStreams.get(connection.id)!;
    client.receiver = {
      data: (bytes) => {
        this.core.meterStream(this.now, connection, 'sent', bytes.length);
        peer.write(bytes);
      },
      closed: () => this.do((core, now) => core.clientClosed(now, path)),
    };
    const early = this.early.get(connection.id) ?? [];
    this.early.delete(connection.id);
    const toClient = (bytes: Uint8Array): void => {
      this.core.meterStream(this.now, connection, 'received', bytes.length);
      client.write(bytes);
    };
    early.forEach(toClient);
    peer.receiver = { data: toClient, closed: () => this.do((core, now) => core.peerClosed(now, connection)) };
  }

  closeClient(path: ClientPath, reason: CloseReason): void {
    this.closed.push(reason);
    this.streams[path.driverSlot]?.close();
  }

  event(event: TurnServerEvent): void {
    this.events.push(event);
  }

  private hold(connection: PeerConnection, stream: StreamSocket, then: (core: TurnServer, now: Instant) => void): void {
    const early: Uint8Array[] = [];
    this.early.set(connection.id, early);
    this.peerStreams.set(connection.id, stream);
    stream.receiver = {
      data: (bytes) => early.push(new Uint8Array(bytes)),
      closed: () => this.do((core, now) => core.peerClosed(now, connection)),
    };
    this.do(then);
  }

  private async listenForPeers(relay: Relay): Promise<void> {
    const { address, port } = relay.local;
    const listener = await this.host.listenStream({ address, port }, (stream) => {
      const remote = IpEndpoint.of(stream.path.remoteAddress, stream.path.remotePort)!;
      const connection = this.core.peerAccepted(this.now, relay, remote);
      if (connection) this.hold(connection, stream, () => {});
      else stream.close();
    });
    this.relayListeners.set(relay.id, listener);
    this.do((core, now) => core.relayOpened(now, relay));
  }
}
