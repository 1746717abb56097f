import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../core/index.js';
import { KeyFrameThrottle } from './key-frame-throttle.js';
import { NackScheduler } from './nack-scheduler.js';
import { RetransmissionBudget } from './retransmission-budget.js';

describe('asking again', () => {
  test('begins at once where the stream keeps its order, and is repeated within the round trip, since requests are lost too', () => {
    const nacks = new NackScheduler();
    nacks.roundTripMs = 100;
    nacks.received(0, 65_534, false);
    nacks.received(10, 65_538, false);
    expect(nacks.deadline).toBe(10);
    expect(nacks.due(10)).toEqual([65_535, 0, 1]);
    expect(nacks.due(20)).toEqual([]);
    expect(nacks.deadline).toBeCloseTo(36);
    nacks.received(30, 65_536, true);
    expect(nacks.due(36)).toEqual([65_535, 1]);
    nacks.received(70, 65_535, true);
    nacks.received(70, 65_537, true);
    expect([nacks.isEmpty, nacks.deadline]).toEqual([true, Infinity]);
    expect(nacks.counters).toEqual({ requested: 5, recovered: 3, vain: 0, givenUp: 0 });
  });

  test('waits a round trip for the answer where packets overtake one another', () => {
    const nacks = new NackScheduler();
    nacks.roundTripMs = 100;
    nacks.received(0, 0, false);
    nacks.received(10, 2, false);
    nacks.received(20, 1, false); // it was only overtaken
    nacks.received(30, 4, false);
    expect(nacks.deadline).toBeGreaterThan(35);
    expect(nacks.due(40)).toEqual([3]);
    expect(nacks.deadline).toBeCloseTo(150);
    expect(nacks.due(150)).toEqual([3]);
    expect(nacks.deadline).toBeCloseTo(205);
  });

  test('learns how long packets are overtaken, and then asks for few in vain', () => {
    const random = new SeededRandom(1);
    const nacks = new NackScheduler();
    const arrivals: [at: number, sequence: number][] = [];
    for (let i = 0; i < 10_000; i++) arrivals.push([i * 5 + (random.unit() < 0.25 ? 50 : 0), i]);
    arrivals.sort((a, b) => a[0] - b[0]);
    for (const [now, sequence] of arrivals) {
      while (nacks.deadline < now) nacks.due(nacks.deadline);
      nacks.received(now, sequence, false);
    }
    expect(nacks.reorderingMs).toBeGreaterThan(40);
    expect(nacks.counters.requested).toBeLessThan(10_000 * 0.05);
  });

  test('forgets reordering that has ended', () => {
    const nacks = new NackScheduler();
    let now = 0;
    for (let i = 0; i < 200; i += 2) {
      nacks.received((now += 10), i + 1, false);
      nacks.received((now += 10), i, false);
    }
    expect(nacks.reorderingMs).toBeGreaterThanOrEqual(10);
    for (let i = 200; i < 2_000; i++) nacks.received((now += 10), i, false);
    expect(nacks.reorderingMs).toBe(0);
  });

  test('ends after sixteen tries, and only a key frame helps', () => {
    const nacks = new NackScheduler();
    nacks.roundTripMs = 10;
    nacks.received(0, 0, false);
    nacks.received(1, 2, false);
    let asked = 0;
    for (let now = 1; now < 1_000; now += 5) asked += nacks.due(now).length;
    expect(asked).toBe(16);
    expect([nacks.takeGivenUp(), nacks.takeGivenUp()]).toEqual([true, false]);
    expect(nacks.deadline).toBe(Infinity);
  });

  test('is not begun where the path was dead, and more than some packets are missing since', () => {
    const nacks = new NackScheduler();
    nacks.received(0, 0, false);
    nacks.received(500, 27, false);
    expect([nacks.takeGivenUp(), nacks.isEmpty]).toEqual([true, true]);
    nacks.received(1_000, 30, false);
    expect([nacks.takeGivenUp(), nacks.due(1_000)]).toEqual([false, [28, 29]]);
  });

  test('is not begun where too much is missing', () => {
    const nacks = new NackScheduler();
    nacks.received(0, 0, false);
    nacks.received(1, 40_000, false);
    expect([nacks.takeGivenUp(), nacks.isEmpty, nacks.due(100).length]).toEqual([true, true, 0]);
    nacks.received(2, 40_002, false);
    expect(nacks.due(100)).toEqual([40_001]);
  });

  test('ends before a key frame', () => {
    const nacks = new NackScheduler();
    nacks.received(0, 0, false);
    nacks.received(1, 10, false);
    nacks.forgetBefore(8);
    expect(nacks.due(1)).toEqual([8, 9]);
    nacks.forgetBefore(11);
    expect([nacks.isEmpty, nacks.deadline]).toEqual([true, Infinity]);
  });

  test('asks for no more than thrice what arrives', () => {
    const nacks = new NackScheduler();
    nacks.roundTripMs = 1;
    let asked = 0;
    for (let i = 0; i < 2_000; i++) {
      nacks.received(i * 20, i * 10, false);
      for (let now = i * 20; now < i * 20 + 20; now += 5) asked += nacks.due(now).length;
    }
    expect(asked).toBeLessThanOrEqual(3 * 2_000 + 100);
  });

  test('whatever comes, asks only for what is missing', () => {
    const step = fc.record({ ahead: fc.integer({ min: -300, max: 700 }), wait: fc.nat(200), isRepair: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const nacks = new NackScheduler();
        const received = new Set<number>();
        let highest = 1_000;
        let now = 0;
        for (const { ahead, wait, isRepair } of steps) {
          now += wait;
          const sequence = highest + ahead;
          nacks.received(now, sequence, isRepair);
          received.add(sequence & 0xffff);
          highest = Math.max(highest, sequence);
          for (const asked of nacks.due(now)) expect(received.has(asked)).toBe(false);
          expect(nacks.isEmpty).toBe(nacks.deadline === Infinity);
        }
      }),
    );
  });
});

describe('key frames', () => {
  test('are asked for at once, and twice a second at most while none comes (S-53)', () => {
    const throttle = new KeyFrameThrottle();
    expect([throttle.take(0), throttle.deadline]).toEqual([false, Infinity]);
    throttle.need();
    const asked: number[] = [];
    for (let now = 100; now < 2_000; now += 10) {
      throttle.need();
      if (throttle.take(now)) asked.push(now);
    }
    expect(asked).toEqual([100, 600, 1_100, 1_600]);
    throttle.arrived();
    expect(throttle.take(5_000)).toBe(false);
  });

  test('are waited for over a long path', () => {
    const throttle = new KeyFrameThrottle();
    throttle.roundTripMs = 600;
    throttle.need();
    expect([throttle.take(0), throttle.deadline]).toEqual([true, 900]);
  });
});

describe('sending again', () => {
  test('takes a quarter of the media where nothing is lost, whoever asks for more (S-52)', () => {
    const budget = new RetransmissionBudget();
    let again = 0;
    for (let now = 0; now < 60_000; now += 10) {
      budget.sent(now, 1_200, 0);
      while (budget.take(1_200)) again += 1;
    }
    expect(again / 6_000).toBeGreaterThan(0.2);
    expect(again / 6_000).toBeLessThan(0.26);
    expect(budget.refused).toBe(6_000);
  });

  test('may take as much as is needed where much is lost', () => {
    const budget = new RetransmissionBudget();
    let refused = 0;
    for (let i = 0; i < 6_000; i++) {
      budget.sent(i * 10, 1_200, 0.3);
      if (i % 7 < 3 && !budget.take(1_200)) refused += 1;
    }
    expect(refused).toBe(0);
  });
});
