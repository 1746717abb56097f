import { expect, test } from 'vitest';
import { formatAge, formatBytes, formatEnd } from './figures.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 kB'],
  [123_456_789, '123 MB'],
  [2.5e12, '2.5 TB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0.4, '0 s'],
  [59, '59 s'],
  [61, '1 min 1 s'],
  [3_600, '1 h'],
  [90_000, '1 d 1 h'],
])('%d seconds are %s', (seconds, text) => expect(formatAge(seconds)).toBe(text));

test('an IPv6 address stands in brackets', () => expect(formatEnd({ address: 'fd00::2', port: 5 })).toBe('[fd00::2]:5'));
