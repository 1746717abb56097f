import { nodeCrypto } from '@maru/node';
import { type Instant, Malformed, SeededRandom, SILENT_LOG } from '../../../core/index.js';
import {
  ChannelNumber,
  Data,
  decodeStunMessage,
  ErrorCode,
  LongTermAuth,
  newTransactionId,
  RequestedTransport,
  StunEncoder,
  type StunMessage,
  StunMethod,
  XorPeerAddress,
  XorRelayedAddress,
} from '../../../stun/index.js';
import {
  type ClientPath,
  type ClientTransport,
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  IpEndpoint,
  type Listener,
  type PacketSink,
  type Peer,
  type PeerConnection,
  PeerPolicy,
  type Relay,
  StaticCredentials,
  TurnServer,
  type TurnServerEvent,
  type TurnServerOutputs,
  type TurnServerSettings,
} from '../index.js';

export const RELAY_ADDRESS = '9.9.9.9';
export const RELAY_ADDRESS6 = '2a00:9::9';
export const SERVER_ADDRESS = '9.9.9.1';

export const USERS = [
  { username: 'ada', password: 'countess' },
  { username: 'bob', password: 'builder' },
];

/** Settings with a policy of none but the default, IPv4 and IPv6 relays, and little in the way. */
export function testSettings(over: Partial<TurnServerSettings> = {}): TurnServerSettings {
  return {
    ...DEFAULT_SETTINGS,
    realm: 'maru.test',
    credentials: new StaticCredentials(USERS, nodeCrypto),
    peerPolicy: PeerPolicy.of(),
    relayAddresses: [RELAY_ADDRESS, RELAY_ADDRESS6].map((address) => ({ address, firstPort: 50_000, lastPort: 50_999 })),
    limits: { ...DEFAULT_LIMITS, challengesPerSecond: 60_000, bindingsPerSecond: 60_000 },
    ...over,
  };
}

export function endpoint(address: string, port: number): IpEndpoint {
  const found = IpEndpoint.of(address, port);
  if (!found) throw new Error(`${address} is no IP address`);
  return found;
}

/** What left by a relay or reached a client: one relayed packet. */
export interface Relayed {
  readonly to: 'peer' | 'channel' | 'client';
  readonly address: string;
  readonly port: number;
  readonly channel: number;
  readonly bytes: Uint8Array;
}

/** A server on a table: no network, relays open at once, everything that it says written down. */
export class TableDriver implements PacketSink, TurnServerOutputs {
  now: Instant = 1_000_000;
  readonly settings: TurnServerSettings;
  readonly server: TurnServer;
  readonly relayed: Relayed[] = [];
  readonly sent: { readonly bytes: Uint8Array; readonly path: ClientPath }[] = [];
  readonly events: TurnServerEvent[] = [];
  readonly openRelays = new Set<Relay>();
  readonly connecting: PeerConnection[] = [];
  readonly closedPeers: PeerConnection[] = [];
  readonly spliced: PeerConnection[] = [];
  readonly closedClients: { readonly path: ClientPath; readonly reason: string }[] = [];
  readonly listeners = new Map<ClientTransport, Listener>();
  /** So many relays cannot be bound. */
  failingRelays = 0;
  /** Ports that somebody else has. */
  readonly foreignPorts = new Set<number>();
  private readonly random = new SeededRandom(7);

  constructor(settings: Partial<TurnServerSettings> = {}) {
    const context = { crypto: nodeCrypto, random: new SeededRandom(1), log: SILENT_LOG };
    this.settings = testSettings(settings);
    this.server = new TurnServer(this.settings, this, context);
    for (const transport of ['udp', 'tcp', 'tls', 'dtls'] as const)
      this.listeners.set(transport, this.server.addListener(transport, endpoint(SERVER_ADDRESS, 3_478)));
  }

  client(address: string, port: number, username = 'ada', transport: ClientTransport = 'udp', password?: string): TableClient {
    const secret = password ?? USERS.find((user) => user.username === username)?.password ?? '';
    return new TableClient(this, endpoint(address, port), transport, new LongTermAuth(username, secret, nodeCrypto));
  }

  /** Lets `ms` pass. */
  pass(ms: number): void {
    this.now += ms;
    this.server.advance(this.now);
    this.settle();
  }

  settle(): void {
    this.server.drain(this);
  }

  newId(): Uint8Array {
    return newTransactionId(this.random);
  }

  fromPeer(relay: Relay, address: string, port: number, bytes: Uint8Array): void {
    this.server.receiveFromPeer(this.now, relay, endpoint(address, port), bytes, 0, bytes.length);
    this.settle();
  }

  toPeer(_relay: Relay, peer: Peer, bytes: Uint8Array, offset: number, length: number): void {
    this.keep('peer', peer.endpoint, 0, bytes, offset, length);
  }

  toChannel(path: ClientPath, channel: number, bytes: Uint8Array, offset: number, length: number): void {
    this.keep('channel', path.remote, channel, bytes, offset, length);
  }

  toClient(path: ClientPath, bytes: Uint8Array, offset: number, length: number): void {
    this.keep('client', path.remote, 0, bytes, offset, length);
  }

  transmit(bytes: Uint8Array, path: ClientPath): void {
    this.sent.push({ bytes: new Uint8Array(bytes), path });
  }

