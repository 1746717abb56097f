import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StunMethod } from '../stun/index.js';
import type { IceCredentials, IceOptions } from './index.js';
import { AgentDriver, exchangeCredentials, signal, trickle } from './testing/agent-driver.js';
import { TwoPeers } from './testing/world.js';

const nominated = ({ agent }: AgentDriver): boolean =>
  agent.stats().pairs.some(({ nominated: isNominated, isSelected }) => isNominated && isSelected);

const credentialsOf = ({ agent }: AgentDriver): IceCredentials => agent.localCredentials;

describe('two agents', () => {
  test('can send after one round trip, and then conclude', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    expect(world.connect()).toBe(true);
    expect(world.network.clock.now()).toBeLessThanOrEqual(61); // 2 x 10 ms each way, and one Ta at most
    world.run(200);
    expect(world.a.states).toEqual(['checking', 'connected', 'completed']);
    expect(world.b.states).toEqual(['checking', 'connected', 'completed']);
    expect([nominated(world.a), nominated(world.b), world.passesData()]).toEqual([true, true, true]);
    expect(world.a.noticesOf('gathering-state-changed').map(({ state }) => state)).toEqual(['gathering', 'complete']);
  });

  test('count what travels, and its round trips', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(300);
    world.a.send('12345');
    world.run(20_000);
    const [ofA, ofB] = [world.a, world.b].map(({ agent }) => agent.stats().pairs.find(({ isSelected }) => isSelected)!);
    expect(ofA).toMatchObject({ packetsSent: 1, bytesSent: 5, hasConsent: true, state: 'succeeded', currentRoundTripMs: 40 });
    expect(ofB).toMatchObject({ packetsReceived: 1, bytesReceived: 5 });
    expect(ofA!.consentRequestsSent).toBeGreaterThanOrEqual(3);
    expect(ofA!.requestsSent).toBe(ofA!.responsesReceived);
    expect(ofA!.responsesSent).toBe(ofA!.requestsReceived);
  });

  const roles = ['controlling', 'controlled'] as const;
  test.each(roles.flatMap((a) => roles.map((b) => [a, b] as const)))('starting as %s and %s end with one of each', (a, b) => {
    for (let seed = 1; seed <= 8; seed++) {
      const world = new TwoPeers({ seed, a: { role: a }, b: { role: b } });
      signal(world.a, world.b);
      world.run(1_000);
      expect(new Set([world.a.agent.role, world.b.agent.role]).size).toBe(2);
      expect([nominated(world.a), nominated(world.b)]).toEqual([true, true]);
      expect(world.a.noticesOf('role-changed').length + world.b.noticesOf('role-changed').length).toBe(a === b ? 1 : 0);
    }
  });

  test('one that knows its peer late answers its checks early, and connects without waiting for more of them', () => {
    const world = new TwoPeers();
    trickle(world.a, world.b);
    trickle(world.b, world.a);
    const { a, b } = world;
    b.do((agent, now) => agent.setRemote(now, a.agent.localCredentials));
    a.gather();
    b.gather();
    a.host.clock.schedule(300, () => a.do((agent, now) => agent.setRemote(now, b.agent.localCredentials)));
    world.run(299);
    expect(b.agent.selectedPair).toBeDefined();
    expect(a.agent.selectedPair).toBeUndefined();
    world.run(1 + 40);
    expect(a.agent.selectedPair).toBeDefined();
  });

  test('a few packets that overtake the description of who sent them are kept; those of somebody else are not', () => {
    const lateAgent = (describedAs: (b: AgentDriver) => IceCredentials): AgentDriver => {
      const { a, b, network } = new TwoPeers();
      trickle(a, b);
      b.do((agent, now) => agent.setRemote(now, a.agent.localCredentials));
      a.gather();
      b.gather();
      network.clock.run(300);
      for (const text of ['1', '2', '3', '4', '5']) b.send(text);
      network.clock.run(100);
      expect(a.received).toEqual([]);
      a.do((agent, now) => agent.setRemote(now, describedAs(b)));
      return a;
    };
    expect(lateAgent(credentialsOf).received).toEqual(['1', '2', '3', '4']); // the fifth was one too many
    expect(lateAgent(() => ({ ufrag: 'another', password: 'x'.repeat(24) })).received).toEqual([]);
  });

  test.each(['relay', 'all'] as const)('with policy %s candidates and packets say what they may', (transportPolicy) => {
    const world = new TwoPeers({ servers: 'turn', a: { transportPolicy } });
    signal(world.a, world.b);
    expect(world.connect()).toBe(true);
    world.run(3_000);
    const { localCandidates } = world.a.agent;
    const isRelay = transportPolicy === 'relay';
    expect(localCandidates.every(({ type }) => type === 'relay')).toBe(isRelay);
    if (isRelay) {
      expect(localCandidates.map(({ relatedAddress, relatedPort }) => [relatedAddress, relatedPort])).toEqual([['0.0.0.0', 0]]);
      expect(world.a.sent.every(({ path }) => path.remoteAddress === '203.0.113.10')).toBe(true);
      expect(world.way.startsWith('relay')).toBe(true);
      expect(world.a.agent.overheadBytes).toBe(4);
    }
    expect(world.passesData()).toBe(true);
  });

  test('a candidate pool is an agent that gathered early: nothing waits for servers later', () => {
    const world = new TwoPeers({ servers: 'turn', natA: 'symmetric', natB: 'symmetric' });
    world.a.gather();
    world.b.gather();
    world.run(60_000);
    const candidates = [world.a, world.b].map(({ agent }) => agent.localCandidates);
    exchangeCredentials(world.a, world.b);
    for (const candidate of candidates[0]!) world.b.do((agent, now) => agent.addRemoteCandidate(now, candidate));
    for (const candidate of candidates[1]!) world.a.do((agent, now) => agent.addRemoteCandidate(now, candidate));
    const start = world.network.clock.now();
    expect(world.connect(3_000)).toBe(true);
    expect(world.network.clock.now() - start).toBeLessThan(700);
  });

  test('an unreachable server is told as error 701, and does not hold up the others', () => {
    const world = new TwoPeers({ servers: 'turn' });
    world.turn.isSilent = true;
    signal(world.a, world.b);
    expect(world.connect(1_000)).toBe(true);
    world.run(12_000);
    expect(world.a.noticesOf('candidate-error').map(({ error }) => error)).toMatchObject([
      { errorCode: 701, url: 'turn:203.0.113.10', address: '198.51.100.1' },
    ]);
    expect(world.a.agent.state).toBe('completed');
  });

  test('wrong TURN credentials are told with their code', () => {
    const world = new TwoPeers({ servers: 'turn', turn: { password: 'other' } });
    world.a.gather();
    world.run(1_000);
    expect(world.a.noticesOf('candidate-error')).toMatchObject([{ error: { errorCode: 401, errorText: 'Unauthenticated' } }]);
    expect(world.a.agent.gatheringState).toBe('complete');
  });

  test('waits 39.5 s for a peer before it fails, and takes one that comes at 39 s (RFC 8863)', () => {
    const world = new TwoPeers();
    exchangeCredentials(world.a, world.b);
    world.a.gather();
    world.a.do((agent, now) => agent.endOfRemoteCandidates(now));
    world.run(39_400);
    expect(world.a.agent.state).toBe('new');
    trickle(world.a, world.b);
    trickle(world.b, world.a);
    world.b.gather();
    for (const candidate of world.a.agent.localCandidates) world.b.do((agent, now) => agent.addRemoteCandidate(now, candidate));
    expect(world.connect(2_000)).toBe(true);

    const alone = new TwoPeers();
    exchangeCredentials(alone.a, alone.b);
    alone.a.gather();
    alone.run(39_499);
    expect(alone.a.agent.state).toBe('new');
    alone.run(2);
    expect(alone.a.agent.state).toBe('failed');
  });

  test('whatever the order and the delays of descriptions and candidates, they connect (RFC 8838)', () => {
    const delay = fc.integer({ min: 0, max: 2_000 });
    fc.assert(
      fc.property(fc.array(delay, { minLength: 4, maxLength: 4 }), fc.integer({ min: 1, max: 1_000 }), (delays, seed) => {
        const world = new TwoPeers({ seed, natA: 'port-restricted', natB: 'address-restricted', servers: 'stun' });
        const { a, b } = world;
        trickle(a, b, delays[0]!);
        trickle(b, a, delays[1]!);
        a.host.clock.schedule(delays[2]!, () => a.do((agent, now) => agent.setRemote(now, b.agent.localCredentials)));
        a.host.clock.schedule(delays[3]!, () => b.do((agent, now) => agent.setRemote(now, a.agent.localCredentials)));
        a.gather();
        b.gather();
        expect(world.connect(20_000)).toBe(true);
        expect(world.passesData()).toBe(true);
        world.run(45_000); // the pairs of private addresses take their time to fail
        expect([a.agent.state, b.agent.state]).toEqual(['completed', 'completed']);
      }),
      { numRuns: 60 },
    );
  });

  test('close gives back allocations and sockets, once, and is the end', () => {
    const world = new TwoPeers({ servers: 'turn' });
    signal(world.a, world.b);
    world.run(2_000);
    expect(world.turn.allocations.size).toBe(2);
    for (const peer of [world.a, world.b]) {
      peer.do((agent, now) => agent.close(now));
      peer.do((agent, now) => agent.close(now));
      expect([peer.agent.state, peer.agent.deadline, peer.send('x')]).toEqual(['closed', Number.POSITIVE_INFINITY, false]);
      expect(peer.states.filter((state) => state === 'closed')).toHaveLength(1);
      expect(peer.host.openHandles).toBe(0);
    }
    world.run(1_000);
    expect(world.turn.allocations.size).toBe(0);
  });
});

