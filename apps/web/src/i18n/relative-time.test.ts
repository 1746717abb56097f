import { expect, test } from 'vitest';
import { relativeTime } from './relative-time.js';

const HOUR = 3_600_000;

test.each([
  [0, 'en', 'this minute'],
  [3 * HOUR, 'en', '3 hours ago'],
  [30 * HOUR, 'en', 'yesterday'],
  [30 * HOUR, 'ko', '어제'],
  [15 * 24 * HOUR, 'en', '2 weeks ago'],
  [-HOUR, 'en', 'this minute'],
])('%i ms ago in %s is %s', (elapsed, language, text) => {
  expect(relativeTime(1e12 - elapsed, 1e12, language)).toBe(text);
});
