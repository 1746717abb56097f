import { VirtualNetwork } from '@maru/netsim';
import { nodeCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DatagramSocket, type Instant, Malformed, NEVER, type Path, SeededRandom, SILENT_LOG } from '../core/index.js';
import { StreamFramer, StunMethod } from '../stun/index.js';
import {
  decodeChannelData,
  encodeChannelData,
  MAX_CHANNEL_DATA_BYTES,
  sizeOfChannelData,
  TurnClient,
  type TurnEvent,
  turnFrameSize,
} from './index.js';
import { type VirtualTurnOptions, VirtualTurnServer } from './testing/virtual-turn-server.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('ChannelData', () => {
  test('survives encoding and decoding, padded or not, and is cut out of streams', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0x4000, max: 0x4fff }),
        fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        (channel, packets, chunk) => {
          const framer = new StreamFramer(turnFrameSize, MAX_CHANNEL_DATA_BYTES);
          const seen: unknown[] = [];
          const stream = packets.flatMap((data) => {
            const target = new Uint8Array(sizeOfChannelData(data.length, true)).fill(0xdb);
            expect(encodeChannelData(channel, data, true, target) % 4).toBe(0);
            expect(decodeChannelData(target)).toEqual({ channel, data });
            return [...target];
          });
          for (let at = 0; at < stream.length; at += chunk)
            framer.feed(Uint8Array.from(stream.slice(at, at + chunk)), (frame) => {
              const message = decodeChannelData(frame);
              seen.push(message instanceof Malformed ? message : message.data.slice());
            });
          expect(seen).toEqual(packets);
        },
      ),
    );
  });

  test('no bytes make the decoder throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decodeChannelData(bytes)));
    expect(decodeChannelData(Uint8Array.of(0x40, 0, 0, 9, 1))).toEqual(Malformed.of('turn/channel-data/truncated'));
    expect(decodeChannelData(Uint8Array.of(0x50, 0, 0, 0))).toEqual(Malformed.of('turn/channel-data/not-a-channel'));
  });
});

/** A client on a virtual host, a server, and a peer that echoes. */
class World {
  readonly network: VirtualNetwork;
  readonly events: { at: Instant; event: TurnEvent }[] = [];
  readonly received: string[] = [];
  readonly atPeer: { text: string; path: Path }[] = [];
  readonly client: TurnClient;
  readonly server: VirtualTurnServer;
  readonly peer: DatagramSocket;
  private readonly socket: DatagramSocket;
  private readonly path: Path;
  private cancel: (() => void) | undefined;

  constructor(options: VirtualTurnOptions = {}, password = 'pass', loss = 0, seed = 1) {
    this.network = new VirtualNetwork({ seed });
    const link = { up: { delayMs: 10, loss } };
    const host = this.network.addHost('client', { addresses: ['10.0.0.1'], ...link });
    const serverHost = this.network.addHost('turn', { addresses: ['192.0.2.1', '2001:db8::1'], up: { delayMs: 10 } });
    const peerHost = this.network.addHost('peer', { addresses: ['198.51.100.1'] });
    this.server = new VirtualTurnServer(serverHost, '192.0.2.1', options);
    this.socket = host.bindDatagram('10.0.0.1');
    this.path = this.socket.pathTo('192.0.2.1', 3478);
    this.client = new TurnClient(
      { username: 'user', password, transport: 'datagram', families: 'both' },
      { crypto: nodeCrypto, random: new SeededRandom(seed), log: SILENT_LOG },
    );
    this.socket.receiver = {
      datagram: (bytes) => {
        const data = this.client.receive(this.now, bytes);
        if (data) this.received.push(textOf(data.bytes));
      },
      settled: () => this.settle(),
    };
    this.peer = peerHost.bindDatagram('198.51.100.1', 7);
    this.peer.receiver = {
      datagram: (bytes, path) => {
        this.atPeer.push({ text: textOf(bytes), path });
        this.peer.send(bytes, path);
      },
      settled: () => this.peer.flush(),
    };
  }

  get now(): Instant {
    return this.network.clock.now();
  }

  get types(): string[] {
    return this.events.map(({ event }) => event.type);
  }

  do(action: (client: TurnClient, now: Instant) => void): this {
    action(this.client, this.now);
    this.settle();
    return this;
  }

  run(ms: number): this {
    this.network.clock.run(ms);
    return this;
  }

  send(text: string): boolean {
    const peer = this.client.peerOf('198.51.100.1', 7);
    return this.client.send(bytesOf(text), peer, { transmit: (bytes) => this.transmit(bytes) });
  }

  permit(isHot: boolean): this {
    return this.do((client, now) => client.permit(now, client.peerOf('198.51.100.1', 7), isHot));
  }

  private transmit(bytes: Uint8Array): void {
    this.socket.send(bytes, this.path);
    this.socket.flush();
  }

  private settle(): void {
    this.client.drain({
      transmit: (bytes) => this.transmit(bytes),
      event: (event) => this.events.push({ at: this.now, event }),
    });
    this.cancel?.();
    const { deadline } = this.client;
    if (deadline !== NEVER)
      this.cancel = this.network.clock.schedule(deadline, () => this.do((client, now) => client.advance(now)));
  }
}

