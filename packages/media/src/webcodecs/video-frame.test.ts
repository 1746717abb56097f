import { describe, expect, test } from 'vitest';
import { psnr } from '../testing/similarity.js';
import { pictureOfFrame, VideoFrame } from './video-frame.js';

const [codedWidth, codedHeight] = [4, 4];
const pixels = Uint8Array.from({ length: 24 }, (_, index) => index);

const i420 = (init: object = {}): VideoFrame =>
  new VideoFrame(pixels, { format: 'I420', codedWidth, codedHeight, timestamp: 1, ...init });

describe('copyTo', () => {
  test('gives the bytes, and says where each plane is', async () => {
    const frame = i420();
    expect(frame.allocationSize()).toBe(24);
    const target = new Uint8Array(24);
    expect(await frame.copyTo(target)).toEqual([
      { offset: 0, stride: 4 },
      { offset: 16, stride: 2 },
      { offset: 20, stride: 2 },
    ]);
    expect(target).toEqual(pixels);
  });

  test('gives a part of the picture, and puts planes where they are wanted', async () => {
    const target = new Uint8Array(40);
    const layout = [
      { offset: 8, stride: 4 },
      { offset: 0, stride: 1 },
      { offset: 4, stride: 1 },
    ];
    const frame = i420();
    const rect = { x: 2, y: 2, width: 2, height: 2 };
    expect(frame.allocationSize({ rect, layout })).toBe(16);
    await frame.copyTo(target, { rect, layout });
    expect([target[8], target[9], target[12], target[13], target[0], target[4]]).toEqual([10, 11, 14, 15, 19, 23]);
  });

  test.each([
    ['a rectangle that splits a sample', { rect: { x: 1, y: 0, width: 2, height: 2 } }],
    ['a rectangle outside', { rect: { x: 2, y: 0, width: 4, height: 2 } }],
    ['planes in one place', { layout: Array(3).fill({ offset: 0, stride: 4 }) }],
    [
      'rows that do not fit',
      {
        layout: [
          { offset: 0, stride: 3 },
          { offset: 16, stride: 2 },
          { offset: 20, stride: 2 },
        ],
      },
    ],
    ['too few planes', { layout: [{ offset: 0, stride: 4 }] }],
  ])('refuses %s', async (_, options) => {
    await expect(i420().copyTo(new Uint8Array(100), options)).rejects.toThrow(TypeError);
  });

  test('refuses a destination that is too small, and a format that is not RGB', async () => {
    await expect(i420().copyTo(new Uint8Array(23))).rejects.toThrow(TypeError);
    await expect(i420().copyTo(new Uint8Array(24), { format: 'NV12' })).rejects.toMatchObject({ name: 'NotSupportedError' });
  });
});

test('colours survive the way from RGB to YUV and back', async () => {
  const side = 16;
  const rgba = Uint8Array.from({ length: side * side * 4 }, (_, index) => {
    const pixel = index >> 2;
    return [(pixel % side) * 16, Math.floor(pixel / side) * 16, 120, 255][index & 3]!;
  });
  const frame = new VideoFrame(rgba, { format: 'RGBA', codedWidth: side, codedHeight: side, timestamp: 0 });
  const picture = pictureOfFrame(frame)!;
  expect(picture.data).toHaveLength(side * side * 1.5);
  const back = new VideoFrame(picture.data, { format: 'I420', codedWidth: side, codedHeight: side, timestamp: 0 });
  const [seen, swapped] = [new Uint8Array(rgba.length), new Uint8Array(rgba.length)];
  await back.copyTo(seen, { format: 'RGBA' });
  expect(psnr(seen, rgba)).toBeGreaterThan(30); // chroma of four pixels is one
  await back.copyTo(swapped, { format: 'BGRA' });
  expect([swapped[0], swapped[2]]).toEqual([seen[2], seen[0]]);
  const white = new VideoFrame(new Uint8Array(16).fill(255), { format: 'BGRX', codedWidth: 2, codedHeight: 2, timestamp: 0 });
  expect([...pictureOfFrame(white)!.data]).toEqual([235, 235, 235, 235, 128, 128]);
});

test.each([
  ['NV12', [0, 1, 2, 3, 4, 6, 5, 7], [0, 1, 2, 3, 4, 6, 5, 7]],
  ['I444', [0, 1, 2, 3, 8, 8, 8, 8, 9, 9, 9, 9], [0, 1, 2, 3, 8, 9]],
  ['I422', [0, 1, 2, 3, 8, 8, 9, 9], [0, 1, 2, 3, 8, 9]],
  ['I420A', [0, 1, 2, 3, 8, 9, 255, 255, 255, 255], [0, 1, 2, 3, 8, 9]],
] as const)('%s becomes I420 for encoders', (format, bytes, expected) => {
  const size = format === 'NV12' ? { codedWidth: 4, codedHeight: 1 } : { codedWidth: 2, codedHeight: 2 };
  const frame = new VideoFrame(Uint8Array.from(bytes), { format, ...size, timestamp: 0 });
  const { data } = pictureOfFrame(frame)!;
  expect([...data]).toEqual(format === 'NV12' ? [0, 1, 2, 3, 4, 5, 6, 7] : expected);
});

test('only what is visible is encoded', () => {
  const frame = i420({ visibleRect: { x: 2, y: 0, width: 2, height: 2 } });
  expect([frame.displayWidth, frame.displayHeight]).toEqual([2, 2]);
  expect([...pictureOfFrame(frame)!.data]).toEqual([2, 3, 6, 7, 17, 21]);
});

test('clones live on when the original is closed; a closed frame has nothing more to give', async () => {
  const frame = i420({ duration: 40 });
  const clone = frame.clone();
  const later = new VideoFrame(frame, { timestamp: 9 });
  frame.close();
  expect([frame.format, frame.codedWidth, frame.timestamp, frame.visibleRect]).toEqual([null, 0, 1, null]);
  expect(() => frame.clone()).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
  await expect(frame.copyTo(new Uint8Array(24))).rejects.toMatchObject({ name: 'InvalidStateError' });
  expect(pictureOfFrame(frame)).toBeUndefined();
  expect([clone.format, clone.duration, later.timestamp, later.duration]).toEqual(['I420', 40, 9, 40]);
});

test('a buffer that is handed over cannot be used any more, and is not copied', () => {
  const { buffer } = new Uint8Array(pixels);
  const frame = i420({});
  const taken = new VideoFrame(buffer, { format: 'I420', codedWidth, codedHeight, timestamp: 0, transfer: [buffer] });
  expect(buffer.byteLength).toBe(0);
  expect([...pictureOfFrame(taken)!.data]).toEqual([...pictureOfFrame(frame)!.data]);
});

test.each([
  ['no format', { format: 'P010' }],
  ['no size', { codedWidth: 0 }],
  ['no time', { timestamp: Number.NaN }],
  ['too few bytes', { codedHeight: 8 }],
])('with %s there is no frame', (_, wrong) => {
  expect(() => i420(wrong)).toThrow(TypeError);
});
