import { expect, test } from 'vitest';
import { LossMeter } from './loss-meter.js';

test('what was lost lately is told, and what was lost long ago is not', () => {
  const meter = new LossMeter();
  for (let second = 0; second < 20; second++) meter.settle(second * 1_000, second * 100, second * 5);
  expect(meter.share).toBeCloseTo(0.05, 3);
  for (let second = 20; second < 70; second++) meter.settle(second * 1_000, second * 100, 95);
  expect(meter.share).toBeLessThan(0.001);
});

test('a source that ends takes its counters with it, and turns nothing below zero', () => {
  const meter = new LossMeter();
  meter.settle(0, 0, 0);
  meter.settle(1_000, 1_000, 100);
  meter.settle(2_000, 10, 0);
  expect(meter.share).toBeCloseTo(0.1, 3);
  expect(new LossMeter().share).toBe(0);
});