describe('a lite agent', () => {
  const lite: Partial<IceOptions> = { mode: 'lite' };

  test('is always controlled, sends no checks, and is connected to', () => {
    const world = new TwoPeers({ natA: 'symmetric', servers: 'stun', b: lite, a: { role: 'controlled' } });
    const { a, b } = world;
    trickle(a, b);
    trickle(b, a);
    a.do((agent, now) => agent.setRemote(now, b.agent.localCredentials, { isLite: true }));
    b.do((agent, now) => agent.setRemote(now, a.agent.localCredentials));
    a.gather();
    b.gather();
    expect(world.connect(2_000)).toBe(true);
    world.run(500);
    expect([a.agent.role, b.agent.role]).toEqual(['controlling', 'controlled']);
    expect(b.agent.stats().pairs.map(({ requestsSent }) => requestsSent)).not.toContain(1);
    expect(world.passesData()).toBe(true);
    world.run(120_000);
    expect(b.agent.state).toMatch(/connected|completed/);
  });

  test('stops sending 30 s after its peer fell silent', () => {
    const world = new TwoPeers({ b: lite });
    signal(world.a, world.b);
    world.run(10_000);
    world.a.isMuted = true;
    world.run(31_000);
    expect([world.b.send('x'), world.b.agent.selectedPair]).toEqual([false, undefined]);
    expect(world.b.states.slice(-2)).toEqual(['disconnected', 'failed']);
  });
});

