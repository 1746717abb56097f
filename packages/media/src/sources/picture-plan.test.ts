import { expect, test } from 'vitest';
import { bitrateRung } from './bitrate.js';
import { type PicturePlan, planPictures } from './picture-plan.js';

const LARGE = { width: 1_280, height: 720, frameRate: 30 };
const SMALL = { width: 640, height: 360, frameRate: 30 };

const seen = (plan: PicturePlan): string => `${plan.scaleDownBy} ${plan.frameRate}`;

test.each([
  [LARGE, 250_000, '1 30'],
  [LARGE, 150_000, '1.5 20'],
  [LARGE, 80_000, '1.5 20'],
  [LARGE, 50_000, '2 20'],
  [LARGE, 30_000, '3 15'],
  [LARGE, 20_000, '3 15'],
  [SMALL, 80_000, '1 30'],
  [SMALL, 30_000, '1.5 20'],
])('%o with %s bit/s is scaled down and goes so often: %s', (format, bitrateBps, expected) => {
  expect(seen(planPictures(format, bitrateBps, 'balanced'))).toBe(expected);
});

test('what is to be kept is kept as long as the other can go, and goes in the end, too', () => {
  const plan = (bitrateBps: number, preference: Parameters<typeof planPictures>[2]): string =>
    seen(planPictures(LARGE, bitrateBps, preference));
  expect([80_000, 20_000, 2_000].map((bps) => plan(bps, 'maintain-framerate'))).toEqual(['2 30', '4 30', '8 15']);
  expect([80_000, 30_000, 2_000].map((bps) => plan(bps, 'maintain-resolution'))).toEqual(['1 8', '1 3', '3 2']);
  expect([80_000, 2_000].map((bps) => plan(bps, 'maintain-framerate-and-resolution'))).toEqual(['1 30', '1 30']);
});

test('there is a rung for what a line of 30 kbit/s carries', () => {
  expect([5_000, 22_000, 35_000, 60_000, 79_999].map((bps) => bitrateRung(bps))).toEqual([
    20_000, 20_000, 30_000, 50_000, 50_000,
  ]);
});
