import type { DatagramSocket, StreamSocket } from '@maru/protocol/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LinkProfile, NAT_KINDS, type NatBehaviour, type NatKind, VirtualClock, VirtualNetwork } from './index.js';

const settle = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** What arrives at `socket`, as `text from address:port`. */
function inbox(socket: DatagramSocket): string[] {
  const seen: string[] = [];
  socket.receiver = {
    datagram: (bytes, path) => seen.push(`${Buffer.from(bytes)} from ${path.remoteAddress}:${path.remotePort}`),
    settled() {},
  };
  return seen;
}

const send = (socket: DatagramSocket, text: string, address: string, port: number): void =>
  socket.send(Buffer.from(text), socket.pathTo(address, port));

describe('virtual time', () => {
  test('tasks run at their instants, in order, and those of one instant in the order in which they were scheduled', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 40 }), (instants) => {
        const clock = new VirtualClock();
        const ran: [number, number][] = [];
        instants.forEach((at, i) => {
          clock.schedule(at, () => ran.push([clock.now(), i]));
        });
        clock.run(100);
        const expected = instants.map((at, i) => [at, i] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(ran).toEqual(expected);
        expect(clock.now()).toBe(100);
      }),
    );
  });

  test('a cancelled task never runs, and a task may schedule another', () => {
    const clock = new VirtualClock(1_000);
    const ran: string[] = [];
    clock.schedule(1_005, () => ran.push('cancelled'))();
    clock.schedule(1_001, () => clock.schedule(0, () => ran.push(`late ${clock.now()}`)));
    expect(clock.run(10, () => ran.length === 1)).toBe(true);
    expect(ran).toEqual(['late 1001']);
    expect(clock.nextAt).toBe(Infinity);
  });
});

describe('links', () => {
  function flood(
    profile: LinkProfile,
    packets: number,
    gapMs = 1,
  ): { arrivals: { text: string; at: number }[]; network: VirtualNetwork } {
    const network = new VirtualNetwork({ seed: 7 });
    const a = network.addHost('a', { addresses: ['192.0.2.1'], up: profile, down: {} }).bindDatagram('192.0.2.1', 1);
    const b = network.addHost('b', { addresses: ['192.0.2.2'] }).bindDatagram('192.0.2.2', 2);
    const arrivals: { text: string; at: number }[] = [];
    b.receiver = { datagram: (bytes) => arrivals.push({ text: `${Buffer.from(bytes)}`, at: network.clock.now() }), settled() {} };
    for (let i = 0; i < packets; i++) network.clock.schedule(i * gapMs, () => send(a, String(i).padStart(972), '192.0.2.2', 2));
    network.clock.run(60_000);
    return { arrivals, network };
  }

  test('delay is exact', () => {
    expect(flood({ delayMs: 25 }, 1).arrivals[0]!.at).toBe(25);
  });

  test('loss is near what was asked for, independent and in bursts', () => {
    expect(flood({ loss: 0.1 }, 5_000).arrivals.length / 5_000).toBeCloseTo(0.9, 1);
    const { arrivals } = flood({ burstLoss: { enter: 0.01, leave: 0.2 } }, 5_000);
    const got = new Set(arrivals.map(({ text }) => Number(text)));
    let bursts = 0;
    for (let i = 1; i < 5_000; i++) if (!got.has(i) && got.has(i - 1)) bursts += 1;
    const lost = 5_000 - got.size;
    expect(lost / bursts).toBeGreaterThan(3); // 1 / leave = 5 packets a burst on average
    expect(lost / 5_000).toBeCloseTo(0.05, 1);
  });

  test('a rate spaces packets out, and what would wait too long is dropped', () => {
    const { arrivals, network } = flood({ rateBps: 800_000, queueMs: 50 }, 100, 0);
    expect(arrivals[1]!.at - arrivals[0]!.at).toBeCloseTo(10, 5); // 1,000 bytes with headers
    expect(arrivals.length).toBe(6);
    expect(network.counters.dropped['queue-full']).toBe(94);
  });

  test('jitter and reordering change the order, duplication doubles, nothing is lost', () => {
    const { arrivals } = flood({ delayMs: 20, jitterMs: 10, reorder: 0.1, duplicate: 0.2 }, 1_000);
    const texts = arrivals.map(({ text }) => Number(text));
    expect(new Set(texts).size).toBe(1_000);
    expect(texts.length).toBeGreaterThan(1_100);
    expect(texts).not.toEqual([...texts].sort((a, b) => a - b));
  });

  test('what is larger than the MTU does not pass', () => {
    expect(flood({ mtuBytes: 999 }, 1).network.counters.dropped['too-large']).toBe(1);
    expect(flood({ mtuBytes: 1_000 }, 1).arrivals.length).toBe(1);
  });

  test('lent bytes are poisoned when the call is over', () => {
    const network = new VirtualNetwork({ seed: 1 });
    const host = network.addHost('a', { addresses: ['192.0.2.1'] });
    const [a, b] = [host.bindDatagram('192.0.2.1'), host.bindDatagram('127.0.0.1')];
    let kept: Uint8Array = new Uint8Array();
    a.receiver = { datagram: (bytes) => (kept = bytes), settled: () => {} };
    send(b, 'secret', '192.0.2.1', a.localPort);
    network.clock.run(1);
    expect([...kept]).toEqual(new Array(6).fill(0xdb));
  });
});

