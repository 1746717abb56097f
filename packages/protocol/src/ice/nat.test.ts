import { NAT_KINDS, type NatBehaviour, type NatKind } from '@maru/netsim';
import { describe, expect, test } from 'vitest';
import { signal } from './testing/agent-driver.js';
import { TwoPeers } from './testing/world.js';

const KINDS = Object.keys(NAT_KINDS) as NatKind[];

/** Whether a direct pair can form behind these two, when each knows what a STUN server saw of the other. */
function canBeDirect(a: NatBehaviour, b: NatBehaviour): boolean {
  const isStable = ({ mapping }: NatBehaviour): boolean => mapping === 'endpoint-independent';
  // One end appears from another port than was told: the other end's filter must not look at ports.
  const toleratesPort = ({ filtering }: NatBehaviour): boolean => filtering !== 'address-and-port-dependent';
  if (isStable(a) && isStable(b)) return true;
  if (isStable(a)) return toleratesPort(a);
  if (isStable(b)) return toleratesPort(b);
  // Both move: one must be found at one port by all of the other's, and the other must let it in unasked.
  const finds = (from: NatBehaviour, to: NatBehaviour): boolean =>
    from.mapping === 'address-dependent' && to.filtering === 'endpoint-independent';
  return finds(a, b) || finds(b, a);
}

describe('through every pair of NAT kinds', () => {
  const pairs = KINDS.flatMap((a) => KINDS.map((b) => [a, b, canBeDirect(NAT_KINDS[a], NAT_KINDS[b])] as const));

  test.each(pairs)('%s and %s: direct with STUN alone: %s; always with TURN', (natA, natB, isDirect) => {
    const withStun = new TwoPeers({ natA, natB, servers: 'stun' });
    signal(withStun.a, withStun.b, 20);
    expect(withStun.connect()).toBe(isDirect);
    if (isDirect) expect(withStun.passesData()).toBe(true);
    else {
      withStun.run(60_000);
      expect([withStun.a.agent.state, withStun.b.agent.state]).toEqual(['failed', 'failed']);
    }

    const withTurn = new TwoPeers({ natA, natB, servers: 'turn' });
    signal(withTurn.a, withTurn.b, 20);
    expect(withTurn.connect(5_000)).toBe(true);
    withTurn.run(3_000);
    expect(withTurn.passesData()).toBe(true);
    expect(withTurn.way.includes('relay')).toBe(!isDirect);
  });

  test('two hosts behind one NAT without hairpin use their host addresses', () => {
    const world = new TwoPeers({ natA: 'port-restricted', servers: 'stun' });
    signal(world.a, world.b);
    expect(world.connect()).toBe(true);
  });
});

describe('loss', () => {
  test.each([0, 0.05, 0.1, 0.2, 0.3, 0.5])('%d of all packets lost each way: they connect, and stay so', (loss) => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = new TwoPeers({
        seed,
        link: { delayMs: 20, jitterMs: 10, loss: loss / 2 },
        natA: 'port-restricted',
        servers: 'stun',
      });
      signal(world.a, world.b, 20);
      expect(world.connect()).toBe(true);
      world.run(120_000);
      expect([world.a.agent.selectedPair, world.b.agent.selectedPair]).not.toContain(undefined);
    }
  });
});
