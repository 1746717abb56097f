import { formatIpAddress, parseIpAddress } from '@maru/protocol/stun';
import { afterEach, describe, expect, test } from 'vitest';
import { BindError, type DatagramPool, driver, NativeDatagramPool, NodeDatagramPool, type PoolEndpoint } from '../index.js';

/** One suite for both: what @maru/native does faster, it does the same. */
const drivers = driver.name === 'native' ? (['node', 'native'] as const) : (['node'] as const);

class Endpoint implements PoolEndpoint {
  private readonly view = new DataView(new ArrayBuffer(16));
  port = 0;

  static of(address: string, port: number): Endpoint {
    const endpoint = new Endpoint();
    if (!endpoint.setText(address, port)) throw new Error(`${address} is no address`);
    return endpoint;
  }

  get w0(): number {
    return this.view.getInt32(0);
  }
  set w0(word: number) {
    this.view.setInt32(0, word);
  }
  get w1(): number {
    return this.view.getInt32(4);
  }
  set w1(word: number) {
    this.view.setInt32(4, word);
  }
  get w2(): number {
    return this.view.getInt32(8);
  }
  set w2(word: number) {
    this.view.setInt32(8, word);
  }
  get w3(): number {
    return this.view.getInt32(12);
  }
  set w3(word: number) {
    this.view.setInt32(12, word);
  }

  get address(): string {
    const isIpv4 = this.w0 === 0 && this.w1 === 0 && this.w2 === 0xffff;
    return formatIpAddress(new Uint8Array(this.view.buffer, isIpv4 ? 12 : 0));
  }

  setText(address: string, port: number): boolean {
    const bytes = parseIpAddress(address);
    if (!bytes) return false;
    this.w0 = this.w1 = 0;
    this.w2 = 0xffff;
    new Uint8Array(this.view.buffer).set(bytes, 16 - bytes.length);
    this.port = port;
    return true;
  }
}

interface Received {
  readonly socket: number;
  readonly from: string;
  readonly text: string;
}

const pools: DatagramPool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.end();
});

function openPool(name: 'node' | 'native'): DatagramPool {
  const pool = name === 'native' ? NativeDatagramPool.open(new Endpoint()) : new NodeDatagramPool(new Endpoint());
  pools.push(pool);
  return pool;
}

/** Resolves with what `pool` receives, once `count` datagrams are there. */
function received(pool: DatagramPool, count: number): Promise<Received[]> {
  const got: Received[] = [];
  return new Promise((resolve) => {
    pool.receiver = {
      datagram: (socket, from, bytes, offset, length) =>
        got.push({
          socket,
          from: `${from.address} ${from.port}`,
          text: Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1'),
        }),
      unreachable() {},
      settled: () => {
        if (got.length >= count) resolve(got);
      },
    };
  });
}

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

describe.each(drivers)('a pool by the %s driver', (name) => {
  test.each(['127.0.0.1', '::1'])(
    'what is sent over %s arrives at the socket that it was sent to, from where it was sent',
    async (address) => {
      const pool = openPool(name);
      const [a, b, c] = [0, 1, 2].map(() => pool.bind(address, 0)) as [number, number, number];
      const arriving = received(pool, 3);
      const lent = bytesOf('..one..');
      pool.send(a, Endpoint.of(address, pool.port(b)), lent, 2, 3, 0, false);
      pool.send(a, Endpoint.of(address, pool.port(c)), lent, 2, 3, 0x4000_0003, false);
      pool.send(b, Endpoint.of(address, pool.port(c)), lent, 0, 7, 0, true);
      lent.fill(0xdb); // lent for the call only
      pool.flush();
      const got = await arriving;
      expect(new Set(got)).toEqual(
        new Set([
          { socket: b, from: `${address} ${pool.port(a)}`, text: 'one' },
          { socket: c, from: `${address} ${pool.port(a)}`, text: '@\0\0\x03one' },
          { socket: c, from: `${address} ${pool.port(b)}`, text: '..one..' },
        ]),
      );
    },
  );

  test('trains are forwarded from where they were received, behind their headers, each datagram as it was', async () => {
    const relay = openPool(name);
    const end = openPool(name);
    const from = end.bind('127.0.0.1', 0, { bufferBytes: 1 << 20 });
    const to = end.bind('127.0.0.1', 0, { bufferBytes: 1 << 20 });
    const inner = relay.bind('127.0.0.1', 0, { bufferBytes: 1 << 20, mayFragment: true, reportsErrors: true });
    const outer = relay.bind('127.0.0.1', 0, { bufferBytes: 1 << 20 });
    const target = Endpoint.of('127.0.0.1', end.port(to));
    relay.receiver = {
      datagram: (_socket, _from, bytes, offset, length) => {
        const header = bytes[offset] === 0x41 ? 0x4001_0000 | (length - 4) : 0;
        relay.send(outer, target, bytes, offset + 4, length - 4, header, bytes[offset + 1] === 0x44);
      },
      unreachable() {},
      settled() {},
    };
    const sent = Array.from({ length: 120 }, (_, i) =>
      `${'AB'[Math.floor(i / 9) % 2]}${i % 40 === 0 ? 'D' : '.'}${i}`.padEnd([900, 900, 900, 40, 900, 5, 1_200][i % 7]!, '.'),
    );
    const arriving = received(end, sent.length);
    for (const text of sent) end.send(from, Endpoint.of('127.0.0.1', relay.port(inner)), bytesOf(text), 0, text.length, 0, false);
    end.flush();
    const got = await arriving;
    const header = (length: number): string => Buffer.from([0x40, 0x01, length >> 8, length & 0xff]).toString('latin1');
    expect(got.map(({ text }) => text)).toEqual(
      sent.map((text) => (text[0] === 'A' ? header(text.length - 4) : '') + text.slice(4)),
    );
    expect(relay.lost).toBe(0);
  });

  test('a taken port is an error that says so; a closed socket gives its port back and hears nothing', async () => {
    const pool = openPool(name);
    const first = pool.bind('127.0.0.1', 0);
    const port = pool.port(first);
    const taken = (): number => pool.bind('127.0.0.1', port);
    expect(taken).toThrow(BindError);
    expect(taken).toThrow(`cannot bind UDP 127.0.0.1 port ${port}: EADDRINUSE`);
    pool.close(first);
    pool.close(first);
    const second = taken();
    const arriving = received(pool, 1);
    pool.send(second, Endpoint.of('127.0.0.1', port), bytesOf('again'), 0, 5, 0, false);
    pool.flush();
    expect(await arriving).toEqual([{ socket: second, from: `127.0.0.1 ${port}`, text: 'again' }]);
    pool.close(second);
    pool.send(second, Endpoint.of('127.0.0.1', port), bytesOf('lost'), 0, 4, 0, false);
    pool.flush();
    expect(pool.lost).toBe(1);
  });

  test('a thousand sockets, and one to each from each neighbour', async () => {
    const pool = openPool(name);
    const sockets = Array.from({ length: 1_000 }, () => pool.bind('127.0.0.1', 0));
    const arriving = received(pool, sockets.length);
    for (const [i, socket] of sockets.entries()) {
      const text = `to ${(i + 1) % 1_000}`;
      pool.send(socket, Endpoint.of('127.0.0.1', pool.port(sockets[(i + 1) % 1_000]!)), bytesOf(text), 0, text.length, 0, false);
    }
    pool.flush();
    const got = await arriving;
    expect(new Set(got.map(({ text, socket }) => `${text} ${sockets.indexOf(socket)}`))).toEqual(
      new Set(sockets.map((_, i) => `to ${i} ${i}`)),
    );
  });
});