describe('a TURN client', () => {
  test('allocates in two round trips, permits, binds and relays', () => {
    const world = new World().do((client, now) => client.start(now)).run(80);
    expect(world.events).toMatchObject([
      { at: 80, event: { type: 'allocated', relayedAddress: '192.0.2.1', mappedAddress: '10.0.0.1' } },
    ]);
    expect(world.send('too early')).toBe(false);
    world.permit(false).run(50);
    expect(world.types).toEqual(['allocated', 'peer-permitted']);
    expect(world.client.overheadBytes({ address: '198.51.100.1', port: 7 })).toBe(39);
    world.send('indication');
    world.permit(true).run(100);
    expect(world.client.overheadBytes({ address: '198.51.100.1', port: 7 })).toBe(4);
    world.send('channel');
    world.run(100);
    expect(world.received).toEqual(['indication', 'channel']);
    expect(world.atPeer.map(({ path }) => path.remoteAddress)).toEqual(['192.0.2.1', '192.0.2.1']);
  });

  test('gets an IPv6 address as well where the server has one', () => {
    const world = new World({ relayAddress6: '2001:db8::1' }).do((client, now) => client.start(now)).run(100);
    expect(world.events.map(({ event }) => event.type === 'allocated' && event.relayedAddress)).toEqual([
      '192.0.2.1',
      '2001:db8::1',
    ]);
  });

  test('keeps allocation, permission and channel for hours, and survives stale nonces', () => {
    const world = new World({ nonceLifetimeMs: 600_000 }).do((client, now) => client.start(now)).run(100);
    world.permit(true).run(3 * 3_600_000);
    expect(world.types.filter((type) => type !== 'peer-permitted')).toEqual(['allocated']);
    world.send('still here');
    world.run(100);
    expect(world.received).toEqual(['still here']);
    const refreshes = world.server.asked.filter((method) => method === StunMethod.refresh).length;
    expect(refreshes).toBeGreaterThan(19);
    expect(refreshes).toBeLessThan(60);
  });

  test('gives the allocation back when closed', () => {
    const world = new World().do((client, now) => client.start(now)).run(100);
    expect(world.server.allocations.size).toBe(1);
    world.do((client, now) => client.close(now)).run(100);
    expect([world.server.allocations.size, world.client.deadline]).toEqual([0, NEVER]);
  });

  test.each([
    ['wrong credentials', {}, 'other', { type: 'failed', code: 401 }],
    ['a quota that is used up', { quota: 0 }, 'pass', { type: 'failed', code: 486 }],
    [
      'an alternate server',
      { alternate: { address: '192.0.2.9', port: 1 } },
      'pass',
      { type: 'try-alternate', address: '192.0.2.9', port: 1 },
    ],
  ])('says so at %s', (_name, options, password, event) => {
    const world = new World(options, password).do((client, now) => client.start(now)).run(10_000);
    expect(world.events).toMatchObject([{ event }]);
    expect(world.client.deadline).toBe(NEVER);
  });

  test('says that nobody answers after 9.5 s', () => {
    const world = new World();
    world.server.isSilent = true;
    world.do((client, now) => client.start(now)).run(60_000);
    expect(world.events).toMatchObject([{ at: 9_500, event: { type: 'failed', code: 701 } }]);
  });

  test('tells of a peer that the server refuses', () => {
    const world = new World({ refusedPeers: ['198.51.100.1'] }).do((client, now) => client.start(now)).run(100);
    world.permit(true).run(100);
    expect(world.events.at(-1)).toMatchObject({ event: { type: 'peer-refused', code: 403 } });
    expect(world.send('x')).toBe(false);
  });

  test('ends when the server forgot the allocation (437 at refresh)', () => {
    const world = new World().do((client, now) => client.start(now)).run(100);
    world.server.forget();
    world.run(600_000);
    expect(world.types).toEqual(['allocated', 'failed']);
    expect(world.events.at(-1)).toMatchObject({ event: { code: 437 } });
  });

  test('deletes what a run before left on its port, and allocates anew (437 at allocate)', () => {
    const world = new World().do((client, now) => client.start(now)).run(100);
    const [left] = world.server.allocations.keys();
    world.client.close(world.now); // and nobody drains: the server never hears of it
    const next = new TurnClient(
      { username: 'user', password: 'pass', transport: 'datagram', families: 'ipv4' },
      { crypto: nodeCrypto, random: new SeededRandom(9), log: SILENT_LOG },
    );
    Object.assign(world, { client: next, events: [] });
    world.do((client, now) => client.start(now)).run(300);
    expect(world.types).toEqual(['allocated']);
    expect([...world.server.allocations.keys()]).not.toContain(left);
  });

  test('holds on through loss of a quarter of all packets', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = new World({}, 'pass', 0.25, seed).do((client, now) => client.start(now)).run(30_000);
      expect(world.types[0]).toBe('allocated');
    }
  });

  test('no bytes from the server make it throw or change anything', () => {
    const world = new World().do((client, now) => client.start(now)).run(100);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        world.do((client, now) => void client.receive(now, bytes));
      }),
    );
    expect(world.client.isAllocated).toBe(true);
  });
});
