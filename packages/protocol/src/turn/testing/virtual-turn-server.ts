import type { VirtualHost } from '@maru/netsim';
import { nodeCrypto } from '@maru/node';
import { type DatagramSocket, type Instant, Malformed, type Path, type StreamSocket } from '../../core/index.js';
import {
  AdditionalAddressFamily,
  AlternateServer,
  ChangeRequest,
  ChannelNumber,
  checkIntegrity,
  checkIntegritySha256,
  Data,
  decodeStunMessage,
  ErrorCode,
  formatNonceCookie,
  Lifetime,
  longTermKey,
  Nonce,
  OtherAddress,
  PasswordAlgorithms,
  Realm,
  StreamFramer,
  StunEncoder,
  type StunMessage,
  StunMethod,
  type TransportAddress,
  Username,
  XorMappedAddress,
  XorPeerAddress,
  XorRelayedAddress,
} from '../../stun/index.js';
import {
  decodeChannelData,
  encodeChannelData,
  isChannelData,
  MAX_CHANNEL_DATA_BYTES,
  sizeOfChannelData,
  turnFrameSize,
} from '../channel-data.js';

export interface VirtualTurnOptions {
  readonly username?: string;
  readonly password?: string;
  readonly realm?: string;
  /** Offers SHA-256 keys, announced in the nonce. */
  readonly offersSha256?: boolean;
  /** After this a nonce is stale. */
  readonly nonceLifetimeMs?: number;
  readonly lifetimeS?: number;
  readonly quota?: number;
  /** Sends everybody there. */
  readonly alternate?: TransportAddress;
  /** Peers that it will not relay to. */
  readonly refusedPeers?: readonly string[];
  /** Where it relays from for IPv6. */
  readonly relayAddress6?: string;
  readonly port?: number;
  /** A second address of the host, for behaviour discovery (RFC 5780). */
  readonly otherAddress?: string;
}

const REALM = 'maru.test';

interface Client {
  readonly key: string;
  readonly isStream: boolean;
  readonly source: TransportAddress;
  send(bytes: Uint8Array): void;
}

class Allocation {
  readonly permissions = new Map<string, Instant>();
  readonly channels = new Map<number, TransportAddress>();
  expiresAt: Instant = 0;

  constructor(
    readonly client: Client,
    readonly sockets: readonly DatagramSocket[],
  ) {}

  channelOf({ address, port }: TransportAddress): number | undefined {
    for (const [channel, peer] of this.channels) if (peer.address === address && peer.port === port) return channel;
    return undefined;
  }
}

/** A small STUN and TURN server on a virtual host that behaves: RFC 8489 Binding, RFC 8656 over UDP and TCP, RFC 5780. */
export class VirtualTurnServer {
  /** What it was asked, by method, authentic or not. */
  readonly asked: number[] = [];
  readonly allocations = new Map<string, Allocation>();
  relayedPackets = 0;
  /** While true it says nothing. */
  isSilent = false;
  private readonly encoder = new StunEncoder();
  private readonly port: number;
  private readonly sockets = new Map<string, DatagramSocket>();

  constructor(
    readonly host: VirtualHost,
    readonly address: string,
    private readonly options: VirtualTurnOptions = {},
  ) {
    this.port = options.port ?? 3478;
    const addresses = options.otherAddress === undefined ? [address] : [address, options.otherAddress];
    const ports = options.otherAddress === undefined ? [this.port] : [this.port, this.port + 1];
    for (const one of addresses) for (const port of ports) this.listen(one, port);
  }

  /** Accepts TCP connections as well. */
  async listenTcp(): Promise<void> {
    await this.host.listenStream({ address: this.address, port: this.port }, (stream) => this.serve(stream));
  }

  private get now(): Instant {
    return this.host.clock.now();
  }

  private get realm(): string {
    return this.options.realm ?? REALM;
  }

  private listen(address: string, port: number): void {
    const socket = this.host.bindDatagram(address, port);
    this.sockets.set(`${address} ${port}`, socket);
    socket.receiver = {
      datagram: (bytes, path) => this.take(bytes, this.datagramClient(socket, path), socket),
      settled: () => socket.flush(),
    };
  }

  private datagramClient(socket: DatagramSocket, path: Path): Client {
    return {
      key: `udp ${path.remoteAddress} ${path.remotePort}`,
      isStream: false,
      source: { address: path.remoteAddress, port: path.remotePort },
      send: (bytes) => {
        socket.send(bytes, path);
        socket.flush();
      },
    };
  }

  private serve(stream: StreamSocket): void {
    const { remoteAddress, remotePort } = stream.path;
    const source = { address: remoteAddress, port: remotePort };
    const client: Client = {
      key: `tcp ${remoteAddress} ${remotePort}`,
      isStream: true,
      source,
      send: (bytes) => stream.write(bytes),
    };
    const framer = new StreamFramer(turnFrameSize, MAX_CHANNEL_DATA_BYTES);
    stream.receiver = {
      data: (bytes) => framer.feed(bytes, (frame) => this.take(frame, client, undefined)),
      closed: () => this.release(client),
    };
  }