describe('consent (RFC 7675)', () => {
  test('is asked for every 4 to 6 s, never in step', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(500);
    const from = world.a.sent.length;
    const count = (): number => world.a.agent.stats().pairs.find(({ isSelected }) => isSelected)!.consentRequestsSent;
    const [before, start] = [count(), world.network.clock.now()];
    const at: number[] = [];
    while (world.network.clock.now() < start + 600_000) {
      const was = count();
      world.run(10);
      if (count() > was) at.push(world.network.clock.now());
    }
    const gaps = at.slice(1).map((instant, i) => instant - at[i]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3_990);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6_010);
    expect(new Set(gaps).size).toBeGreaterThan(gaps.length / 3);
    expect(count() - before).toBe(at.length);
    expect(world.a.sent.length - from).toBeLessThan(2.2 * at.length);
  });

  test('S-23: expires after 30 s without answers, though data still comes; then nothing is sent', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(500);
    const { a, b } = world;
    const start = world.network.clock.now();
    // b answers nothing any more but goes on sending data
    const transmit = b.transmit.bind(b);
    b.transmit = (bytes, path, socket) => void (bytes[0]! > 3 && transmit(bytes, path, socket));
    let lastSent = start;
    for (let i = 0; i < 500; i++) {
      world.run(100);
      b.send('data');
      if (a.send('data')) lastSent = world.network.clock.now();
    }
    expect(lastSent - start).toBeLessThanOrEqual(30_100);
    expect(lastSent - start).toBeGreaterThan(24_000);
    expect(a.agent.state).toBe('failed');
    expect(a.states).not.toContain('disconnected'); // it was heard all the time
  });

  test('consent-expires-while-muted: disconnected after 5 to 11 s, failed 30 s after the last answer', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(500);
    const lastHeard = world.network.clock.now();
    world.b.isMuted = true;
    world.run(60_000);
    const at = (state: string): number =>
      world.a.notices.find(({ notice }) => notice.type === 'state-changed' && notice.state === state)!.at - lastHeard;
    expect(at('disconnected')).toBeGreaterThan(4_000);
    expect(at('disconnected')).toBeLessThan(11_000);
    expect(at('failed')).toBeGreaterThan(29_000);
    expect(at('failed')).toBeLessThan(31_000 + 39_500);
    expect(world.a.states.slice(-2)).toEqual(['disconnected', 'failed']);
  });

  test('a pause of 20 s is survived without a restart', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(500);
    world.a.isMuted = world.b.isMuted = true;
    world.run(20_000);
    expect(world.a.agent.state).toBe('disconnected');
    world.a.isMuted = world.b.isMuted = false;
    world.run(6_100);
    expect([world.a.agent.state, world.b.agent.state]).toEqual(['completed', 'completed']);
    expect(world.passesData()).toBe(true);
  });
});

