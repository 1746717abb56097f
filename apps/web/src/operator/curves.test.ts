import { expect, test } from 'vitest';
import { Curves } from './curves.js';

test('each moment is a point of every curve, and the same one twice is one point', () => {
  const curves = new Curves();
  for (const second of [1, 2, 2]) curves.add(second * 1_000, { out: 20 * second });
  expect(curves.series).toEqual({ atMs: [1_000, 2_000], values: { out: [20, 40] } });
});

test('a curve that comes later or ends has no value where it was not', () => {
  const curves = new Curves();
  curves.add(1, { first: 1 });
  curves.add(2, { first: 2, second: 5 });
  curves.add(3, { second: 6 });
  expect(curves.series.values).toEqual({ first: [1, 2, null], second: [null, 5, 6] });
});

test('two minutes are kept', () => {
  const curves = new Curves();
  for (let second = 1; second <= 200; second += 1) curves.add(second * 1_000, { people: second });
  expect(curves.series.atMs.length).toBeLessThanOrEqual(122);
  expect(curves.series.values['people']).toHaveLength(curves.series.atMs.length);
});
