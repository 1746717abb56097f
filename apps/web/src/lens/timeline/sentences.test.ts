import { MEANING_KEYS } from '@maru/client';
import { describe, expect, test } from 'vitest';
import { meaningInWords } from './meaning.js';
import { withParticle } from './sentences.js';

describe.each(MEANING_KEYS)('%s', (key) => {
  test('has a sentence in both languages, with and without a name, a term and a section of a standard', () => {
    for (const params of [{}, { name: '민지' }, { name: 'Minji', direction: 'out' }, { direction: 'in', type: 'relay' }]) {
      const words = meaningInWords({ key, params });
      expect(words?.term).not.toBe('');
      expect(words?.standard).not.toBe('');
      expect(words?.text.en).toMatch(/^[A-Z민].*[.]$/u);
      expect(words?.text.ko).toMatch(/[가-힣].*[.]$/u);
      expect(JSON.stringify(words)).not.toMatch(/undefined/);
    }
  });
});

test('a step of a newer version has no sentence and does no harm', () => {
  const newer = JSON.parse('{"key":"toString","params":{}}');
  expect(meaningInWords(newer)).toBeUndefined();
  expect(meaningInWords(undefined)).toBeUndefined();
});

test('Korean particles follow the last sound', () => {
  expect(withParticle('민지 님', '이', '가')).toBe('민지 님이');
  expect(withParticle('상대', '이', '가')).toBe('상대가');
});
