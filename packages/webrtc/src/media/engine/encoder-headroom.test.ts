import { expect, test } from 'vitest';
import { EncoderHeadroom } from './encoder-headroom.js';

test('encoders have the whole rate where nothing waits and nothing is sent again', () => {
  const headroom = new EncoderHeadroom();
  expect(headroom.of(0, 1_000_000, 0, 80_000)).toBe(1_000_000);
  expect(headroom.of(10, 1_000_000, 12_000, 80_000)).toBe(1_000_000); // a tenth of a second
  expect(headroom.deadline).toBe(Infinity);
});

test('what is sent again comes out of the rate, and is forgotten within seconds', () => {
  const headroom = new EncoderHeadroom();
  for (let now = 0; now < 2_000; now += 20) headroom.resent(now, 500);
  expect(headroom.of(2_000, 1_000_000, 0, 80_000)).toBeCloseTo(800_000, -4.5);
  expect(headroom.deadline).toBe(2_100);
  expect(headroom.of(6_000, 1_000_000, 0, 80_000)).toBeGreaterThan(999_000);
  expect(headroom.deadline).toBe(Infinity);
});

test('what waits is given time to leave, but encoders are never starved', () => {
  const headroom = new EncoderHeadroom();
  expect(headroom.of(0, 1_000_000, 50_000, 80_000)).toBe(700_000);
  expect(headroom.of(0, 1_000_000, 10_000_000, 80_000)).toBe(100_000);
  expect(headroom.deadline).toBe(100);
  headroom.waiting(0, 50_000, 1_000_000);
  expect(headroom.deadline).toBe(100);
});

test('what waits and what is sent again make pictures coarser, and switch none off', () => {
  const headroom = new EncoderHeadroom();
  expect(headroom.of(0, 100_000, 1_000_000, 80_000)).toBe(80_000);
});

test('a rate that is too low for everything is believed after three seconds', () => {
  const headroom = new EncoderHeadroom();
  expect(headroom.of(0, 70_000, 0, 80_000)).toBe(80_000);
  expect(headroom.deadline).toBe(100);
  expect(headroom.of(2_900, 70_000, 0, 80_000)).toBe(80_000);
  expect(headroom.of(3_000, 70_000, 0, 80_000)).toBe(70_000);
  expect(headroom.deadline).toBe(Infinity);
  expect(headroom.of(4_000, 90_000, 0, 80_000)).toBe(90_000);
  expect(headroom.of(5_000, 70_000, 0, 80_000)).toBe(80_000);
});
