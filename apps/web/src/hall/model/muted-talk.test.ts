import { expect, test } from 'vitest';
import { MutedTalk } from './muted-talk.js';

/** Feeds one level every 200 ms; returns when one was told. */
function told(levels: readonly number[], startAt = 0, talk = new MutedTalk()): number[] {
  return levels.flatMap((level, index) => (talk.hear(startAt + index * 200, level) ? [startAt + index * 200] : []));
}

test('who talks for a second is told once', () => {
  expect(told(Array.from({ length: 50 }, () => 0.8))).toHaveLength(1);
});

test('a cough, or a quiet room, is nothing', () => {
  expect(told([0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1])).toEqual([]);
  expect(told(Array.from({ length: 200 }, () => 0.3))).toEqual([]);
});

test('who goes on is told again after half a minute', () => {
  expect(told(Array.from({ length: 200 }, () => 0.8))).toHaveLength(2);
});
