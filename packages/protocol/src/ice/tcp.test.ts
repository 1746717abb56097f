import { VirtualNetwork } from '@maru/netsim';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamFramer } from '../stun/index.js';
import { turnRelay } from '../turn/index.js';
import { VirtualTurnServer } from '../turn/testing/virtual-turn-server.js';
import type { IceOptions } from './index.js';
import { framedPacketSize, framePacket } from './tcp-framing.js';
import { AgentDriver, signal } from './testing/agent-driver.js';
import { server } from './testing/world.js';

const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Two hosts behind firewalls that let no UDP pass: what is left is TCP. */
async function peersWithoutUdp(a: Partial<IceOptions>, b: Partial<IceOptions>, inbound: 'all' | 'established' = 'all') {
  const network = new VirtualNetwork({ seed: 5 });
  const link = { delayMs: 10 };
  const rules = { blockUdp: true, inbound } as const;
  const zones = [network.addFirewall({ rules, up: link }).zone, network.addFirewall({ rules, up: link }).zone];
  const turn = new VirtualTurnServer(network.addHost('turn', { addresses: ['203.0.113.10'] }), '203.0.113.10');
  await turn.listenTcp();
  const common = { relayFactory: turnRelay };
  const peers = {
    network,
    turn,
    a: new AgentDriver(
      network.addHost('a', { in: zones[0]!, addresses: ['198.51.100.1'] }),
      { role: 'controlling', ...common, ...a },
      1,
    ),
    b: new AgentDriver(
      network.addHost('b', { in: zones[1]!, addresses: ['198.51.100.2'] }),
      { role: 'controlled', ...common, ...b },
      2,
    ),
  };
  const run = (ms: number): Promise<boolean> => network.clock.runAsync(ms, settle);
  return { ...peers, run };
}

const ACTIVE = { tcp: { active: true, passive: false } };
const PASSIVE = { tcp: { active: false, passive: true } };

describe('TCP candidates (RFC 6544)', () => {
  test.each([
    ['active', 'passive', ACTIVE, PASSIVE],
    ['passive', 'active', PASSIVE, ACTIVE],
    ['both', 'both', { tcp: { active: true, passive: true } }, { tcp: { active: true, passive: true } }],
  ] as const)('%s and %s connect where UDP is blocked, and carry packets whole', async (_a, _b, optionsA, optionsB) => {
    const { a, b, run } = await peersWithoutUdp(optionsA, optionsB);
    signal(a, b);
    await run(5_000);
    expect(a.agent.selectedPair).toMatchObject({ local: { protocol: 'tcp' }, remote: { protocol: 'tcp' } });
    const packets = ['a', 'b'.repeat(3_000), 'c'.repeat(60_000)];
    for (const packet of packets) expect([a.send(packet), b.send(packet)]).toEqual([true, true]);
    await run(1_000);
    expect([a.received, b.received]).toEqual([packets, packets]);
    expect(a.agent.overheadBytes).toBe(2);
    await run(90_000);
    expect([a.agent.state, b.agent.state]).not.toContain('failed');
    expect(a.send('still')).toBe(true);
  });

  test('two that only connect, or only listen, never meet', async () => {
    const { a, b, run } = await peersWithoutUdp(ACTIVE, ACTIVE);
    signal(a, b);
    await run(70_000);
    expect([a.agent.state, b.agent.state]).toEqual(['failed', 'failed']);
  });

  test('S-27: a connection that proves nothing is closed after 5 s, and there are not more than 16', async () => {
    const { b, network, run } = await peersWithoutUdp(ACTIVE, PASSIVE);
    b.gather();
    await run(100);
    const { address, port } = b.agent.localCandidates.find(({ tcpType }) => tcpType === 'passive')!;
    const stranger = network.addHost('stranger', { addresses: ['192.0.2.66'] });
    for (let i = 0; i < 40; i++)
      stranger
        .openStream({ address, port })
        .then((stream) => stream.write(i % 2 ? new Uint8Array(4) : Uint8Array.of(0xff, 0xff, 1)));
    const listening = b.host.openHandles;
    await run(2_000);
    expect(b.host.openHandles - listening).toBe(16);
    expect(b.agent.stats().dropped.get('ice/tcp/refused')).toBe(24);
    await run(5_000);
    expect(b.host.openHandles).toBe(listening);
  });

  test('frames of any cut come out whole, empty ones included', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), fc.integer({ min: 1, max: 20 }), (packets, chunk) => {
        const stream = packets.flatMap((packet) => {
          const frame = new Uint8Array(packet.length + 2);
          framePacket(packet, frame);
          return [...frame];
        });
        const framer = new StreamFramer(framedPacketSize, 70_000);
        const seen: Uint8Array[] = [];
        for (let at = 0; at < stream.length; at += chunk)
          framer.feed(Uint8Array.from(stream.slice(at, at + chunk)), (frame) => seen.push(frame.slice(2)));
        expect(seen).toEqual(packets);
      }),
    );
  });
});

test('R-10: behind firewalls that let only TCP out, TURN over TCP connects them', async () => {
  const servers = [server('turn:203.0.113.10?transport=tcp')];
  const { a, b, run, turn } = await peersWithoutUdp({ servers }, { servers }, 'established');
  signal(a, b);
  await run(5_000);
  expect(a.agent.selectedPair).toMatchObject({ local: { type: 'relay', relayProtocol: 'tcp' } });
  a.send('through');
  b.send('and back');
  await run(1_000);
  expect([a.received, b.received]).toEqual([['and back'], ['through']]);
  for (const peer of [a, b]) peer.do((agent, now) => agent.close(now));
  await run(1_000);
  expect(turn.allocations.size).toBe(0);
  expect([a.host.openHandles, b.host.openHandles]).toEqual([0, 0]);
});
