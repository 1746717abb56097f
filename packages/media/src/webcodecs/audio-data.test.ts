import { expect, test } from 'vitest';
import { AudioData, audioOfSound, soundOfAudio } from './audio-data.js';

const stereo = (): AudioData =>
  new AudioData({
    format: 's16',
    sampleRate: 48_000,
    numberOfFrames: 3,
    numberOfChannels: 2,
    timestamp: 7,
    data: Int16Array.of(0, 0x4000, -0x8000, 0, 0x7fff, -0x4000),
  });

test('samples are copied in each format, a plane at a time or all together', () => {
  const data = stereo();
  const right = new Float32Array(3);
  data.copyTo(right, { planeIndex: 1, format: 'f32-planar' });
  expect([...right]).toEqual([0.5, 0, -0.5]);
  const bytes = new Uint8Array(4);
  data.copyTo(bytes, { planeIndex: 0, format: 'u8', frameOffset: 1, frameCount: 2 });
  expect([...bytes]).toEqual([0, 128, 255, 64]);
  expect(data.allocationSize({ planeIndex: 0 })).toBe(12);
  expect(data.allocationSize({ planeIndex: 1, format: 's32-planar', frameCount: 2 })).toBe(8);
});

test.each([
  ['a plane that is not there', { planeIndex: 1 }],
  ['frames behind the end', { planeIndex: 0, frameOffset: 3 }],
  ['more frames than there are', { planeIndex: 0, frameOffset: 1, frameCount: 3 }],
])('%s is a RangeError', (_, options) => {
  expect(() => stereo().copyTo(new Uint8Array(100), options)).toThrow(RangeError);
});

test('floats beyond the loudest are cut off for encoders', () => {
  const data = new AudioData({
    format: 'f32-planar',
    sampleRate: 8_000,
    numberOfFrames: 2,
    numberOfChannels: 1,
    timestamp: 0,
    data: Float32Array.of(2, -2),
  });
  expect([...soundOfAudio(data)!.samples]).toEqual([0x7fff, -0x8000]);
});

test('it lasts as long as its samples, and is over when it is closed', () => {
  const data = audioOfSound({ sampleRate: 48_000, channels: 2, samples: new Int16Array(1_920), timestampMs: 0 }, 5);
  expect([data.format, data.numberOfFrames, data.duration, data.timestamp]).toEqual(['s16', 960, 20_000, 5]);
  const clone = data.clone();
  data.close();
  expect([data.format, data.numberOfFrames, data.sampleRate]).toEqual([null, 0, 0]);
  expect(() => data.clone()).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
  expect(clone.numberOfFrames).toBe(960);
});
