import { describe, expect, test } from 'vitest';
import type { MediaEngine } from '../engine/media-engine.js';
import { MediaCapabilities, type VideoConfiguration } from './media-capabilities.js';

const ENGINE = {
  encodes: new Set(['VP8', 'H264', 'opus']),
  decodes: new Set(['VP8', 'VP9', 'opus']),
  temporalLayers: new Map([['VP8', 2]]),
} as Partial<MediaEngine> as MediaEngine;

const capabilities = new MediaCapabilities(async () => ENGINE);
const video = (contentType: string, rest: Partial<VideoConfiguration> = {}): VideoConfiguration => ({
  contentType,
  width: 640,
  height: 360,
  bitrate: 500_000,
  framerate: 30,
  ...rest,
});

describe('what can be encoded', () => {
  test.each([
    ['video/VP8', undefined, true],
    ['video/vp8', 'L1T1', true],
    ['video/VP8', 'L1T2', true],
    ['video/VP8', 'L1T3', false],
    ['video/VP8', 'L3T3', false],
    ['video/H264;profile-level-id=42e01f', 'L1T1', true],
    ['video/H264', 'L1T2', false],
    ['video/VP9', undefined, false],
    ['audio/opus', undefined, false],
  ])('%s in %s: %s', async (contentType, scalabilityMode, supported) => {
    const configuration = video(contentType, scalabilityMode === undefined ? {} : { scalabilityMode });
    expect(await capabilities.encodingInfo({ type: 'webrtc', video: configuration })).toEqual({
      supported,
      smooth: supported,
      powerEfficient: false,
    });
  });

  test('is not smooth where pictures are many and large', async () => {
    const large = video('video/VP8', { width: 1_920, height: 1_080 });
    expect(await capabilities.encodingInfo({ type: 'webrtc', video: large })).toMatchObject({ supported: true, smooth: false });
  });

  test('is both of what is asked for', async () => {
    const audio = { contentType: 'audio/opus' };
    expect(await capabilities.encodingInfo({ type: 'webrtc', audio })).toMatchObject({ supported: true });
    expect(await capabilities.encodingInfo({ type: 'webrtc', audio, video: video('video/AV1') })).toMatchObject({
      supported: false,
    });
  });
});

test('layers of several sizes are decoded of codecs that have them', async () => {
  const spatial = (type: string) => ({ type: 'webrtc' as const, video: video(type, { spatialScalability: true }) });
  expect(await capabilities.decodingInfo(spatial('video/VP9'))).toMatchObject({ supported: true });
  expect(await capabilities.decodingInfo(spatial('video/VP8'))).toMatchObject({ supported: false });
});

test('without an engine there is nothing', async () => {
  const none = new MediaCapabilities(() => Promise.reject(new Error('no engine')));
  expect(await none.encodingInfo({ type: 'webrtc', video: video('video/VP8') })).toMatchObject({ supported: false });
});

test('a configuration that says nothing, or nothing that can be read, is refused', async () => {
  await expect(capabilities.encodingInfo({ type: 'webrtc' })).rejects.toThrow(TypeError);
  await expect(capabilities.encodingInfo({ type: 'webrtc', video: video('VP8') })).rejects.toThrow(TypeError);
  await expect(capabilities.encodingInfo({ type: 'file' as 'webrtc', video: video('video/VP8') })).rejects.toThrow(TypeError);
});
