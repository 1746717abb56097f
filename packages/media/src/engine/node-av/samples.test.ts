import { expect, test } from 'vitest';
import { Samples } from './samples.js';

test('samples leave in pieces of one length, in their order, and the rest with silence behind it', () => {
  const samples = new Samples(4);
  samples.push(Int16Array.of(1, 2, 3));
  expect(samples.take()).toBeUndefined();
  samples.push(Int16Array.of(4, 5, 6));
  expect(samples.take()).toEqual(Int16Array.of(1, 2, 3, 4));
  expect(samples.take(1)).toEqual(Int16Array.of(5));
  expect(samples.takeRest()).toEqual(Int16Array.of(6, 0, 0, 0));
  expect(samples.takeRest()).toBeUndefined();
});
