import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { driver, nodeCrypto, systemClock, systemRandom } from '@maru/node';
import { SILENT_LOG } from '@maru/protocol/core';
import { TurnClient, type TurnEvent } from '@maru/protocol/turn';
import {
  DEFAULT_SETTINGS,
  PeerPolicy,
  StaticCredentials,
  type TurnServerEvent,
  type TurnServerSettings,
} from '@maru/protocol/turn/server';
import { afterEach, describe, expect, test } from 'vitest';
import { SILENT } from '../../log/log.js';
import { testCertificate } from '../testing/certificate.js';
import { turnCertificate } from './certificate.js';
import { TurnEngine, type TurnEngineOptions } from './turn-engine.js';

const drivers = driver.name === 'native' ? (['node', 'native'] as const) : (['node'] as const);
const ACCOUNT = { username: 'ada', password: 'analytical engine' };

const SETTINGS: TurnServerSettings = {
  ...DEFAULT_SETTINGS,
  realm: 'test',
  credentials: new StaticCredentials([ACCOUNT], nodeCrypto),
  peerPolicy: PeerPolicy.of({ allowEndpoints: ['127.0.0.1:*', '[::1]:*'] }),
  relayAddresses: [
    { address: '127.0.0.1', firstPort: 20_000, lastPort: 31_999 },
    { address: '::1', firstPort: 20_000, lastPort: 31_999 },
  ],
};

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

interface World {
  readonly engine: TurnEngine;
  readonly events: TurnServerEvent[];
  port(transport: string): number;
}

async function start(name: 'node' | 'native', options: Partial<TurnEngineOptions> = {}, address = '127.0.0.1'): Promise<World> {
  const events: TurnServerEvent[] = [];
  const listeners = (['udp', 'tcp', 'tls'] as const).map((transport) => ({ transport, address, port: 0 }));
  const engine = await TurnEngine.open(
    { settings: SETTINGS, listeners, certificate: turnCertificate(await testCertificate()), driver: name, ...options },
    { clock: systemClock, random: systemRandom, log: SILENT, onEvent: (event) => events.push(event) },
  );
  endings.push(() => engine.close());
  return { engine, events, port: (transport) => engine.bound.find((one) => one.transport === transport)!.port };
}

/**
 * The first of `count` ports in a row that nobody has, and nobody takes before we do: below those that the system hands out by itself, and
 * below the relays of other tests, which run at the same time.
 */
async function freeRun(count: number): Promise<number> {
  for (let first = 8_000 + Math.floor(Math.random() * 10_000); ; first += count) {
    const sockets = Array.from({ length: count }, () => createSocket('udp4'));
    const bound = sockets.map((socket, i) => once(socket.bind(first + i, '127.0.0.1'), 'listening'));
    const areFree = await Promise.all(bound).then(
      () => true,
      () => false,
    );
    for (const socket of sockets) socket.close();
    if (areFree) return first;
  }
}

/** An end that echoes what it hears, turned round. */
async function echo(address: string): Promise<number> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').bind(0, address);
  await once(socket, 'listening');
  socket.on('message', (bytes, from) => socket.send(Buffer.from(bytes).reverse(), from.port, from.address));
  endings.push(() => socket.close());
  return socket.address().port;
}

/** Our own client over a real socket. */
class Client {
  readonly heard: string[] = [];
  private readonly turn: TurnClient;
  private readonly seen: TurnEvent[] = [];
  private wake: () => void = () => {};

  private constructor(
    isStream: boolean,
    private readonly write: (bytes: Uint8Array) => void,
    families: 'ipv4' | 'ipv6',
    password: string,
  ) {
    const context = { crypto: nodeCrypto, random: systemRandom, log: SILENT_LOG };
    this.turn = new TurnClient({ ...ACCOUNT, password, transport: isStream ? 'stream' : 'datagram', families }, context);
  }