describe('NATs', () => {
  function world(kind: NatKind | NatBehaviour) {
    const network = new VirtualNetwork({ seed: 3 });
    const { nat, zone } = network.addNat({ outerAddresses: ['203.0.113.1'], kind });
    const inside = network.addHost('inside', { in: zone, addresses: ['10.0.0.2'] });
    const inner = inside.bindDatagram('10.0.0.2', 5_000);
    const servers = [
      ['198.51.100.1', 1],
      ['198.51.100.1', 2],
      ['198.51.100.2', 1],
    ] as const;
    const one = network.addHost('one', { addresses: ['198.51.100.1'] });
    const two = network.addHost('two', { addresses: ['198.51.100.2'] });
    const sockets = [
      one.bindDatagram('198.51.100.1', 1),
      one.bindDatagram('198.51.100.1', 2),
      two.bindDatagram('198.51.100.2', 1),
    ];
    return { network, nat, zone, inside, inner, servers, sockets };
  }

  test.each(Object.keys(NAT_KINDS) as NatKind[])('a %s NAT maps and filters as its name says', (kind) => {
    const { network, inner, servers, sockets } = world(kind);
    const behaviour: NatBehaviour = NAT_KINDS[kind];
    const mapped = servers.map(([address, port], i) => {
      const seen = inbox(sockets[i]!);
      send(inner, 'out', address, port);
      network.clock.run(1);
      return seen[0]!.split(' from ')[1]!;
    });
    const distinct = { 'endpoint-independent': 1, 'address-dependent': 2, 'address-and-port-dependent': 3 }[behaviour.mapping];
    expect(new Set(mapped).size).toBe(distinct);

    const { network: again, inner: fresh, sockets: remotes } = world(kind);
    const first = inbox(remotes[0]!);
    const got = inbox(fresh);
    send(fresh, 'out', '198.51.100.1', 1);
    again.clock.run(1);
    const [address, port] = first[0]!.split(' from ')[1]!.split(':') as [string, string];
    for (const [i, remote] of remotes.entries()) send(remote, `in ${i}`, address, Number(port));
    again.clock.run(1);
    const passed = { 'endpoint-independent': 3, 'address-dependent': 2, 'address-and-port-dependent': 1 }[behaviour.filtering];
    expect(got.length).toBe(passed);
  });

  test('nothing comes in that nobody asked for', () => {
    const { network, inner, sockets } = world('port-restricted');
    const got = inbox(inner);
    send(sockets[0]!, 'hello', '203.0.113.1', 5_000);
    network.clock.run(1);
    expect(got).toEqual([]);
    expect(network.counters.dropped.filtered).toBe(1);
  });

  test('a mapping that was silent too long is forgotten, one that is used stays', () => {
    const { network, nat, inner } = world({ ...NAT_KINDS['full-cone'], mappingTimeoutMs: 30_000 });
    send(inner, 'out', '198.51.100.1', 1);
    network.clock.run(29_000);
    send(inner, 'out', '198.51.100.1', 1);
    network.clock.run(29_000);
    expect(nat.mappings).toBe(1);
    network.clock.run(2_000);
    expect(nat.mappings).toBe(0);
  });

  test('after rebinding, the same flow comes from another port', () => {
    const { network, nat, inner, sockets } = world('port-restricted');
    const seen = inbox(sockets[0]!);
    send(inner, 'a', '198.51.100.1', 1);
    network.clock.run(1);
    nat.rebind();
    send(inner, 'a', '198.51.100.1', 1);
    network.clock.run(1);
    expect(seen[0]).toBe('a from 203.0.113.1:5000');
    expect(seen[1]).not.toBe(seen[0]);
  });

  test.each([true, false])(
    'with hairpinning %s, hosts behind one NAT reach each other by outer addresses or not',
    (hairpinning) => {
      const { network, zone, inner } = world({ ...NAT_KINDS['full-cone'], hairpinning });
      const neighbour = network.addHost('neighbour', { in: zone, addresses: ['10.0.0.3'] }).bindDatagram('10.0.0.3', 6_000);
      const got = inbox(inner);
      send(inner, 'open', '198.51.100.1', 1);
      send(neighbour, 'hairpin', '203.0.113.1', 5_000);
      network.clock.run(1);
      expect(got).toEqual(hairpinning ? ['hairpin from 203.0.113.1:6000'] : []);
    },
  );

  test('a firewall blocks UDP and lets TCP out to its ports', async () => {
    const network = new VirtualNetwork({ seed: 1 });
    const { zone } = network.addNat({
      outerAddresses: ['203.0.113.1'],
      kind: 'port-restricted',
      firewall: { blockUdp: true, tcpPorts: [443] },
    });
    const inside = network.addHost('inside', { in: zone, addresses: ['10.0.0.2'] });
    const server = network.addHost('server', { addresses: ['198.51.100.1'] });
    const udp = inbox(server.bindDatagram('198.51.100.1', 443));
    send(inside.bindDatagram('10.0.0.2'), 'x', '198.51.100.1', 443);
    await server.listenStream({ address: '198.51.100.1', port: 443 }, () => {});
    await server.listenStream({ address: '198.51.100.1', port: 80 }, () => {});
    const outcomes: string[] = [];
    for (const port of [443, 80]) {
      inside.openStream({ address: '198.51.100.1', port }).then(
        () => outcomes.push(`${port} open`),
        (error: Error) => outcomes.push(`${port} ${error.message}`),
      );
    }
    await network.clock.runAsync(200_000, settle);
    expect(udp).toEqual([]);
    expect(outcomes).toEqual(['443 open', '80 connection timed out']);
  });

  test('behind an IPv6 firewall only answers come in', () => {
    const network = new VirtualNetwork({ seed: 1 });
    const { zone } = network.addFirewall({ rules: {} });
    const inner = network.addHost('inside', { in: zone, addresses: ['2001:db8::2'] }).bindDatagram('2001:db8::2', 5);
    const outer = network.addHost('outside', { addresses: ['2001:db8:f::1'] }).bindDatagram('2001:db8:f::1', 6);
    const [gotInside, gotOutside] = [inbox(inner), inbox(outer)];
    send(outer, 'uninvited', '2001:db8::2', 5);
    network.clock.run(1);
    send(inner, 'hello', '2001:db8:f::1', 6);
    network.clock.run(1);
    send(outer, 'answer', '2001:db8::2', 5);
    network.clock.run(1);
    expect(gotOutside).toEqual(['hello from 2001:db8::2:5']);
    expect(gotInside).toEqual(['answer from 2001:db8:f::1:6']);
  });
});

