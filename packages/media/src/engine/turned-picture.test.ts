import { expect, test } from 'vitest';
import { PatternPainter, readPatternTime } from '../sources/pattern-picture.js';
import { i420Bytes, type Picture } from './media-engine.js';
import { Turns, turnedPicture } from './turned-picture.js';

/** 3 pixels wide and 2 high: colour has 2 by 1. */
const small: Picture = { width: 3, height: 2, timestampMs: 7, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 11, 12, 21, 22) };

test('a picture is turned clockwise, its colours with it, also where its sides are odd', () => {
  expect(turnedPicture(small, 0)).toBe(small);
  expect(turnedPicture(small, 90)).toEqual({
    ...small,
    width: 2,
    height: 3,
    data: Uint8Array.of(4, 1, 5, 2, 6, 3, 11, 12, 21, 22),
  });
  expect(turnedPicture(small, 180)).toEqual({ ...small, data: Uint8Array.of(6, 5, 4, 3, 2, 1, 12, 11, 22, 21) });
  expect(turnedPicture(small, 270)).toEqual({
    ...small,
    width: 2,
    height: 3,
    data: Uint8Array.of(3, 6, 2, 5, 1, 4, 12, 11, 22, 21),
  });
});

test('turned on by what is left to a whole turn, it is as it was', () => {
  const [width, height] = [320, 180];
  const picture = { width, height, data: new PatternPainter(width, height).paint(1, 4_321).slice(), timestampMs: 0 };
  for (const [there, back] of [
    [90, 270],
    [180, 180],
    [270, 90],
  ] as const) {
    const turned = turnedPicture(picture, there);
    expect(turned.data).toHaveLength(i420Bytes(turned));
    expect(turnedPicture(turned, back)).toEqual(picture);
  }
  expect(readPatternTime(picture.data, width, height)).toBe(4_321);
});

test('a change counts from its own picture on, also where the decoder holds some back', () => {
  const turns = new Turns();
  for (const [ms, rotation] of [
    [0, 0],
    [40, 90],
    [80, 90],
    [120, 0],
  ] as const)
    turns.told(ms, rotation);
  expect([0, 39, 40, 80, 120, 160].map((ms) => turns.at(ms))).toEqual([0, 0, 90, 90, 0, 0]);
});
