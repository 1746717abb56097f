import { expect, test } from 'vitest';
import { memoryShare, shareOf } from './memory.js';

test('R-23 the memory that is nearest to its end counts: that of the container, or that of the heap', () => {
  const plenty = {
    residentBytes: 100,
    limitBytes: 1_000,
    dataBytes: 0,
    dataLimitBytes: Infinity,
    heapBytes: 50,
    heapLimitBytes: 500,
  };
  expect(shareOf(plenty)).toBe(0.1);
  expect(shareOf({ ...plenty, residentBytes: 850 })).toBe(0.85);
  expect(shareOf({ ...plenty, heapBytes: 450 })).toBe(0.9);
  expect(shareOf({ ...plenty, dataBytes: 420, dataLimitBytes: 512 })).toBeGreaterThan(0.8);
});

test('of this process something is known', () => {
  expect(memoryShare()).toBeGreaterThan(0);
  expect(memoryShare()).toBeLessThan(1);
});