describe('paths that change', () => {
  test('R-09: a NAT that moves the port is followed within 3 s while data flows', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = new TwoPeers({
        seed,
        natA: 'port-restricted',
        servers: 'stun',
        b: { role: seed % 2 ? 'controlled' : 'controlling' },
        a: { role: seed % 2 ? 'controlling' : 'controlled' },
      });
      signal(world.a, world.b);
      world.run(3_000 + 137 * seed);
      const talk = (): void => {
        world.a.send('x'.repeat(150));
        world.b.send('y'.repeat(150));
        world.run(20);
      };
      for (let i = 0; i < 20; i++) talk();
      world.natA!.rebind();
      const start = world.network.clock.now();
      const heard = world.a.received.length;
      while (world.a.received.length < heard + 10 && world.network.clock.now() < start + 10_000) talk();
      expect(world.network.clock.now() - start).toBeLessThanOrEqual(3_000);
      expect(world.passesData()).toBe(true);
      world.run(40_000);
      expect(world.passesData()).toBe(true);
    }
  });

  test('a rebinding while nobody talks is found by the next check', () => {
    const world = new TwoPeers({ natA: 'port-restricted', servers: 'stun' });
    signal(world.a, world.b);
    world.run(3_000);
    world.natA!.rebind();
    world.run(15_000);
    expect(world.passesData()).toBe(true);
  });

  test('R-10: when UDP between them is blocked, a relay takes over within 10 s', () => {
    const world = new TwoPeers({ natA: 'port-restricted', servers: 'turn' });
    signal(world.a, world.b);
    world.run(3_000);
    expect(world.way).not.toContain('relay');
    world.a.isBlocked = ({ remoteAddress }) => remoteAddress === '198.51.100.2';
    world.b.isBlocked = ({ remoteAddress }) => remoteAddress === '198.51.100.1';
    const start = world.network.clock.now();
    while (!world.passesData() && world.network.clock.now() < start + 60_000) world.run(50);
    expect(world.network.clock.now() - start).toBeLessThanOrEqual(10_000);
    expect(world.way).toContain('relay');
  });
});

