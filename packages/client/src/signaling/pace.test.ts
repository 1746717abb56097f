import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pace } from './pace.js';

test('in no second does more go out than the server allows', () => {
  const waits = fc.array(fc.nat(400), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(waits, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 2, max: 200 }), (steps, perSecond, burst) => {
      const pace = new Pace(0, perSecond, burst);
      let serverLevel = burst; // the server's own bucket
      let now = 0;
      for (const wait of steps) {
        now += wait;
        serverLevel = Math.min(burst, serverLevel + (wait / 1000) * perSecond);
        const count = pace.available(now);
        pace.spend(count);
        serverLevel -= count;
        expect(serverLevel).toBeGreaterThanOrEqual(-1e-6);
      }
    }),
  );
});

test('at the time that it names, one more may go out', () => {
  const pace = new Pace(0, 50, 100);
  pace.spend(pace.available(0));
  expect(pace.available(0)).toBe(0);
  expect(pace.available(pace.nextAt(0))).toBeGreaterThanOrEqual(1);
});
