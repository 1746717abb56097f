import { SeededRandom } from '@maru/protocol/core';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.js';

test('waits grow from 0.3 s to 7 s, and half of each is random', () => {
  const random = new SeededRandom(1);
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const full = Math.min(7_000, 300 * 2 ** attempt);
    const wait = backoffMs(attempt, random);
    expect(wait).toBeGreaterThanOrEqual(full / 2 - 1);
    expect(wait).toBeLessThanOrEqual(full);
  }
});
