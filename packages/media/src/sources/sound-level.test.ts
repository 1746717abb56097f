import { expect, test } from 'vitest';
import { SoundLevels } from './sound-level.js';

test('a packet is as loud as the sound that it was made of, however late it comes', () => {
  const levels = new SoundLevels();
  expect(levels.at(0)).toBe(127);
  for (const [timestampMs, level] of [
    [20, 127],
    [40, 10],
    [60, 127],
  ] as const)
    levels.add(timestampMs, level);
  expect([0, 20, 39.9, 40, 59, 60, 1_000].map((at) => levels.at(at))).toEqual([127, 127, 127, 10, 10, 127, 127]);
});