  private take(bytes: Uint8Array, client: Client, socket: DatagramSocket | undefined): void {
    if (this.isSilent) return;
    if (isChannelData(bytes)) return this.onChannelData(bytes, client);
    const message = decodeStunMessage(bytes);
    if (message instanceof Malformed) return;
    if (message.messageClass === 'indication') return this.onIndication(message, client);
    if (message.messageClass !== 'request') return;
    this.asked.push(message.method);
    if (message.method === StunMethod.binding) return this.onBinding(message, client, socket);
    const key = this.authenticate(message, client);
    if (key) this.onRequest(message, client, key);
  }

  private onBinding(message: StunMessage, client: Client, socket: DatagramSocket | undefined): void {
    this.encoder.start('success', message.method, message.transactionId).add(XorMappedAddress, client.source);
    const { otherAddress } = this.options;
    if (otherAddress === undefined || !socket) return client.send(this.encoder.fingerprint().finish());
    const isFirst = socket.localAddress === this.address;
    const otherPort = socket.localPort === this.port ? this.port + 1 : this.port;
    this.encoder.add(OtherAddress, { address: isFirst ? otherAddress : this.address, port: otherPort });
    const change = message.value(ChangeRequest);
    const fromAddress = change?.changeIp ? (isFirst ? otherAddress : this.address) : socket.localAddress;
    const from = this.sockets.get(`${fromAddress} ${change?.changePort ? otherPort : socket.localPort}`) ?? socket;
    from.send(this.encoder.fingerprint().finish(), from.pathTo(client.source.address, client.source.port));
    from.flush();
  }

  private authenticate(message: StunMessage, client: Client): Uint8Array | undefined {
    const { username = 'user', password = 'pass', offersSha256 = false, nonceLifetimeMs = 3_600_000 } = this.options;
    const key = longTermKey(offersSha256 ? 'sha-256' : 'md5', username, this.realm, password, nodeCrypto);
    const check = (offersSha256 ? checkIntegritySha256 : checkIntegrity)(message, key, nodeCrypto);
    if (check !== 'valid' || message.value(Username) !== username) return this.challenge(message, client, 401);
    const issuedAt = Number(message.value(Nonce)?.split('-').at(-1));
    if (!(this.now - issuedAt < nonceLifetimeMs)) return this.challenge(message, client, 438);
    return key;
  }

  private challenge(message: StunMessage, client: Client, code: number): undefined {
    const { offersSha256 = false } = this.options;
    const cookie = offersSha256 ? formatNonceCookie({ passwordAlgorithms: true, usernameAnonymity: false }) : '';
    this.encoder
      .start('error', message.method, message.transactionId)
      .add(ErrorCode, { code, reason: code === 438 ? 'Stale Nonce' : 'Unauthorized' })
      .add(Realm, this.realm)
      .add(Nonce, `${cookie}-${this.now}`);
    if (offersSha256)
      this.encoder.add(PasswordAlgorithms, [
        { algorithm: 2, parameters: new Uint8Array(0) },
        { algorithm: 1, parameters: new Uint8Array(0) },
      ]);
    client.send(this.encoder.finish());
    return undefined;
  }

  private onRequest(message: StunMessage, client: Client, key: Uint8Array): void {
    const allocation = this.allocations.get(client.key);
    if (message.method === StunMethod.allocate) return this.onAllocate(message, client, key, allocation);
    if (!allocation || this.now >= allocation.expiresAt) return this.refuse(message, client, key, 437);
    switch (message.method) {
      case StunMethod.refresh:
        return this.onRefresh(message, allocation, key);
      case StunMethod.createPermission:
        return this.onPermission(message, allocation, key);
      case StunMethod.channelBind:
        return this.onChannelBind(message, allocation, key);
      default:
        return this.refuse(message, client, key, 400);
    }
  }

  private onAllocate(message: StunMessage, client: Client, key: Uint8Array, existing: Allocation | undefined): void {
    const { alternate, quota = Number.POSITIVE_INFINITY, relayAddress6 } = this.options;
    if (alternate) {
      this.encoder
        .start('error', message.method, message.transactionId)
        .add(ErrorCode, { code: 300, reason: 'Try Alternate' })
        .add(AlternateServer, alternate);
      return this.finish(client, key);
    }
    if (existing) return this.refuse(message, client, key, 437);
    if (this.allocations.size >= quota) return this.refuse(message, client, key, 486);
    const sockets = [this.host.bindDatagram(this.address)];
    if (message.has(AdditionalAddressFamily) && relayAddress6 !== undefined) sockets.push(this.host.bindDatagram(relayAddress6));
    const allocation = new Allocation(client, sockets);
    allocation.expiresAt = this.now + 1_000 * (this.options.lifetimeS ?? 600);
    for (const socket of sockets)
      socket.receiver = {
        datagram: (bytes, path) => this.onPeerData(allocation, bytes, path),
        settled: () => {},
      };
    this.allocations.set(client.key, allocation);
    this.encoder.start('success', message.method, message.transactionId);
    for (const { localAddress, localPort } of sockets)
      this.encoder.add(XorRelayedAddress, { address: localAddress, port: localPort });
    this.encoder.add(XorMappedAddress, client.source).add(Lifetime, this.options.lifetimeS ?? 600);
    this.finish(client, key);
  }