  static async overUdp(
    address: string,
    port: number,
    families: 'ipv4' | 'ipv6' = 'ipv4',
    password = ACCOUNT.password,
  ): Promise<Client> {
    const socket: UdpSocket = createSocket(address.includes(':') ? 'udp6' : 'udp4').bind(0, address);
    await once(socket, 'listening');
    endings.push(() => socket.close());
    const client = new Client(false, (bytes) => socket.send(new Uint8Array(bytes), port, address), families, password);
    socket.on('message', (bytes) => {
      const data = client.turn.receive(performance.now(), bytes);
      if (data) client.hear(data.bytes);
      client.settle();
    });
    return client;
  }

  static over(socket: Socket): Client {
    endings.push(() => socket.destroy());
    const client = new Client(true, (bytes) => socket.write(new Uint8Array(bytes)), 'ipv4', ACCOUNT.password);
    socket.on('data', (bytes) => {
      client.turn.receiveStream(performance.now(), bytes, (data) => client.hear(data.bytes));
      client.settle();
    });
    return client;
  }

  allocate(): Promise<TurnEvent> {
    this.turn.start(performance.now());
    return this.until(({ type }) => type === 'allocated' || type === 'failed');
  }

  async permit(peer: { address: string; port: number }, usesChannel: boolean): Promise<TurnEvent> {
    this.turn.permit(performance.now(), peer, usesChannel);
    return this.until(({ type }) => type === 'peer-permitted' || type === 'peer-refused');
  }

  async say(text: string, peer: { address: string; port: number }): Promise<string> {
    this.turn.send(new TextEncoder().encode(text), peer, { transmit: this.write });
    while (this.heard.length === 0) await this.woken();
    return this.heard.shift()!;
  }

  close(): void {
    this.turn.close(performance.now());
    this.settle();
  }

  private hear(bytes: Uint8Array): void {
    this.heard.push(new TextDecoder().decode(bytes));
  }