describe('a restart', () => {
  test('keeps the old pair until the new one works, and data flows all the time', () => {
    const world = new TwoPeers({ natA: 'port-restricted', natB: 'port-restricted', servers: 'stun' });
    signal(world.a, world.b, 20);
    world.run(45_000);
    const { a, b } = world;
    const before = a.agent.localCredentials;
    a.do((agent, now) => agent.restart(now));
    expect(a.agent.localCredentials.ufrag).not.toBe(before.ufrag);
    expect(a.agent.state).toBe('connected'); // more may come; nothing is known of the peer's part yet
    expect(world.passesData()).toBe(true);
    a.gather();
    world.run(500);
    expect(world.passesData()).toBe(true);
    b.do((agent, now) => agent.restart(now));
    b.do((agent, now) => agent.setRemote(now, a.agent.localCredentials));
    b.gather();
    for (const candidate of a.agent.localCandidates) b.do((agent, now) => agent.addRemoteCandidate(now, candidate));
    b.do((agent, now) => agent.endOfRemoteCandidates(now));
    a.do((agent, now) => agent.setRemote(now, b.agent.localCredentials));
    for (let i = 0; i < 10; i++) expect(world.passesData()).toBe(true);
    world.run(45_000);
    expect(a.agent.stats().remoteCandidates.every(({ usernameFragment }) => usernameFragment === b.agent.localUfrag)).toBe(true);
    expect([a.agent.state, b.agent.state]).toEqual(['completed', 'completed']);
    expect([...a.states, ...b.states]).not.toContain('disconnected');
  });

  test('both-sides-restart-ice at once, and end together', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(1_000);
    for (const peer of [world.a, world.b]) peer.do((agent, now) => agent.restart(now));
    signal(world.a, world.b);
    world.run(1_000);
    expect(world.passesData()).toBe(true);
    expect([world.a.agent.state, world.b.agent.state]).toEqual(['completed', 'completed']);
  });

  test('that is rolled back leaves all as it was', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(1_000);
    const { ufrag } = world.a.agent.localCredentials;
    world.a.do((agent, now) => agent.restart(now));
    world.a.do((agent, now) => agent.rollbackRestart(now));
    world.run(60_000);
    expect([world.a.agent.localCredentials.ufrag, world.a.agent.state, world.passesData()]).toEqual([ufrag, 'completed', true]);
  });

  test('R-08: after a change of network brings data back, on the new address, within 2 s', () => {
    const world = new TwoPeers({ natB: 'port-restricted', servers: 'stun' });
    signal(world.a, world.b);
    world.run(3_000);
    const { a, b } = world;
    a.host.detach('198.51.100.1');
    world.network.addAddress(a.host, '198.51.100.77', { up: { delayMs: 10 } });
    a.do((agent, now) => agent.restart(now));
    trickle(a, b, 20);
    trickle(b, a, 20);
    a.host.clock.schedule(a.now + 20, () => {
      b.do((agent, now) => agent.setRemote(now, a.agent.localCredentials));
      b.gather();
    });
    a.gather();
    a.host.clock.schedule(a.now + 40, () => a.do((agent, now) => agent.setRemote(now, b.agent.localCredentials)));
    const start = world.network.clock.now();
    const heard = a.received.length;
    while ((a.received.length === heard || !a.agent.selectedPair) && world.network.clock.now() < start + 30_000) {
      b.send('data');
      world.run(20);
    }
    expect(world.network.clock.now() - start).toBeLessThanOrEqual(2_000);
    expect(a.agent.selectedPair?.local.address).toBe('198.51.100.77');
  });

  test('revives an agent that failed', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(1_000);
    world.a.isMuted = world.b.isMuted = true;
    world.run(80_000);
    expect(world.a.agent.state).toBe('failed');
    world.a.isMuted = world.b.isMuted = false;
    for (const peer of [world.a, world.b]) peer.do((agent, now) => agent.restart(now));
    expect(world.a.agent.state).toBe('failed'); // until the peer's part is known
    signal(world.a, world.b);
    world.run(1_000);
    expect([world.a.agent.state, world.passesData()]).toEqual(['completed', true]);
  });
});

describe('a restart that is taken back', () => {
  test('leaves credentials, candidates and gathering as they were, also after it gathered', () => {
    const world = new TwoPeers({ natA: 'port-restricted', servers: 'turn' });
    signal(world.a, world.b);
    world.run(3_000);
    const { a, b } = world;
    const before = { credentials: a.agent.localCredentials, candidates: a.agent.localCandidates, way: world.way };
    a.onNotice = () => {};
    a.do((agent, now) => agent.restart(now));
    a.gather();
    world.run(1_000);
    expect(a.agent.localCandidates).not.toEqual(before.candidates);
    a.do((agent, now) => agent.rollbackRestart(now));
    expect(a.agent.gatheringState).toBe('complete');
    world.run(60_000);
    expect({ credentials: a.agent.localCredentials, candidates: a.agent.localCandidates, way: world.way }).toEqual(before);
    expect([world.passesData(), b.agent.state]).toEqual([true, 'completed']);
    expect(a.states).not.toContain('failed');
  });

  test('does not keep the first connection from being made meanwhile', () => {
    const world = new TwoPeers();
    const { a, b } = world;
    trickle(b, a);
    exchangeCredentials(a, b);
    a.gather();
    world.run(10);
    a.do((agent, now) => agent.restart(now, { ufrag: 'mine', password: 'p'.repeat(24) }));
    expect(a.agent.localUfrag).toBe('mine');
    b.gather();
    expect(world.connect(2_000)).toBe(true);
    a.do((agent, now) => agent.rollbackRestart(now));
    expect(a.agent.localUfrag).not.toBe('mine');
    a.gather();
    world.run(1_000);
    expect([a.agent.gatheringState, world.passesData()]).toEqual(['complete', true]);
    expect(a.agent.localCandidates).toHaveLength(2); // none was announced twice
  });

  test('ends what the next one replaces: any number of proposals leaves one to answer', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(1_000);
    const [before, pairs] = [world.a.agent.localUfrag, world.a.agent.stats().pairs.length];
    for (let i = 0; i < 5; i++) world.a.do((agent, now) => agent.restart(now));
    world.a.do((agent, now) => agent.rollbackRestart(now));
    world.a.do((agent, now) => agent.rollbackRestart(now));
    expect([world.a.agent.localUfrag, world.a.agent.stats().pairs.length]).toEqual([before, pairs]);
    expect(world.passesData()).toBe(true);
  });
});

