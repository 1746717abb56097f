import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hallLink, hallOf, parseRecentHalls } from './recent-halls.js';

test.each([
  ['https://maru.example/h/moon-river-8kd2', 'moon-river-8kd2'],
  ['http://192.168.0.5:7000/h/abc123?x=1#y', 'abc123'],
  ['/h/abc123', 'abc123'],
  [' abc123 ', 'abc123'],
  ['https://maru.example/', undefined],
  ['', undefined],
  ['two words', undefined],
  ['/h/<script>', undefined],
])('%j leads to hall %j', (text, hall) => {
  expect(hallOf(text)).toBe(hall);
});

test('a link that we make is one that we read', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{2,40}$/), (hall) => {
      expect(hallOf(hallLink(hall, 'https://maru.example'))).toBe(hall);
    }),
  );
});

test('whatever is stored, the list holds halls only', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      for (const { hall, lastAt } of parseRecentHalls(text)) {
        expect(typeof hall).toBe('string');
        expect(typeof lastAt).toBe('number');
      }
    }),
  );
  expect(parseRecentHalls('[{"hall":"abc","lastAt":5},{"hall":"../x","lastAt":5},null,7]')).toEqual([{ hall: 'abc', lastAt: 5 }]);
});