  private async until(wanted: (event: TurnEvent) => boolean): Promise<TurnEvent> {
    this.settle();
    for (;;) {
      const at = this.seen.findIndex(wanted);
      if (at >= 0) return this.seen.splice(at, 1)[0]!;
      await this.woken();
    }
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private settle(): void {
    this.turn.drain({ transmit: this.write, event: (event) => this.seen.push(event) });
    this.wake();
  }
}

describe.each(drivers)('an engine by the %s driver', (name) => {
  test.each([
    ['127.0.0.1', 'ipv4', '127.0.0.1'],
    ['::1', 'ipv6', '::1'],
    ['127.0.0.1', 'ipv6', '::1'],
    ['::1', 'ipv4', '127.0.0.1'],
  ] as const)('relays from a client on %s over %s, by channel and by indication', async (address, family, peerAddress) => {
    const { port, engine } = await start(name, {}, address);
    expect(engine.driver).toBe(name);
    const client = await Client.overUdp(address, port('udp'), family);
    expect(await client.allocate()).toMatchObject({ type: 'allocated', relayedAddress: peerAddress });
    for (const usesChannel of [false, true]) {
      const peer = { address: peerAddress, port: await echo(peerAddress) };
      expect(await client.permit(peer, usesChannel)).toMatchObject({ type: 'peer-permitted' });
      expect(await client.say('over there', peer)).toBe('ereht revo');
    }
    client.close();
  });

  test('relays for clients over TCP and TLS, told apart from others by nothing but their port', async () => {
    const { port, engine } = await start(name);
    const tcp = tcpConnect(port('tcp'), '127.0.0.1');
    await once(tcp, 'connect');
    const tls = tlsConnect({ port: port('tls'), host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['stun.turn'] });
    await once(tls, 'secureConnect');
    expect(tls.alpnProtocol).toBe('stun.turn');
    for (const socket of [tcp, tls]) {
      const client = Client.over(socket);
      expect(await client.allocate()).toMatchObject({ type: 'allocated' });
      const peer = { address: '127.0.0.1', port: await echo('127.0.0.1') };
      await client.permit(peer, true);
      expect(await client.say('odd', peer)).toBe('ddo'); // three bytes: padded on the way
      expect(await client.say('four', peer)).toBe('ruof');
    }
    expect([...engine.server.allocations()].length).toBe(2);
    tls.destroy();
    tcp.destroy();
    while ([...engine.server.allocations()].length > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('a wrong password is refused, and the port of an allocation that ended is free again', async () => {
    const only = await freeRun(1);
    const { port, engine, events } = await start(name, {
      settings: { ...SETTINGS, relayAddresses: [{ address: '127.0.0.1', firstPort: only, lastPort: only }] },
    });
    const stranger = await Client.overUdp('127.0.0.1', port('udp'), 'ipv4', 'wrong');
    expect(await stranger.allocate()).toMatchObject({ type: 'failed', code: 401 });
    for (let times = 0; times < 3; times++) {
      const client = await Client.overUdp('127.0.0.1', port('udp'));
      expect(await client.allocate()).toMatchObject({ type: 'allocated', relayedPort: only });
      client.close();
      while (events.filter(({ type }) => type === 'allocation-deleted').length <= times)
        await new Promise((resolve) => setImmediate(resolve));
      expect([...engine.server.allocations()]).toEqual([]);
    }
  });

  test('a port that somebody else has is left, and another one taken', async () => {
    const first = await freeRun(2);
    const taken = createSocket('udp4').bind(first + 1, '127.0.0.1');
    await once(taken, 'listening');
    endings.push(() => taken.close());
    const { port } = await start(name, {
      settings: { ...SETTINGS, relayAddresses: [{ address: '127.0.0.1', firstPort: first, lastPort: first + 1 }] },
    });
    const client = await Client.overUdp('127.0.0.1', port('udp'));
    expect(await client.allocate()).toMatchObject({ type: 'allocated', relayedPort: first });
    const second = await Client.overUdp('127.0.0.1', port('udp'));
    expect(await second.allocate()).toMatchObject({ type: 'failed', code: 508 });
  });

  test('all allocations on one port: each hears its own peers', async () => {
    const [first, second] = ['127.0.0.2', '127.0.0.3'] as const;
    const shared = await freeRun(1);
    const { port } = await start(name, {
      settings: {
        ...SETTINGS,
        peerPolicy: PeerPolicy.of({ allowEndpoints: [`${first}:*`, `${second}:*`] }),
        relayAddresses: [{ address: '127.0.0.1', firstPort: shared, lastPort: shared, isShared: true }],
      },
    });
    const clients = [await Client.overUdp('127.0.0.1', port('udp')), await Client.overUdp('127.0.0.1', port('udp'))];
    const peers = [
      { address: first, port: await echo(first) },
      { address: second, port: await echo(second) },
    ];
    for (const client of clients) expect(await client.allocate()).toMatchObject({ type: 'allocated', relayedPort: shared });
    expect(await clients[0]!.permit(peers[0]!, true)).toMatchObject({ type: 'peer-permitted' });
    expect(await clients[1]!.permit(peers[0]!, true)).toMatchObject({ type: 'peer-refused', code: 403 });
    expect(await clients[1]!.permit(peers[1]!, false)).toMatchObject({ type: 'peer-permitted' });
    expect(await clients[0]!.say('first', peers[0]!)).toBe('tsrif');
    expect(await clients[1]!.say('second', peers[1]!)).toBe('dnoces');
    clients[0]!.close();
    expect(await clients[1]!.say('again', peers[1]!)).toBe('niaga'); // the socket stays with who is left
  });

  test('a listener that cannot be had fails the start, and nothing stays open', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    endings.push(() => holder.close());
    const { port } = holder.address() as { port: number };
    const udp = { transport: 'udp' as const, address: '127.0.0.1', port: 0 };
    await expect(start(name, { listeners: [udp, { transport: 'tcp', address: '127.0.0.1', port }] })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});
