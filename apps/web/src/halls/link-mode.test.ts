import { expect, test } from 'vitest';
import { hallPath, modeOfLink } from './link-mode.js';

test('a link says how media travels where somebody chose, and nothing where nobody did', () => {
  expect(hallPath('abc')).toBe('/h/abc');
  expect(hallPath('abc', 'sfu')).toBe('/h/abc?mode=sfu');
  expect(modeOfLink('?mode=sfu')).toBe('sfu');
  expect(modeOfLink('')).toBeUndefined();
  expect(modeOfLink('?mode=nonsense')).toBeUndefined();
});