  private onRefresh(message: StunMessage, allocation: Allocation, key: Uint8Array): void {
    const lifetime = message.value(Lifetime) === 0 ? 0 : (this.options.lifetimeS ?? 600);
    allocation.expiresAt = this.now + 1_000 * lifetime;
    if (lifetime === 0) this.release(allocation.client);
    this.encoder.start('success', message.method, message.transactionId).add(Lifetime, lifetime);
    this.finish(allocation.client, key);
  }

  private onPermission(message: StunMessage, allocation: Allocation, key: Uint8Array): void {
    for (const peer of message.readAll(XorPeerAddress)) {
      if (peer instanceof Malformed) return this.refuse(message, allocation.client, key, 400);
      if (this.options.refusedPeers?.includes(peer.address)) return this.refuse(message, allocation.client, key, 403);
      allocation.permissions.set(peer.address, this.now + 300_000);
    }
    this.encoder.start('success', message.method, message.transactionId);
    this.finish(allocation.client, key);
  }

  private onChannelBind(message: StunMessage, allocation: Allocation, key: Uint8Array): void {
    const channel = message.value(ChannelNumber);
    const peer = message.value(XorPeerAddress);
    if (channel === undefined || !peer) return this.refuse(message, allocation.client, key, 400);
    if (this.options.refusedPeers?.includes(peer.address)) return this.refuse(message, allocation.client, key, 403);
    allocation.channels.set(channel, peer);
    allocation.permissions.set(peer.address, this.now + 300_000);
    this.encoder.start('success', message.method, message.transactionId);
    this.finish(allocation.client, key);
  }

  private refuse(message: StunMessage, client: Client, key: Uint8Array, code: number): void {
    this.encoder.start('error', message.method, message.transactionId).add(ErrorCode, { code, reason: `error ${code}` });
    this.finish(client, key);
  }

  private finish(client: Client, key: Uint8Array): void {
    if (this.options.offersSha256) this.encoder.integritySha256(key, nodeCrypto);
    else this.encoder.integrity(key, nodeCrypto);
    client.send(this.encoder.finish());
  }

  private release(client: Client): void {
    for (const socket of this.allocations.get(client.key)?.sockets ?? []) socket.close();
    this.allocations.delete(client.key);
  }

  // --- relaying ---

  private onIndication(message: StunMessage, client: Client): void {
    const peer = message.value(XorPeerAddress);
    const data = message.value(Data);
    const allocation = this.allocations.get(client.key);
    if (message.method === StunMethod.send && peer && data && allocation) this.relay(allocation, data, peer);
  }

  private onChannelData(bytes: Uint8Array, client: Client): void {
    const message = decodeChannelData(bytes);
    const allocation = this.allocations.get(client.key);
    if (message instanceof Malformed || !allocation) return;
    const peer = allocation.channels.get(message.channel);
    if (peer) this.relay(allocation, message.data, peer);
  }

  private relay(allocation: Allocation, data: Uint8Array, peer: TransportAddress): void {
    if ((allocation.permissions.get(peer.address) ?? 0) <= this.now) return;
    const socket = allocation.sockets.find(({ localAddress }) => localAddress.includes(':') === peer.address.includes(':'));
    if (!socket) return;
    this.relayedPackets += 1;
    socket.send(data, socket.pathTo(peer.address, peer.port));
    socket.flush();
  }

  private onPeerData(allocation: Allocation, bytes: Uint8Array, path: Path): void {
    const peer = { address: path.remoteAddress, port: path.remotePort };
    if (this.isSilent || (allocation.permissions.get(peer.address) ?? 0) <= this.now) return;
    this.relayedPackets += 1;
    const channel = allocation.channelOf(peer);
    const { client } = allocation;
    if (channel === undefined) {
      this.encoder.start('indication', StunMethod.data, new Uint8Array(12)).add(XorPeerAddress, peer).add(Data, bytes);
      return client.send(this.encoder.finish());
    }
    const message = new Uint8Array(sizeOfChannelData(bytes.length, client.isStream));
    encodeChannelData(channel, bytes, client.isStream, message);
    client.send(message);
  }
}
