import { expect, test } from 'vitest';
import { VisitLog } from './summary.js';

test('a visit remembers how long, with whom and how well', () => {
  const log = new VisitLog(1_000);
  log.met('c1', 'Minji');
  log.met('c2', 'Noah');
  log.met('c3', 'Minji'); // came back on another seat
  for (let second = 0; second < 20; second += 1) log.second(second < 5 ? ['good', 'weak'] : ['good', 'unknown']);
  expect(log.summary('moon', { type: 'left' }, 61_000)).toEqual({
    hall: 'moon',
    reason: { type: 'left' },
    lastedMs: 60_000,
    people: ['Minji', 'Noah'],
    weakFraction: 0.25,
  });
});

test('too short a visit says nothing about quality', () => {
  const log = new VisitLog(0);
  for (let second = 0; second < 100; second += 1) log.second([]);
  for (let second = 0; second < 9; second += 1) log.second(['bad']);
  expect(log.summary('moon', { type: 'left' }, 9_000).weakFraction).toBeUndefined();
});
