import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_PREFERENCES, parsePreferences } from './preferences.js';

test('a first visit has the defaults', () => {
  expect(parsePreferences(null)).toEqual(DEFAULT_PREFERENCES);
});

test('what was stored is read back', () => {
  const stored = { ...DEFAULT_PREFERENCES, name: 'Minji', language: 'ko' as const, theme: 'dark' as const, cameraOn: false };
  expect(parsePreferences(JSON.stringify(stored))).toEqual(stored);
});

test('whatever is in the storage, reading it gives preferences', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(Object.keys(parsePreferences(text)).sort()).toEqual(Object.keys(DEFAULT_PREFERENCES).sort());
    }),
  );
  expect(parsePreferences('{"theme":"pink","language":"xx","cameraOn":"yes","name":7}')).toEqual(DEFAULT_PREFERENCES);
});
