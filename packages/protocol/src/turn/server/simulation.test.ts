import { VirtualNetwork } from '@maru/netsim';
import { nodeCrypto } from '@maru/node';
import { describe, expect, test } from 'vitest';
import { Malformed, NEVER, SeededRandom, SILENT_LOG, type StreamSocket } from '../../core/index.js';
import {
  ConnectionId,
  decodeStunMessage,
  LongTermAuth,
  newTransactionId,
  RequestedTransport,
  StreamFramer,
  StunEncoder,
  type StunMessage,
  StunMethod,
  stunFrameSize,
  XorMappedAddress,
  XorPeerAddress,
  XorRelayedAddress,
} from '../../stun/index.js';
import { TurnClient, type TurnEvent } from '../client.js';
import { type VirtualTurnOptions, VirtualTurnServer } from '../testing/virtual-turn-server.js';

const SERVER = '203.0.113.10';
const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function world(options: VirtualTurnOptions = {}, seed = 1) {
  const network = new VirtualNetwork({ seed });
  const host = network.addHost('turn', { addresses: [SERVER, '2001:db8::10'] });
  const server = new VirtualTurnServer(host, SERVER, { relayAddress6: '2001:db8::10', ...options });
  return { network, server };
}

/** A client of ours on a virtual host, by UDP or TCP. */
class End {
  readonly events: TurnEvent[] = [];
  readonly received: string[] = [];
  readonly client: TurnClient;
  private write: (bytes: Uint8Array) => void = () => {};
  private cancel = (): void => {};

  constructor(
    readonly network: VirtualNetwork,
    readonly name: string,
    readonly address: string,
    readonly transport: 'datagram' | 'stream' = 'datagram',
    loss = 0,
  ) {
    const context = { crypto: nodeCrypto, random: new SeededRandom(address.length + name.length), log: SILENT_LOG };
    this.client = new TurnClient({ username: 'user', password: 'pass', transport, families: 'both' }, context);
    this.host = network.addHost(name, { addresses: [address], up: { delayMs: 10, loss } });
  }

  readonly host;

  async open(server = SERVER): Promise<this> {
    if (this.transport === 'datagram') {
      const socket = this.host.bindDatagram(this.address);
      const path = socket.pathTo(server, 3_478);
      this.write = (bytes) => socket.send(bytes, path);
      socket.receiver = { datagram: (bytes) => this.take(this.client.receive(this.now, bytes)), settled: () => this.settle() };
    } else {
      const opening = this.host.openStream({ address: server, port: 3_478 });
      await this.network.clock.runAsync(100, flush);
      const stream = await opening;
      this.write = (bytes) => stream.write(bytes);
      stream.receiver = {
        data: (bytes) => {
          this.client.receiveStream(this.now, bytes, (data) => this.take(data));
          this.settle();
        },
        closed: () => {},
      };
    }
    this.client.start(this.now);
    this.settle();
    return this;
  }

  get relayed(): { address: string; port: number } {
    const event = this.events.find(({ type }) => type === 'allocated');
    if (event?.type !== 'allocated') throw new Error(`${this.name} has no allocation`);
    return { address: event.relayedAddress, port: event.relayedPort };
  }

  permit(peer: { address: string; port: number }, isHot: boolean): void {
    this.client.permit(this.now, this.client.peerOf(peer.address, peer.port), isHot);
    this.settle();
  }

  send(text: string, peer: { address: string; port: number }): void {
    this.client.send(bytesOf(text), peer, { transmit: (bytes) => this.write(bytes) });
  }

  private get now(): number {
    return this.network.clock.now();
  }

  private take(data: { readonly bytes: Uint8Array } | undefined): void {
    if (data) this.received.push(textOf(data.bytes));
  }

  private settle(): void {
    this.client.drain({ transmit: (bytes) => this.write(bytes), event: (event) => this.events.push(event) });
    this.cancel();
    const { deadline } = this.client;
    if (deadline === NEVER) return;
    this.cancel = this.network.clock.schedule(deadline, () => {
      this.client.advance(this.now);
      this.settle();
    });
  }
}