describe('a peer that changes its credentials alone', () => {
  test('is found again under what we said of ourselves before (RFC 8839 §4.4.1.1.1)', () => {
    const world = new TwoPeers({ natA: 'port-restricted', servers: 'stun' });
    signal(world.a, world.b);
    world.run(2_000);
    const { a, b } = world;
    const before = a.agent.localCredentials;
    trickle(b, a);
    b.do((agent, now) => agent.restart(now));
    b.gather();
    a.do((agent, now) => agent.setRemote(now, b.agent.localCredentials));
    for (const candidate of b.agent.localCandidates) a.do((agent, now) => agent.addRemoteCandidate(now, candidate));
    expect(world.passesData()).toBe(true);
    b.do((agent, now) => agent.setRemote(now, before));
    for (const candidate of a.agent.localCandidates) b.do((agent, now) => agent.addRemoteCandidate(now, candidate));
    world.run(3_000);
    expect(a.agent.localCredentials).toEqual(before);
    expect(a.agent.stats().remoteCandidates.every(({ usernameFragment }) => usernameFragment === b.agent.localUfrag)).toBe(true);
    expect([a.agent.gatheringState, world.passesData()]).toEqual(['complete', true]);
  });

  test('and is another one gets everything from then on, and the one before nothing', () => {
    const world = new TwoPeers();
    signal(world.a, world.b);
    world.run(2_000);
    const { a, b, network } = world;
    const third = new AgentDriver(network.addHost('c', { addresses: ['198.51.100.3'] }), { role: 'controlled' }, 9);
    third.gather();
    a.do((agent, now) => agent.setRemote(now, third.agent.localCredentials, { isOtherPeer: true }));
    expect(a.send('to nobody yet')).toBe(false);
    third.do((agent, now) => agent.setRemote(now, a.agent.localCredentials));
    for (const candidate of a.agent.localCandidates) third.do((agent, now) => agent.addRemoteCandidate(now, candidate));
    world.run(1_000);
    expect(a.agent.selectedPair?.remote.address).toBe('198.51.100.3');
    a.send('to the third');
    world.run(100);
    expect([third.received, b.received]).toEqual([['to the third'], []]);
  });
});

test('who checks before its description came is in the statistics, nameless', () => {
  const world = new TwoPeers();
  const { a, b } = world;
  a.gather();
  b.gather();
  b.do((agent, now) => agent.setRemote(now, a.agent.localCredentials));
  for (const candidate of a.agent.localCandidates) b.do((agent, now) => agent.addRemoteCandidate(now, candidate));
  world.run(200);
  const seen = (): (string | undefined)[][] =>
    a.agent.stats().remoteCandidates.map(({ type, usernameFragment }) => [type, usernameFragment]);
  expect(seen()).toEqual([['prflx', undefined]]);
  a.do((agent, now) => agent.setRemote(now, b.agent.localCredentials));
  expect(seen()).toEqual([['prflx', b.agent.localUfrag]]);
});

test('a TURN server gets one Binding-free conversation: allocate, permit, bind, refresh', () => {
  const world = new TwoPeers({ natA: 'symmetric', natB: 'symmetric', servers: 'turn' });
  signal(world.a, world.b);
  world.run(60_000);
  expect(world.way).toContain('relay');
  expect(new Set(world.turn.asked)).toEqual(new Set([StunMethod.allocate, StunMethod.createPermission, StunMethod.channelBind]));
});
