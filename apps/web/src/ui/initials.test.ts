import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initialsOf, oneOf } from './initials.js';

test.each([
  ['Minji Kim', 'MK'],
  ['minji', 'M'],
  ['Ada Augusta Lovelace', 'AL'],
  ['김민지', '민지'],
  ['민지', '민지'],
  ['김 민지', '김민'],
  ['👩‍🚀 Sam', '👩‍🚀S'],
  ['élodie', 'É'],
  ['  ', '·'],
])('%j is shown as %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test('every name has initials and a wood of its own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      expect(initialsOf(name)).not.toBe('');
      expect(oneOf(name, 5)).toBe(oneOf(name, 5));
      expect(oneOf(name, 5)).toBeLessThan(5);
    }),
  );
});