describe('two clients of one server, by relays alone', () => {
  test.each([
    ['datagram', 'datagram'],
    ['stream', 'datagram'],
    ['stream', 'stream'],
  ] as const)('talk (%s and %s), for an hour, by indications and by channels', async (left, right) => {
    const { network, server } = world();
    await server.listenTcp();
    const a = await new End(network, 'a', '198.51.100.1', left).open();
    const b = await new End(network, 'bob', '198.51.100.2', right).open();
    await network.clock.runAsync(200, flush);
    for (const isHot of [false, true]) {
      a.permit(b.relayed, isHot);
      b.permit(a.relayed, isHot);
      await network.clock.runAsync(200, flush);
      for (const size of [1, 2, 3, 1_200]) a.send('x'.repeat(size), b.relayed);
      b.send('back', a.relayed);
      await network.clock.runAsync(200, flush);
    }
    const xs = [1, 2, 3, 1_200].map((size) => 'x'.repeat(size));
    expect([b.received, a.received]).toEqual([
      [...xs, ...xs],
      ['back', 'back'],
    ]);
    network.clock.run(3_600_000);
    a.send('an hour later', b.relayed);
    network.clock.run(100);
    expect(b.received.at(-1)).toBe('an hour later');
  });

  test('over IPv6 as over IPv4', async () => {
    const { network, server } = world();
    server.listen('2001:db8::10', 3_478);
    const a = await new End(network, 'a', '2001:db8::1').open('2001:db8::10');
    const b = await new End(network, 'bob', '198.51.100.2').open();
    network.clock.run(200);
    const six = b.events.flatMap((event) =>
      event.type === 'allocated' && event.relayedAddress.includes(':') ? [event] : [],
    )[0]!;
    const peer = { address: six.relayedAddress, port: six.relayedPort };
    const mine = a.events.flatMap((event) =>
      event.type === 'allocated' && event.relayedAddress.includes(':') ? [event] : [],
    )[0]!;
    a.permit(peer, true);
    b.permit({ address: mine.relayedAddress, port: mine.relayedPort }, true);
    network.clock.run(200);
    a.send('six', peer);
    network.clock.run(100);
    expect(b.received).toEqual(['six']);
  });
});

test('a call goes on unharmed while 100,000 strangers ask (S-07)', async () => {
  const { network, server } = world({ settings: {} });
  const a = await new End(network, 'a', '198.51.100.1').open();
  const echo = network.addHost('peer', { addresses: ['198.51.100.9'] }).bindDatagram('198.51.100.9', 7);
  echo.receiver = { datagram: (bytes, path) => echo.send(bytes, path), settled() {} };
  network.clock.run(100);
  const peer = { address: '198.51.100.9', port: 7 };
  a.permit(peer, true);
  network.clock.run(100);
  const attacker = network.addHost('attacker', { addresses: ['192.0.2.66'] });
  const request = new StunEncoder()
    .start('request', StunMethod.allocate, new Uint8Array(12))
    .add(RequestedTransport, 17)
    .finish()
    .slice();
  for (let round = 0; round < 100; round++) {
    for (let i = 0; i < 100; i++) {
      const socket = attacker.bindDatagram('192.0.2.66', 1_024 + ((100 * round + i) % 50_000));
      socket.send(request, socket.pathTo(SERVER, 3_478));
      socket.close();
    }
    a.send(`packet ${round}`, peer);
    network.clock.run(20);
  }
  network.clock.run(500);
  expect(a.received).toEqual(Array.from({ length: 100 }, (_, round) => `packet ${round}`));
  expect([server.allocations.size, server.core.statistics.openClients]).toEqual([1, 0]);
});

test('a loop of allocations is none: a relay is no way to the server, nor to itself (S-13)', async () => {
  const { network, server } = world();
  const a = await new End(network, 'a', '198.51.100.1').open();
  network.clock.run(100);
  const self = a.relayed;
  a.permit(self, true);
  a.permit({ address: SERVER, port: 3_478 }, true);
  network.clock.run(200);
  const before = server.relayedPackets;
  a.send('to myself', self);
  a.send('to the server', { address: SERVER, port: 3_478 });
  network.clock.run(5_000);
  expect([a.received, server.relayedPackets]).toEqual([[], before]);
});

