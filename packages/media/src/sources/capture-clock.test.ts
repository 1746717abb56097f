import { expect, test } from 'vitest';
import { CaptureClock } from './capture-clock.js';

test('what was given late was not captured late', () => {
  const clock = new CaptureClock();
  expect(clock.members(0)).toBeUndefined();
  clock.given(0, 5_012);
  clock.given(40, 5_040);
  clock.given(80, 5_115);
  expect(clock.members(80)).toEqual({ captureTimeMs: 5_080, captureClockOffsetMs: 0 });
});

test('after a pause that the timestamps leave out, the clock is looked at anew', () => {
  const clock = new CaptureClock();
  clock.given(0, 1_000);
  clock.given(40, 9_000);
  expect(clock.at(40)).toBe(9_000);
});
