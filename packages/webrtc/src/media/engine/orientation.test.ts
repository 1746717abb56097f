import { expect, test } from 'vitest';
import { Orientation } from './orientation.js';

test('pictures stand upright before anything is said, and then as was said last', () => {
  const orientation = new Orientation();
  expect(orientation.of(4_000_000_000)).toBe(0);
  orientation.told(4_000_003_000, 90);
  expect(orientation.of(4_000_003_000)).toBe(90);
  expect(orientation.of(4_000_006_000)).toBe(90);
});

test('a change counts from its own picture on, however late those before it are whole', () => {
  const orientation = new Orientation();
  orientation.told(9_000, 90);
  expect(orientation.of(6_000)).toBe(0);
  orientation.told(6_000, 270); // a packet that was overtaken
  expect(orientation.of(9_000)).toBe(90);
});

test('the wrap of timestamps is no way back, nor is a call of a day that is turned once', () => {
  const orientation = new Orientation();
  orientation.told(0xffff_f000, 180);
  expect(orientation.of(0xffff_f000)).toBe(180);
  expect(orientation.of(0x1000)).toBe(180);
  for (let hours = 1; hours <= 24; hours++) expect(orientation.of((hours * 3_600 * 90_000) >>> 0)).toBe(180);
  orientation.told((24 * 3_600 * 90_000 + 3_000) >>> 0, 0);
  expect(orientation.of((24 * 3_600 * 90_000) >>> 0)).toBe(180);
  expect(orientation.of((24 * 3_600 * 90_000 + 3_000) >>> 0)).toBe(0);
});
