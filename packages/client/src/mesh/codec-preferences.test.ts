import { expect, test } from 'vitest';
import { preferredCodecs } from './codec-preferences.js';

const browser = ['video/VP8', 'video/rtx', 'video/VP9', 'video/H264', 'video/H264', 'video/AV1', 'video/red', 'video/ulpfec'].map(
  (mimeType, index) => ({
    mimeType,
    index,
  }),
);
const names = (codecs: readonly { mimeType: string }[]): string[] => codecs.map(({ mimeType }) => mimeType.split('/')[1]!);

test('nothing is taken away', () => {
  for (const kind of ['camera', 'screen', 'custom'] as const)
    expect(new Set(preferredCodecs(browser, kind, true))).toEqual(new Set(browser));
});

test('cameras begin with what costs least, on phones with what their hardware does', () => {
  expect(names(preferredCodecs(browser, 'camera', false))[0]).toBe('VP8');
  expect(names(preferredCodecs(browser, 'camera', true))[0]).toBe('H264');
});

test('screens begin with what keeps text sharp', () => {
  expect(names(preferredCodecs(browser, 'screen', false)).slice(0, 2)).toEqual(['VP9', 'AV1']);
});

test('profiles of one codec keep the order of the browser', () => {
  const h264 = preferredCodecs(browser, 'screen', false).filter(({ mimeType }) => mimeType === 'video/H264');
  expect(h264.map(({ index }) => index)).toEqual([3, 4]);
});