test.skipIf(driver.name !== 'native')('ICMP says that nobody is there', async () => {
  const pool = openPool('native');
  const closed = pool.bind('127.0.0.1', 0);
  const port = pool.port(closed);
  pool.close(closed);
  const socket = pool.bind('127.0.0.1', 0, { reportsErrors: true });
  const told = new Promise<string>((resolve) => {
    pool.receiver = {
      datagram() {},
      unreachable: (at, to, type, code) => resolve(`${at === socket} ${to.address} ${to.port === port} ${type} ${code}`),
      settled() {},
    };
  });
  pool.send(socket, Endpoint.of('127.0.0.1', port), bytesOf('anybody?'), 0, 8, 0, false);
  pool.flush();
  expect(await told).toBe('true 127.0.0.1 true 3 3'); // destination unreachable, port unreachable
});

test.skipIf(driver.name !== 'native')(
  'what the system does not take is lost alone: what was sent before and behind it leaves',
  async () => {
    const pool = openPool('native');
    const [from, to] = [pool.bind('127.0.0.1', 0), pool.bind('127.0.0.1', 0)];
    const good = Endpoint.of('127.0.0.1', pool.port(to));
    const nowhere = Endpoint.of('127.0.0.1', 0);
    const arriving = received(pool, 90);
    const sent = Array.from({ length: 100 }, (_, i) => ({ end: i % 10 === 7 ? nowhere : good, text: `${i}`.padStart(3) }));
    for (const { end, text } of sent) pool.send(from, end, bytesOf(text), 0, 3, 0, false);
    for (let i = 0; i < 3; i++) pool.send(from, nowhere, bytesOf('a train'), 0, 7, 0, false);
    pool.flush();
    const got = await arriving;
    expect(got.map(({ text }) => text)).toEqual(sent.filter(({ end }) => end === good).map(({ text }) => text));
    expect(pool.lost).toBe(13);
  },
);

test.skipIf(driver.name !== 'native')(
  'a socket that waits to be asked wakes nobody, and says how long a datagram has lain there',
  async () => {
    const pool = NativeDatagramPool.open(new Endpoint());
    pools.push(pool);
    const from = pool.bind('127.0.0.1', 0);
    const asked = pool.bind('127.0.0.1', 0, { receivesWhenAsked: true, stampsArrival: true });
    const woken = pool.bind('127.0.0.1', 0);
    const heard: string[] = [];
    const waited: number[] = [];
    const told = new Promise<void>((resolve) => {
      pool.receiver = {
        datagram: (socket) => {
          heard.push(socket === asked ? 'asked' : 'woken');
          waited.push(pool.waitedUs / 1_000);
          if (socket === woken) resolve();
        },
        unreachable() {},
        settled() {},
      };
    });
    for (const to of [asked, woken]) pool.send(from, Endpoint.of('127.0.0.1', pool.port(to)), bytesOf('x'), 0, 1, 0, false);
    const sentAt = performance.now();
    pool.flush();
    await told;
    expect(heard).toEqual(['woken']);
    while (heard.length < 2) {
      pool.receiveNow();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(heard).toEqual(['woken', 'asked']);
    expect(waited[0]).toBe(0);
    expect(waited[1]).toBeGreaterThanOrEqual(0); // the system begins to take times a moment after it was asked to
    expect(waited[1]).toBeLessThan(performance.now() - sentAt + 1_000); // whatever else the machine does
    expect(pool.lost).toBe(0);
  },
);
