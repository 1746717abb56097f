import { VirtualNetwork } from '@maru/netsim';
import { describe, expect, test } from 'vitest';
import { turnRelay } from '../turn/index.js';
import { VirtualTurnServer } from '../turn/testing/virtual-turn-server.js';
import type { IceOptions } from './index.js';
import { AgentDriver, signal, trickle } from './testing/agent-driver.js';
import { server, TwoPeers, type WorldOptions } from './testing/world.js';

/** A relays and nothing else; B is on the internet. */
const RELAYED: WorldOptions = { servers: 'turn', a: { transportPolicy: 'relay' } };

/** Both try to talk until each hears the other again; how long that took, at most `limitMs`. */
function msUntilHeard(world: TwoPeers, limitMs: number): number {
  const start = world.network.clock.now();
  const [heardA, heardB] = [world.a.received.length, world.b.received.length];
  const isHeard = (): boolean => world.a.received.length > heardA && world.b.received.length > heardB;
  while (!isHeard() && world.network.clock.now() < start + limitMs) {
    world.a.send('a');
    world.b.send('b');
    world.run(50);
  }
  return world.network.clock.now() - start;
}

describe('R-17: a TURN server that is restarted in mid-call', () => {
  test.each([1, 2, 3, 4, 5])('is asked again at once, and the call goes on within 8 s without signalling (%i)', (seed) => {
    const world = new TwoPeers({ ...RELAYED, seed });
    signal(world.a, world.b);
    world.run(3_000 + 777 * seed);
    expect(world.way).toBe('relay-host');
    const { port } = world.a.agent.selectedPair!.local;
    world.turn.down();
    void world.turn.up();
    expect(msUntilHeard(world, 20_000)).toBeLessThanOrEqual(8_000);
    expect(world.a.agent.selectedPair!.local.port).not.toBe(port);
    expect(world.turn.allocations.size).toBeGreaterThanOrEqual(1);
    world.run(60_000);
    expect(world.passesData()).toBe(true);
    expect([...world.a.states, ...world.b.states]).not.toContain('failed');
  });

  test('is told to the owner when nothing else works, once; and no candidate is announced after their end', () => {
    const world = new TwoPeers(RELAYED);
    signal(world.a, world.b);
    world.run(3_000);
    const announced = world.a.noticesOf('candidate').length;
    world.turn.down();
    void world.turn.up();
    world.run(20_000);
    expect(world.a.noticesOf('relay-replaced')).toHaveLength(1);
    expect(world.a.noticesOf('candidate')).toHaveLength(announced);
    expect(world.a.agent.localCandidates.filter(({ type }) => type === 'relay')).toHaveLength(1);
  });

  test('without being in use is asked again as well, when its permissions are due, and nobody is told', () => {
    const world = new TwoPeers({ servers: 'turn' });
    signal(world.a, world.b);
    world.run(3_000);
    expect(world.way).toBe('host-host');
    world.turn.down();
    void world.turn.up();
    world.run(600_000);
    expect(world.turn.allocations.size).toBe(2);
    expect(world.a.noticesOf('relay-replaced')).toEqual([]);
    expect(world.passesData()).toBe(true);
  });

  test('between two that only relays join: a restart within the old session brings them together within 8 s', () => {
    const world = new TwoPeers({ natA: 'symmetric', natB: 'symmetric', servers: 'turn' });
    const { a, b } = world;
    signal(a, b);
    world.run(5_000);
    expect(world.way).toContain('relay');
    world.turn.down();
    void world.turn.up();
    const start = world.network.clock.now();
    const isReplaced = (): boolean => [a, b].some((peer) => peer.noticesOf('relay-replaced').length > 0);
    expect(world.network.clock.run(7_500, isReplaced)).toBe(true);
    for (const peer of [a, b]) peer.do((agent, now) => agent.restart(now));
    signal(a, b, 20);
    msUntilHeard(world, 20_000);
    expect(world.network.clock.now() - start).toBeLessThanOrEqual(8_000);
  });

  test('and comes back after 12 s finds those who asked all the time', () => {
    const world = new TwoPeers(RELAYED);
    signal(world.a, world.b);
    world.run(3_000);
    world.turn.down();
    world.run(12_000);
    expect(world.a.agent.state).toBe('disconnected');
    void world.turn.up();
    expect(msUntilHeard(world, 20_000)).toBeLessThanOrEqual(10_000);
  });

  test('and never comes back is given up, with an error, and the session fails', () => {
    const world = new TwoPeers(RELAYED);
    signal(world.a, world.b);
    world.run(3_000);
    world.turn.down();
    world.run(650_000);
    expect(world.a.agent.state).toBe('failed');
    expect(world.a.agent.deadline).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the connection to a TURN server', () => {
  const servers = [server('turn:203.0.113.10?transport=tcp')];

  async function overTcp(a: Partial<IceOptions>, b: Partial<IceOptions>) {
    const network = new VirtualNetwork({ seed: 3 });
    const turn = new VirtualTurnServer(network.addHost('server', { addresses: ['203.0.113.10'] }), '203.0.113.10');
    await turn.listenTcp();
    const up = { delayMs: 10 };
    const peer = (name: string, address: string, role: IceOptions['role'], options: Partial<IceOptions>, seed: number) =>
      new AgentDriver(network.addHost(name, { addresses: [address], up }), { role, relayFactory: turnRelay, ...options }, seed);
    const peers = { a: peer('a', '198.51.100.1', 'controlling', a, 1), b: peer('b', '198.51.100.2', 'controlled', b, 2) };
    const run = (ms: number): Promise<boolean> =>
      network.clock.runAsync(ms, () => new Promise((resolve) => setImmediate(resolve)));
    return { ...peers, turn, network, run };
  }

  test('is opened again when it breaks, and again until the server listens; the call goes on', async () => {
    const { a, b, turn, run } = await overTcp({ servers, transportPolicy: 'relay' }, {});
    signal(a, b);
    await run(3_000);
    expect(a.agent.selectedPair?.local.type).toBe('relay');
    turn.down();
    await run(2_000);
    expect([a.agent.state, a.noticesOf('relay-replaced')]).toEqual(['disconnected', []]);
    await turn.up();
    await run(3_000);
    expect(a.noticesOf('relay-replaced')).toHaveLength(1);
    a.send('there again');
    await run(200);
    expect(b.received).toEqual(['there again']);
    for (const peer of [a, b]) peer.do((agent, now) => agent.close(now));
    await run(1_000);
    expect([turn.allocations.size, a.host.openHandles]).toEqual([0, 0]);
  });

  test('is given up when nobody listens for 30 s: one error, and the session fails', async () => {
    const { a, b, turn, run } = await overTcp({ servers, transportPolicy: 'relay' }, {});
    signal(a, b);
    await run(3_000);
    turn.down();
    await run(45_000);
    expect(a.agent.state).toBe('failed');
    expect(a.noticesOf('candidate-error').map(({ error }) => error.errorCode)).toEqual([701]);
  });

  test('is part of a restart that begins while the server is down: the new candidate is announced when it is back', async () => {
    const { a, b, turn, run } = await overTcp({ servers, transportPolicy: 'relay' }, {});
    signal(a, b);
    await run(3_000);
    turn.down();
    await run(1_000);
    for (const peer of [a, b]) peer.do((agent, now) => agent.restart(now));
    signal(a, b);
    await run(4_000);
    expect(a.agent.gatheringState).toBe('gathering');
    await turn.up();
    await run(8_000);
    expect([a.agent.gatheringState, a.agent.selectedPair?.local.type]).toEqual(['complete', 'relay']);
    expect(a.noticesOf('candidate-error')).toEqual([]);
  });

  test('during a gathering counts as part of it: the new candidate is announced', async () => {
    const { a, b, turn, run } = await overTcp({ servers: [...servers, server('stun:203.0.113.99')], transportPolicy: 'all' }, {});
    trickle(a, b);
    a.gather();
    await run(500);
    turn.down();
    await turn.up();
    await run(20_000);
    const relayed = a.noticesOf('candidate').filter(({ candidate }) => candidate.type === 'relay');
    expect([a.agent.gatheringState, relayed.length]).toEqual(['complete', 2]);
  });
});

describe('stuns: servers (RFC 7064)', () => {
  async function behindNat(url: string, a: Partial<IceOptions> = {}) {
    const network = new VirtualNetwork({ seed: 5 });
    const turn = new VirtualTurnServer(network.addHost('server', { addresses: ['203.0.113.10'] }), '203.0.113.10');
    await turn.listenTcp();
    const { zone } = network.addNat({ outerAddresses: ['198.51.100.1'], kind: 'port-restricted', up: { delayMs: 10 } });
    const driver = new AgentDriver(
      network.addHost('a', { in: zone, addresses: ['10.1.0.2'] }),
      { role: 'controlling', servers: [server(url)], ...a },
      1,
    );
    driver.gather();
    await network.clock.runAsync(12_000, () => new Promise((resolve) => setImmediate(resolve)));
    return driver;
  }

  test('tell over TLS where our connections come from: an active candidate', async () => {
    const driver = await behindNat('stuns:203.0.113.10:3478');
    expect(driver.agent.localCandidates.find(({ type }) => type === 'srflx')).toMatchObject({
      protocol: 'tcp',
      tcpType: 'active',
      address: '198.51.100.1',
      port: 9,
      relatedAddress: '10.1.0.2',
      url: 'stuns:203.0.113.10:3478',
    });
    expect([driver.agent.gatheringState, driver.noticesOf('candidate-error')]).toEqual(['complete', []]);
    expect(driver.host.openHandles).toBe(1); // the connection is closed again
  });

  test('that nobody serves give an error with their URL', async () => {
    const driver = await behindNat('stuns:203.0.113.10:5349');
    expect(driver.noticesOf('candidate-error').map(({ error }) => [error.url, error.errorCode])).toEqual([
      ['stuns:203.0.113.10:5349', 701],
    ]);
    expect(driver.agent.gatheringState).toBe('complete');
  });

  test('are left alone when only relays are wanted, and reveal nothing when addresses are hidden', async () => {
    const silent = await behindNat('stuns:203.0.113.10:3478', { transportPolicy: 'relay' });
    expect(silent.agent.localCandidates).toEqual([]);
    const hidden = await behindNat('stuns:203.0.113.10:3478', { hostAddresses: 'mdns' });
    expect(JSON.stringify(hidden.agent.localCandidates)).not.toContain('10.1.0.2');
  });
});
