import { expect, test } from 'vitest';
import { RisePacing } from './rise-pacing.js';

test('who fell soon after a rise waits twice as long for the next, up to a minute', () => {
  const pacing = new RisePacing();
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 7; i++) {
    pacing.rose(now);
    now += 1_000;
    pacing.fell(now, false);
    waits.push(pacing.raiseAt - now);
    now = pacing.raiseAt;
  }
  expect(waits).toEqual([6_000, 12_000, 24_000, 48_000, 60_000, 60_000, 60_000]);
});

test('what held for a while was no mistake', () => {
  const pacing = new RisePacing();
  pacing.rose(0);
  pacing.fell(1_000, false);
  pacing.rose(10_000);
  pacing.fell(60_000, false);
  expect(pacing.raiseAt).toBe(63_000);
});

test('whose picture is gone altogether does not wait for a minute', () => {
  const pacing = new RisePacing();
  let now = 0;
  for (let i = 0; i < 5; i++) {
    pacing.rose(now);
    now += 1_000;
    pacing.fell(now, true);
    if (i === 4) expect(pacing.raiseAt).toBe(now + 6_000);
    now = pacing.raiseAt;
  }
});

test('who never fell rises at once, who did only on room that stays', () => {
  const pacing = new RisePacing();
  expect(pacing.mayRise(0, true)).toBe(true);
  pacing.rose(0);
  pacing.fell(1_000, false);
  expect(pacing.mayRise(10_000, true)).toBe(false);
  expect(pacing.mayRise(11_000, false)).toBe(false);
  expect(pacing.mayRise(11_200, true)).toBe(false);
  expect(pacing.mayRise(13_200, true)).toBe(true);
});

test('what is all that is seen stays for a moment without room', () => {
  const pacing = new RisePacing();
  expect(pacing.mayStay(0, true)).toBe(true);
  expect(pacing.mayStay(1_900, true)).toBe(true);
  expect(pacing.mayStay(2_000, true)).toBe(false);
  expect(pacing.mayStay(2_100, false)).toBe(true);
  expect(pacing.mayStay(2_200, true)).toBe(true);
});