/** A client of RFC 6062, which our own is not: requests over one stream, data over others. */
class TcpRelayClient {
  readonly messages: StunMessage[] = [];
  readonly data: string[] = [];
  private readonly auth = new LongTermAuth('user', 'pass', nodeCrypto);
  private readonly framer = new StreamFramer(stunFrameSize, 65_555);
  private isRaw = false;

  constructor(
    readonly stream: StreamSocket,
    private readonly network: VirtualNetwork,
  ) {
    stream.receiver = { data: (bytes) => this.take(bytes), closed: () => {} };
  }

  async ask(method: number, fill: (encoder: StunEncoder) => void): Promise<StunMessage> {
    for (let tries = 0; tries < 2; tries++) {
      const before = this.messages.length;
      const encoder = new StunEncoder().start('request', method, newTransactionId(this.network.random));
      fill(encoder);
      this.auth.sign(encoder);
      this.stream.write(encoder.finish());
      await this.network.clock.runAsync(300, flush);
      const answer = this.messages.slice(before).find(({ messageClass }) => messageClass !== 'indication');
      if (!answer) throw new Error('no answer');
      if (answer.messageClass === 'success' || this.auth.onChallenge(answer) === 'give-up') return answer;
    }
    throw new Error('challenged twice');
  }

  private take(bytes: Uint8Array): void {
    if (this.isRaw) return void this.data.push(textOf(bytes));
    this.framer.feed(bytes, (frame) => {
      const message = decodeStunMessage(new Uint8Array(frame));
      if (message instanceof Malformed) return;
      this.messages.push(message);
      this.isRaw = message.method === StunMethod.connectionBind && message.messageClass === 'success'; // what follows is a peer's
    });
  }
}

test('TCP peers are reached, and reach back, through TCP relays (RFC 6062)', async () => {
  const { network, server } = world();
  await server.listenTcp();
  const host = network.addHost('client', { addresses: ['198.51.100.1'], up: { delayMs: 5 } });
  const peerHost = network.addHost('peer', { addresses: ['198.51.100.9'] });
  const connected = async (): Promise<TcpRelayClient> => {
    const opening = host.openStream({ address: SERVER, port: 3_478 });
    await network.clock.runAsync(100, flush);
    return new TcpRelayClient(await opening, network);
  };
  await peerHost.listenStream({ address: '198.51.100.9', port: 80 }, (stream) => {
    stream.receiver = { data: (bytes) => stream.write(bytesOf(`echo ${textOf(bytes)}`)), closed() {} };
  });
  const control = await connected();
  const allocation = await control.ask(StunMethod.allocate, (encoder) => encoder.add(RequestedTransport, 6));
  expect(allocation.value(XorMappedAddress)?.address).toBe('198.51.100.1');
  const peer = { address: '198.51.100.9', port: 80 };
  await control.ask(StunMethod.createPermission, (encoder) => encoder.add(XorPeerAddress, peer));
  const carry = async (id: number): Promise<TcpRelayClient> => {
    const carrier = await connected();
    const bound = await carrier.ask(StunMethod.connectionBind, (encoder) => encoder.add(ConnectionId, id));
    expect(bound.messageClass).toBe('success');
    return carrier;
  };
  const answer = await control.ask(StunMethod.connect, (encoder) => encoder.add(XorPeerAddress, peer));
  const outgoing = await carry(answer.value(ConnectionId)!);
  outgoing.stream.write(bytesOf('hello'));
  await network.clock.runAsync(200, flush);
  expect(outgoing.data).toEqual(['echo hello']);
  const relayed = allocation.value(XorRelayedAddress)!;
  const opening = peerHost.openStream(relayed);
  await network.clock.runAsync(200, flush);
  const incoming = await opening;
  incoming.write(bytesOf('from outside'));
  await network.clock.runAsync(200, flush);
  const attempt = control.messages.find(({ method }) => method === StunMethod.connectionAttempt)!;
  const accepted = await carry(attempt.value(ConnectionId)!);
  await network.clock.runAsync(200, flush);
  expect(accepted.data.join('')).toBe('from outside');
  control.stream.close();
  await network.clock.runAsync(500, flush);
  expect([server.allocations.size, server.core.statistics.openClients, server.host.openHandles]).toEqual([0, 0, 2]);
});
