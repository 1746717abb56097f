import { once } from 'node:events';
import { createServer } from 'node:net';
import type { DatagramSocket, Path, StreamSocket } from '@maru/protocol/core';
import { describe, expect, test } from 'vitest';
import { driver, hostAddresses, NodeNetwork } from '../index.js';
import { PathTable } from './path-table.js';

const network = new NodeNetwork();
/** One suite for both drivers: what @maru/native does faster, it does the same. */
const drivers = driver.name === 'native' ? (['node', 'native'] as const) : (['node'] as const);

/** Resolves with the next `count` datagrams at `socket`. */
function datagrams(socket: DatagramSocket, count: number): Promise<{ text: string; path: Path }[]> {
  return new Promise((resolve) => {
    const got: { text: string; path: Path }[] = [];
    socket.receiver = {
      datagram: (bytes, path) => got.push({ text: `${Buffer.from(bytes)}`, path }),
      settled: () => {
        if (got.length >= count) resolve(got);
      },
    };
  });
}

describe.each(drivers)('UDP by the %s driver', (name) => {
  const network = new NodeNetwork({ driver: name });

  test.each(['127.0.0.1', '::1'])('datagrams over %s arrive with the path they came by, which is interned', async (address) => {
    const a = await network.openDatagram({ address });
    const b = await network.openDatagram({ address });
    const arriving = datagrams(b, 3);
    const lent = new Uint8Array(3);
    for (const text of ['one', 'two', 'six']) {
      lent.set(Buffer.from(text));
      a.send(lent, a.pathTo(address, b.localPort));
    }
    lent.fill(0xdb); // lent for the call only
    a.flush();
    const got = await arriving;
    expect(got.map(({ text }) => text)).toEqual(['one', 'two', 'six']);
    expect(got[0]!.path).toEqual({
      localAddress: address,
      localPort: b.localPort,
      remoteAddress: address,
      remotePort: a.localPort,
    });
    expect(got[1]!.path).toBe(got[0]!.path);
    a.close();
    a.close();
    a.send(lent, a.pathTo(address, b.localPort)); // after close: nothing, not an error
    b.close();
  });

  test('a taken port is an error that names it', async () => {
    const socket = await network.openDatagram({ address: '127.0.0.1' });
    await expect(network.openDatagram({ address: '127.0.0.1', port: socket.localPort })).rejects.toThrow(
      `cannot bind UDP 127.0.0.1 port ${socket.localPort}: `,
    );
    socket.close();
  });

  test('trains of equal size, of shrinking size, to several peers, arrive each as sent and in order', async () => {
    const a = await network.openDatagram({ address: '127.0.0.1' });
    const peers = await Promise.all([0, 1, 2].map(() => network.openDatagram({ address: '127.0.0.1' })));
    const arriving = peers.map((peer) => datagrams(peer, 60));
    const sent: string[][] = [[], [], []];
    for (let i = 0; i < 180; i++) {
      const to = Math.floor(i / 7) % 3;
      if (sent[to]!.length === 60) continue;
      const text = `${i} `.padEnd([900, 900, 900, 40, 900, 1, 1_200][i % 7]!, '.');
      sent[to]!.push(text);
      a.send(Buffer.from(text), a.pathTo('127.0.0.1', peers[to]!.localPort));
    }
    for (let to = 0; to < 3; to++) {
      while (sent[to]!.length < 60) {
        sent[to]!.push('fill');
        a.send(Buffer.from('fill'), a.pathTo('127.0.0.1', peers[to]!.localPort));
      }
    }
    a.flush();
    for (const [to, got] of (await Promise.all(arriving)).entries()) expect(got.map(({ text }) => text)).toEqual(sent[to]);
    for (const socket of [a, ...peers]) socket.close();
  });

  test('a burst larger than one slab arrives unharmed', async () => {
    const a = await network.openDatagram({ address: '127.0.0.1' });
    const b = await network.openDatagram({ address: '127.0.0.1' });
    const arriving = datagrams(b, 400);
    for (let i = 0; i < 400; i++) a.send(new Uint8Array(1_200).fill(i & 0xff), a.pathTo('127.0.0.1', b.localPort));
    a.flush();
    const got = await arriving;
    expect(got.length).toBe(400);
    a.close();
    b.close();
  });
});

test('the path table forgets what was not used for long, and keeps what is', () => {
  const table = new PathTable('10.0.0.1', 1);
  const kept = table.get('10.0.0.2', 5);
  for (let i = 0; i < 20_000; i++) {
    table.get(`10.1.${i >> 8}.${i & 255}`, 9);
    if (i % 1_000 === 0) expect(table.get('10.0.0.2', 5)).toBe(kept);
  }
});

describe('TCP', () => {
  test('bytes go both ways and the end is told once', async () => {
    const accepted = new Promise<StreamSocket>((resolve) => {
      void network.listenStream({ address: '127.0.0.1' }, resolve).then(async (listener) => {
        const client = await network.openStream({ address: '127.0.0.1', port: listener.localPort });
        client.receiver = {
          data: (bytes) => client.write(bytes.slice().reverse()),
          closed: () => listener.close(),
        };
      });
    });
    const server = await accepted;
    const echoed = new Promise<string>((resolve) => {
      let text = '';
      server.receiver = {
        data: (bytes) => {
          text += Buffer.from(bytes);
          server.close();
        },
        closed: () => resolve(text),
      };
    });
    server.write(Buffer.from('abc'));
    expect(await echoed).toBe('cba');
  });

  test('a refused connection and one that is never answered reject with what was tried', async () => {
    const listener = await network.listenStream({ address: '127.0.0.1' }, () => {});
    listener.close();
    await expect(network.openStream({ address: '127.0.0.1', port: listener.localPort })).rejects.toThrow(
      `cannot connect TCP to 127.0.0.1 port ${listener.localPort}: `,
    );
  });

  test('a server that does not speak TLS fails the attempt, not the process', async () => {
    const server = createServer((socket) => socket.end('no tls here')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(network.openStream({ address: '127.0.0.1', port, tls: { serverName: 'example.test' } })).rejects.toThrow(
      'cannot connect TLS',
    );
    server.close();
  });
});

test('host addresses have families and no link-local IPv6', () => {
  const addresses = hostAddresses();
  expect(addresses.find(({ address }) => address === '127.0.0.1')).toMatchObject({ isLoopback: true, family: 'ipv4' });
  expect(addresses.some(({ address }) => /^fe[89ab]/i.test(address))).toBe(false);
});

test('a literal address resolves to itself, and localhost to loopback', async () => {
  expect(await network.resolveHost('192.0.2.1')).toEqual(['192.0.2.1']);
  expect((await network.resolveHost('localhost')).some((address) => address === '127.0.0.1' || address === '::1')).toBe(true);
});
