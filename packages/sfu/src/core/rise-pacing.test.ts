import { expect, test } from 'vitest';
import { RisePacing } from './rise-pacing.js';

test('who fell soon after a rise waits twice as long for the next, up to a minute', () => {
  const pacing = new RisePacing();
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 7; i++) {
    pacing.rose(now);
    now += 1_000;
    pacing.fell(now);
    waits.push(pacing.raiseAt - now);
    now = pacing.raiseAt;
  }
  expect(waits).toEqual([6_000, 12_000, 24_000, 48_000, 60_000, 60_000, 60_000]);
});

test('what held for a while was no mistake', () => {
  const pacing = new RisePacing();
  pacing.rose(0);
  pacing.fell(1_000);
  pacing.rose(10_000);
  pacing.fell(60_000);
  expect(pacing.raiseAt).toBe(63_000);
});