test('a virtual TCP stream is exact over any link, and closes both ends', async () => {
  const profile = fc.record({
    loss: fc.double({ min: 0, max: 0.2, noNaN: true }),
    jitterMs: fc.nat(50),
    duplicate: fc.double({ min: 0, max: 0.3, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(profile, fc.integer(), fc.uint8Array({ maxLength: 20_000 }), async (link, seed, bytes) => {
      const network = new VirtualNetwork({ seed });
      const a = network.addHost('a', { addresses: ['192.0.2.1'], up: link });
      const b = network.addHost('b', { addresses: ['192.0.2.2'] });
      const got: number[] = [];
      let ends = 0;
      await b.listenStream({ address: '192.0.2.2', port: 9 }, (socket) => {
        socket.receiver = {
          data: (chunk) => got.push(...chunk),
          closed: () => {
            ends += 1;
          },
        };
      });
      let client: StreamSocket | undefined;
      const opening = a.openStream({ address: '192.0.2.2', port: 9 }).then((socket) => {
        client = socket;
        socket.receiver = {
          data() {},
          closed: () => {
            ends += 1;
          },
        };
        socket.write(bytes);
        socket.close();
      });
      await network.clock.runAsync(120_000, settle, () => ends === 2);
      await opening;
      expect(client).toBeDefined();
      expect(Buffer.from(got).equals(Buffer.from(bytes))).toBe(true);
      expect(a.openHandles).toBe(0);
    }),
    { numRuns: 15 },
  );
});

test('one seed, one run', () => {
  const run = (seed: number): string[] => {
    const network = new VirtualNetwork({ seed });
    const link: LinkProfile = { delayMs: 10, jitterMs: 20, loss: 0.3, duplicate: 0.1, reorder: 0.1 };
    const a = network.addHost('a', { addresses: ['192.0.2.1'], up: link }).bindDatagram('192.0.2.1');
    const seen = inbox(network.addHost('b', { addresses: ['192.0.2.2'] }).bindDatagram('192.0.2.2', 2));
    for (let i = 0; i < 50; i++) send(a, String(i), '192.0.2.2', 2);
    network.clock.run(1_000);
    return seen;
  };
  expect(run(5)).toEqual(run(5));
  expect(run(5)).not.toEqual(run(6));
});
