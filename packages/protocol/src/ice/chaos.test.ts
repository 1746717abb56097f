import { NAT_KINDS, type NatKind } from '@maru/netsim';
import { expect, test } from 'vitest';
import { SeededRandom } from '../core/index.js';
import { signal } from './testing/agent-driver.js';
import { TwoPeers } from './testing/world.js';

const KINDS = Object.keys(NAT_KINDS) as NatKind[];

/** Minutes of a bad day: loss, silence, rebinding, restarts of either or both sides, in an order that the seed decides. */
function badDay(seed: number): TwoPeers {
  const random = new SeededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[random.uint32() % list.length]!;
  const world = new TwoPeers({
    seed,
    natA: pick(KINDS),
    natB: pick(KINDS),
    servers: 'turn',
    link: { delayMs: random.uint32() % 150, jitterMs: random.uint32() % 40, loss: random.unit() / 10, duplicate: 0.02 },
    b: { role: pick(['controlled', 'controlling']) },
  });
  const { a, b } = world;
  const restart = (...peers: (typeof a)[]): void => {
    for (const peer of peers) peer.do((agent, now) => agent.restart(now));
    const other = [a, b].find((peer) => !peers.includes(peer));
    other?.do((agent, now) => agent.restart(now));
    signal(a, b, random.uint32() % 300);
  };
  const events = [
    () => restart(a),
    () => restart(a, b),
    () => world.natA!.rebind(),
    () => world.natB!.rebind(),
    () => void (a.isMuted = !a.isMuted),
    () => void (b.isMuted = !b.isMuted),
    () => (world.turn.isSilent ||= random.uint32() % 8 === 0),
    () => void a.send('x'.repeat(200)),
    () => void b.send('y'.repeat(200)),
  ];
  signal(a, b, random.uint32() % 300);
  for (let i = 0; i < 30; i++) {
    world.run(random.uint32() % 8_000);
    pick(events)();
  }
  a.isMuted = b.isMuted = world.turn.isSilent = false;
  return world;
}

test('after a bad day of any kind a restart connects them again, in bounded work', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const world = badDay(seed);
    const { a, b } = world;
    world.run(1_000);
    for (const peer of [a, b]) peer.do((agent, now) => agent.restart(now));
    signal(a, b, 50);
    world.run(20_000);
    const passes = [1, 2, 3, 4].some(() => world.passesData());
    expect(passes, `seed ${seed}: ${a.states.slice(-3)} | ${b.states.slice(-3)}`).toBe(true);
    expect(a.states.join(' ')).not.toMatch(/\b(\w+) \1\b/); // a state is told when it changes
    for (const peer of [a, b]) {
      expect(peer.sent.length).toBeLessThan(20_000);
      peer.do((agent, now) => agent.close(now));
      expect(peer.host.openHandles).toBe(0);
    }
  }
});
