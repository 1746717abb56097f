import { expect, test } from 'vitest';
import { EncoderHeadroom } from './encoder-headroom.js';

test('encoders have the whole rate where nothing waits and nothing is sent again', () => {
  const headroom = new EncoderHeadroom();
  expect(headroom.of(0, 1_000_000, 0)).toBe(1_000_000);
  expect(headroom.of(10, 1_000_000, 12_000)).toBe(1_000_000); // a tenth of a second
  expect(headroom.deadline).toBe(Infinity);
});

test('what is sent again comes out of the rate, and is forgotten within seconds', () => {
  const headroom = new EncoderHeadroom();
  for (let now = 0; now < 2_000; now += 20) headroom.resent(now, 500);
  expect(headroom.of(2_000, 1_000_000, 0)).toBeCloseTo(800_000, -4.5);
  expect(headroom.deadline).toBe(2_100);
  expect(headroom.of(6_000, 1_000_000, 0)).toBeGreaterThan(999_000);
  expect(headroom.deadline).toBe(Infinity);
});

test('what waits is given time to leave, but encoders are never starved', () => {
  const headroom = new EncoderHeadroom();
  expect(headroom.of(0, 1_000_000, 50_000)).toBe(700_000);
  expect(headroom.of(0, 1_000_000, 10_000_000)).toBe(100_000);
  expect(headroom.deadline).toBe(100);
  headroom.waiting(0, 50_000, 1_000_000);
  expect(headroom.deadline).toBe(100);
});
