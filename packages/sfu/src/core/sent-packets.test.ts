import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ResendRule, SentPackets } from './sent-packets.js';

test('what was sent within the last second is found as it was, at any rate, through wraps', () => {
  const rates = fc.record({ first: fc.nat(70_000), spacingMs: fc.constantFrom(0.7, 2, 20), skips: fc.nat(3) });
  fc.assert(
    fc.property(rates, ({ first, spacingMs, skips }) => {
      const sent = new SentPackets();
      const known = new Map<number, number>();
      let outgoing = first;
      let now = 1_000;
      for (let i = 0; i < 3_000; i++, now += spacingMs) {
        outgoing += 1 + (i % 97 === 0 ? skips : 0);
        sent.add(now, outgoing, i * 3, i % 15, i & 0x7fff, i % 5 === 0);
        known.set(outgoing, i);
      }
      for (let number = outgoing; number > outgoing - 900 / spacingMs; number--) {
        const i = known.get(number);
        expect(sent.find(number)).toBe(i !== undefined);
        expect(sent.isFree(number, outgoing)).toBe(
          i === undefined && outgoing - number < 32 ? true : sent.isFree(number, outgoing),
        );
        if (i === undefined) continue;
        expect(sent.isFree(number, outgoing)).toBe(false);
        expect([sent.source, sent.segment, sent.picturesDropped, sent.isMarked]).toEqual([
          (i * 3) & 0xffff,
          i % 15,
          i & 0x7fff,
          i % 5 === 0,
        ]);
      }
    }),
    { numRuns: 10 },
  );
});

/** When a number is sent again that is asked for each ten milliseconds. */
function timesOf(rule: ResendRule): number[] {
  const sent = new SentPackets();
  sent.add(0, 7, 7, 0, 0, false);
  const times: number[] = [];
  for (let now = 100; now < 2_000; now += 10) {
    if (!sent.find(7) || !sent.mayResend(now, rule)) continue;
    sent.countResend(now);
    times.push(now);
  }
  return times;
}

test('a number is sent again three times at most, and not sooner than a request may be answered', () => {
  const times = timesOf({ most: 3, spacingMs: 100, laterSpacingMs: 100 });
  expect(times).toHaveLength(3);
  expect(times[0]).toBe(100);
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(90);
  expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(90);
});

test('where packets are lost it is sent again more often, from the second time on in half the time', () => {
  const times = timesOf({ most: 7, spacingMs: 200, laterSpacingMs: 100 });
  const waits = times.slice(1).map((at, i) => at - times[i]!);
  expect(times).toHaveLength(7);
  expect(waits[0]).toBeGreaterThanOrEqual(190);
  for (const wait of waits.slice(1)) {
    expect(wait).toBeGreaterThanOrEqual(90);
    expect(wait).toBeLessThanOrEqual(130);
  }
});

test('who sends a packet now and then, as sound does in silence, needs no more room for it', () => {
  const sent = new SentPackets();
  for (let outgoing = 0; outgoing < 5_000; outgoing++) sent.add(outgoing * 400, outgoing, outgoing, 0, 0, false);
  const found = Array.from({ length: 5_000 }, (_, outgoing) => sent.find(outgoing)).filter(Boolean);
  expect(found).toHaveLength(64);
});

test('numbers left out are free as long as it is known that they are', () => {
  const sent = new SentPackets();
  for (let outgoing = 100; outgoing < 400; outgoing++) if (outgoing !== 390) sent.add(outgoing, outgoing, outgoing, 0, 0, false);
  expect(sent.isFree(390, 399)).toBe(true);
  expect(sent.isFree(391, 399)).toBe(false);
  expect(sent.isFree(400, 399)).toBe(true);
  expect(sent.isFree(10, 399)).toBe(false);
});