  openRelay(relay: Relay): void {
    if (this.foreignPorts.has(relay.relayed.port)) return this.server.relayFailed(this.now, relay);
    if (this.failingRelays > 0) {
      this.failingRelays -= 1;
      return this.server.relayFailed(this.now, relay);
    }
    this.openRelays.add(relay);
    this.server.relayOpened(this.now, relay);
  }

  closeRelay(relay: Relay): void {
    this.openRelays.delete(relay);
  }

  connectPeer(connection: PeerConnection): void {
    this.connecting.push(connection);
  }

  closePeer(connection: PeerConnection): void {
    this.closedPeers.push(connection);
  }

  splice(connection: PeerConnection): void {
    this.spliced.push(connection);
  }

  closeClient(path: ClientPath, reason: string): void {
    this.closedClients.push({ path, reason });
  }

  event(event: TurnServerEvent): void {
    this.events.push(event);
  }

  private keep(
    to: Relayed['to'],
    { address, port }: IpEndpoint,
    channel: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.relayed.push({ to, address, port, channel, bytes: bytes.slice(offset, offset + length) });
  }
}

/** A client that says exactly what it is told to, over any transport. */
export class TableClient {
  path: ClientPath | undefined;

  constructor(
    readonly driver: TableDriver,
    readonly remote: IpEndpoint,
    readonly transport: ClientTransport,
    public auth: LongTermAuth,
  ) {
    const listener = driver.listeners.get(transport)!;
    if (transport !== 'udp') this.path = driver.server.openClient(driver.now, listener, remote);
  }

  /** Gives bytes to the server, in poisoned memory with a margin. */
  raw(bytes: Uint8Array): void {
    const { driver, path, remote, transport } = this;
    const slab = new Uint8Array(bytes.length + 64).fill(0xdb);
    slab.set(bytes, 32);
    if (path) driver.server.receiveFromClient(driver.now, path, slab, 32, bytes.length);
    else driver.server.receive(driver.now, driver.listeners.get(transport)!, remote, slab, 32, bytes.length);
    slab.fill(0xdb);
    driver.settle();
  }

  /** One request as it is, and its answer if there is one at once. */
  ask(method: number, fill: (encoder: StunEncoder) => void, signs = true, id = this.driver.newId()): StunMessage | undefined {
    const encoder = new StunEncoder().start('request', method, id);
    fill(encoder);
    if (signs) this.auth.sign(encoder);
    const before = this.driver.sent.length;
    this.raw(encoder.finish().slice());
    const answers = this.driver.sent.slice(before).map(({ bytes }) => decoded(bytes));
    return answers.find(({ messageClass }) => messageClass !== 'indication');
  }

  /** The same with a challenge answered on the way. */
  request(method: number, fill: (encoder: StunEncoder) => void, id?: Uint8Array): StunMessage | undefined {
    const answer = this.ask(method, fill, true, id);
    const code = answer?.value(ErrorCode)?.code;
    if (!answer || (code !== 401 && code !== 438) || this.auth.onChallenge(answer) === 'give-up') return answer;
    return this.ask(method, fill, true, id);
  }

  /** The code of an error, 0 for success, undefined for silence. */
  code(method: number, fill: (encoder: StunEncoder) => void): number | undefined {
    const answer = this.request(method, fill);
    return answer && (answer.messageClass === 'success' ? 0 : answer.value(ErrorCode)!.code);
  }

  /** An allocation, which must succeed; its relays. */
  allocate(fill: (encoder: StunEncoder) => void = () => {}, transport = 17): readonly Relay[] {
    const before = new Set(this.driver.openRelays);
    const answer = this.request(StunMethod.allocate, (encoder) => fill(encoder.add(RequestedTransport, transport)));
    if (answer?.messageClass !== 'success') throw new Error(`not allocated: ${JSON.stringify(answer?.value(ErrorCode))}`);
    if (answer.readAll(XorRelayedAddress).length === 0) throw new Error('no relayed address');
    return [...this.driver.openRelays].filter((relay) => !before.has(relay));
  }

  permit(address: string, port = 0): number | undefined {
    return this.code(StunMethod.createPermission, (encoder) => encoder.add(XorPeerAddress, { address, port }));
  }

  bind(channel: number, address: string, port: number): number | undefined {
    return this.code(StunMethod.channelBind, (encoder) =>
      encoder.add(ChannelNumber, channel).add(XorPeerAddress, { address, port }),
    );
  }

  send(address: string, port: number, data: Uint8Array): void {
    const encoder = new StunEncoder().start('indication', StunMethod.send, this.driver.newId());
    this.raw(encoder.add(XorPeerAddress, { address, port }).add(Data, data).finish().slice());
  }

  channelData(channel: number, data: Uint8Array): void {
    const bytes = new Uint8Array(4 + ((data.length + 3) & ~3));
    bytes.set([channel >> 8, channel & 0xff, data.length >> 8, data.length & 0xff]);
    bytes.set(data, 4);
    this.raw(bytes);
  }
}

export function decoded(bytes: Uint8Array): StunMessage {
  const message = decodeStunMessage(bytes);
  if (message instanceof Malformed) throw new Error(message.reason);
  return message;
}
