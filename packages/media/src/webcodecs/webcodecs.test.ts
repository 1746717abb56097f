import { beforeAll, describe, expect, test } from 'vitest';
import type { MediaEngine } from '../engine/media-engine.js';
import {
  AudioData,
  AudioDecoder,
  AudioEncoder,
  EncodedAudioChunk,
  EncodedVideoChunk,
  VideoDecoder,
  type VideoDecoderConfig,
  VideoEncoder,
  VideoFrame,
} from '../index.js';
import { PatternPainter, readPatternTime } from '../sources/pattern-picture.js';
import { ENGINES, needs } from '../testing/engines.js';
import { psnr } from '../testing/similarity.js';

const [width, height] = [320, 180];
const NAMES: Readonly<Record<string, string>> = {
  vp8: 'VP8',
  'vp09.00.10.08': 'VP9',
  'avc1.42e01f': 'H264',
  'av01.0.04M.08': 'AV1',
};
const CODECS = Object.keys(NAMES);

/** A picture whose burnt-in time is `value`. */
function frameOf(value: number, timestamp: number, duration?: number): VideoFrame {
  const data = new PatternPainter(width, height).paint(0, value).slice();
  return new VideoFrame(data, {
    format: 'I420',
    codedWidth: width,
    codedHeight: height,
    timestamp,
    ...(duration && { duration }),
  });
}

async function pixelsOf(frame: VideoFrame): Promise<Uint8Array> {
  const pixels = new Uint8Array(frame.allocationSize());
  await frame.copyTo(pixels);
  return pixels;
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** Rejects with what an error callback is told. */
function failing(): { readonly failed: Promise<never>; readonly error: (error: DOMException) => void } {
  let error!: (error: DOMException) => void;
  const failed = new Promise<never>((_, reject) => (error = reject));
  failed.catch(() => undefined);
  return { failed, error };
}

for (const { name, find, missing } of ENGINES)
  describe.skipIf(missing)(`WebCodecs over ${name}${missing ? ` (${missing})` : ''}`, () => {
    let engine: MediaEngine;
    beforeAll(async () => {
      engine = await find();
    });

    test.for(CODECS)(
      '%s: frames that are encoded and decoded are the same to the eye, with their times and durations',
      async (codec, context) => {
        needs(engine, NAMES[codec]!, context);
        const chunks: EncodedVideoChunk[] = [];
        let config: VideoDecoderConfig | undefined;
        const { failed, error } = failing();
        const encoder = new VideoEncoder({
          engine,
          error,
          output: (chunk, { decoderConfig }) => {
            chunks.push(chunk);
            config ??= decoderConfig;
          },
        });
        encoder.configure({ codec, width, height, bitrate: 500_000, framerate: 25 });
        for (let index = 0; index < 6; index++) {
          const frame = frameOf(1_000 + index, 33_333 * index, 33_333);
          encoder.encode(frame, { keyFrame: index === 3 });
          frame.close(); // the encoder has its own
        }
        expect(encoder.encodeQueueSize).toBe(6);
        await Promise.race([encoder.flush(), failed]);
        expect(encoder.encodeQueueSize).toBe(0);
        expect(chunks.map(({ type }) => type)).toEqual(['key', 'delta', 'delta', 'key', 'delta', 'delta']);
        expect(chunks.map(({ timestamp }) => timestamp)).toEqual([0, 33_333, 66_666, 99_999, 133_332, 166_665]);
        expect(chunks.every(({ duration }) => duration === 33_333)).toBe(true);
        expect(config).toMatchObject({ codec, codedWidth: width, codedHeight: height });
        expect(config?.description !== undefined).toBe(codec.startsWith('avc1'));

        const frames: VideoFrame[] = [];
        const decoder = new VideoDecoder({ engine, error, output: (frame) => frames.push(frame) });
        decoder.configure(config!);
        for (const chunk of chunks) decoder.decode(chunk);
        await Promise.race([decoder.flush(), failed]);
        expect(frames.map(({ timestamp, duration }) => [timestamp, duration])).toEqual(
          chunks.map(({ timestamp, duration }) => [timestamp, duration]),
        );
        for (const [index, frame] of frames.entries()) {
          const pixels = await pixelsOf(frame);
          expect(readPatternTime(pixels, frame.codedWidth, frame.codedHeight)).toBe(1_000 + index);
          const original = frameOf(1_000 + index, 0);
          expect(psnr(pixels, await pixelsOf(original))).toBeGreaterThan(25);
          frame.close();
        }
        encoder.close();
        decoder.close();
      },
    );

    test('temporal layers are told with each chunk, and only where there are any', async (context) => {
      needs(engine, 'VP8', context, 3);
      const layersIn = async (scalabilityMode: string) => {
        const layers: (number | undefined)[] = [];
        const { failed, error } = failing();
        const encoder = new VideoEncoder({ engine, error, output: (_, { svc }) => layers.push(svc?.temporalLayerId) });
        encoder.configure({ codec: 'vp8', width, height, scalabilityMode });
        for (let index = 0; index < 6; index++) encoder.encode(frameOf(index, 33_333 * index));
        await Promise.race([encoder.flush(), failed]);
        encoder.close();
        return layers;
      };
      expect(await layersIn('L1T1')).toEqual(new Array(6).fill(undefined));
      expect(await layersIn('L1T3')).toEqual([0, 2, 1, 2, 0, 2]);
      const support = (codec: string, scalabilityMode: string) =>
        VideoEncoder.isConfigSupported({ codec, width, height, scalabilityMode }).then(({ supported }) => supported);
      expect(await Promise.all(['L1T2', 'L2T1', 'nonsense'].map((mode) => support('vp8', mode)))).toEqual([true, false, false]);
      expect(await support('avc1.42e01f', 'L1T2')).toBe(false);
    });

    test('Annex B has its parameter sets in the key frame, and no description', async () => {
      const chunks: EncodedVideoChunk[] = [];
      const encoder = new VideoEncoder({
        engine,
        error: (error) => expect.unreachable(error.message),
        output: (chunk, { decoderConfig }) => {
          chunks.push(chunk);
          expect(decoderConfig?.description).toBeUndefined();
        },
      });
      encoder.configure({ codec: 'avc1.42e01f', width, height, avc: { format: 'annexb' } });
      encoder.encode(frameOf(1, 0));
      await encoder.flush();
      const bytes = new Uint8Array(chunks[0]!.byteLength);
      chunks[0]!.copyTo(bytes);
      expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 1, 0x67]);
    });

    test('frames of other sizes are scaled to the configuration, and come in their order', async () => {
      const frames: VideoFrame[] = [];
      const { failed, error } = failing();
      const decoder = new VideoDecoder({ engine, error, output: (frame) => frames.push(frame) });
      decoder.configure({ codec: 'vp8' });
      const encoder = new VideoEncoder({ engine, error, output: (chunk) => decoder.decode(chunk) });
      encoder.configure({ codec: 'vp8', width: 160, height: 90 });
      const large = new VideoFrame(new Uint8Array(640 * 360 * 4).fill(200), {
        format: 'RGBA',
        codedWidth: 640,
        codedHeight: 360,
        timestamp: 40_000,
      });
      for (const frame of [frameOf(1, 0), large, frameOf(3, 80_000)]) encoder.encode(frame);
      await Promise.race([encoder.flush(), failed]);
      await Promise.race([decoder.flush(), failed]);
      expect(frames.map(({ timestamp, codedWidth, codedHeight }) => [timestamp, codedWidth, codedHeight])).toEqual([
        [0, 160, 90],
        [40_000, 160, 90],
        [80_000, 160, 90],
      ]);
    });

    test('a codec goes on after a flush; after a reset it is configured anew, and what was given before never comes', async () => {
      const chunks: EncodedVideoChunk[] = [];
      const encoder = new VideoEncoder({
        engine,
        error: (error) => expect.unreachable(error.message),
        output: (chunk) => chunks.push(chunk),
      });
      const config = { codec: 'vp8', width, height };
      encoder.configure(config);
      encoder.encode(frameOf(1, 0));
      await encoder.flush();
      encoder.encode(frameOf(2, 33_000));
      await encoder.flush();
      expect(chunks.map(({ timestamp }) => timestamp)).toEqual([0, 33_000]);
      encoder.encode(frameOf(3, 66_000));
      const flushed = encoder.flush();
      encoder.reset();
      await expect(flushed).rejects.toMatchObject({ name: 'AbortError' });
      expect(() => encoder.encode(frameOf(4, 0))).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
      encoder.configure(config);
      encoder.encode(frameOf(5, 99_000));
      await encoder.flush();
      expect(chunks.map(({ timestamp }) => timestamp)).toEqual([0, 33_000, 99_000]);
      encoder.close();
      expect(encoder.state).toBe('closed');
      await expect(encoder.flush()).rejects.toMatchObject({ name: 'InvalidStateError' });
    });

    test('a reset in the middle of a flush leaves nothing waiting', async () => {
      const { promise: begun, resolve: begin } = withResolvers();
      const encoder = new VideoEncoder({ engine, error: (error) => expect.unreachable(error.message), output: () => begin() });
      encoder.configure({ codec: 'vp8', width, height });
      encoder.encode(frameOf(1, 0));
      const flushed = encoder.flush();
      await begun;
      encoder.reset();
      await expect(flushed).rejects.toMatchObject({ name: 'AbortError' });
      encoder.configure({ codec: 'vp8', width, height });
      encoder.encode(frameOf(2, 0));
      await encoder.flush();
      encoder.close();
    });

    test('dequeue is told when the queue shortens', async () => {
      const encoder = new VideoEncoder({ engine, error: (error) => expect.unreachable(error.message), output: () => undefined });
      encoder.configure({ codec: 'vp8', width, height });
      const sizes: number[] = [];
      encoder.ondequeue = () => sizes.push(encoder.encodeQueueSize);
      for (let index = 0; index < 3; index++) encoder.encode(frameOf(index, index * 33_000));
      await encoder.flush();
      expect(sizes.at(-1)).toBe(0);
    });

    test('bytes that are no frame end the decoder with an EncodingError', async () => {
      const { failed, error } = failing();
      const decoder = new VideoDecoder({ engine, error, output: () => expect.unreachable() });
      decoder.configure({ codec: 'vp09.00.10.08' });
      decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data: new Uint8Array(500).fill(0x82) }));
      const flushed = decoder.flush();
      await expect(failed).rejects.toMatchObject({ name: 'EncodingError' });
      await expect(flushed).rejects.toMatchObject({ name: 'EncodingError' });
      expect(decoder.state).toBe('closed');
    });

    test('a decoder wants a key frame after configure and after flush', async () => {
      const decoder = new VideoDecoder({
        engine,
        error: (error) => expect.unreachable(error.message),
        output: (frame) => frame.close(),
      });
      decoder.configure({ codec: 'vp8' });
      const delta = new EncodedVideoChunk({ type: 'delta', timestamp: 0, data: new Uint8Array(10) });
      expect(() => decoder.decode(delta)).toThrow(expect.objectContaining({ name: 'DataError' }));
      decoder.close();
    });

    test('what is not supported is said, and an error when it is configured all the same', async () => {
      const supported = async (config: Parameters<typeof VideoEncoder.isConfigSupported>[0]): Promise<boolean> =>
        (await VideoEncoder.isConfigSupported(config, engine)).supported;
      const size = { width: 640, height: 360 };
      for (const codec of CODECS) expect(await supported({ codec, ...size })).toBe(engine.encodes.has(NAMES[codec]!));
      expect(await supported({ codec: 'hev1.1.6.L93.B0', ...size })).toBe(false);
      expect(await supported({ codec: 'avc1.42e01f', width: 641, height: 360 })).toBe(false);
      expect(await supported({ codec: 'vp8', ...size, scalabilityMode: 'L3T3' })).toBe(false);
      expect((await VideoDecoder.isConfigSupported({ codec: 'vp8' }, engine)).supported).toBe(true);
      expect((await VideoDecoder.isConfigSupported({ codec: 'theora' }, engine)).supported).toBe(false);
      expect(
        (await AudioEncoder.isConfigSupported({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 }, engine)).supported,
      ).toBe(true);
      expect(
        (await AudioDecoder.isConfigSupported({ codec: 'mp3', sampleRate: 48_000, numberOfChannels: 2 }, engine)).supported,
      ).toBe(false);
      await expect(VideoEncoder.isConfigSupported({ codec: '', ...size }, engine)).rejects.toThrow(TypeError);
      const { failed, error } = failing();
      const encoder = new VideoEncoder({ engine, error, output: () => undefined });
      encoder.configure({ codec: 'theora', ...size });
      await expect(failed).rejects.toMatchObject({ name: 'NotSupportedError' });
      expect(encoder.state).toBe('closed');
    });

    test('a tone comes out of an encoder and a decoder as high as it went in', async () => {
      const [sampleRate, numberOfChannels, numberOfFrames] = [48_000, 2, 960];
      const { failed, error } = failing();
      const heard: AudioData[] = [];
      const decoder = new AudioDecoder({ engine, error, output: (data) => heard.push(data) });
      decoder.configure({ codec: 'opus', sampleRate, numberOfChannels });
      const encoder = new AudioEncoder({ engine, error, output: (chunk) => decoder.decode(chunk) });
      encoder.configure({ codec: 'opus', sampleRate, numberOfChannels });
      for (let packet = 0; packet < 10; packet++) {
        const tone = Float32Array.from({ length: 2 * numberOfFrames }, (_, index) => {
          return 0.3 * Math.sin((2 * Math.PI * 440 * (packet * numberOfFrames + (index % numberOfFrames))) / sampleRate);
        });
        const data = new AudioData({
          format: 'f32-planar',
          sampleRate,
          numberOfChannels,
          numberOfFrames,
          timestamp: 20_000 * packet,
          data: tone,
        });
        encoder.encode(data);
        data.close();
      }
      await Promise.race([encoder.flush(), failed]);
      await Promise.race([decoder.flush(), failed]);
      expect(heard.slice(0, 3).map(({ timestamp, duration }) => [timestamp, duration])).toEqual([
        [0, 20_000],
        [20_000, 20_000],
        [40_000, 20_000],
      ]);
      const samples = heard.slice(3, 8).flatMap((data) => {
        const plane = new Float32Array(data.numberOfFrames);
        data.copyTo(plane, { planeIndex: 1, format: 'f32-planar' });
        return [...plane];
      });
      const crossings = samples.filter((sample, index) => index > 0 && sample < 0 !== samples[index - 1]! < 0).length;
      expect(crossings).toBeGreaterThanOrEqual(87);
      expect(crossings).toBeLessThanOrEqual(89);
      expect(() => decoder.decode(new EncodedAudioChunk({ type: 'delta', timestamp: 0, data: new Uint8Array(1) }))).toThrow(
        expect.objectContaining({ name: 'DataError' }),
      );
    });
  });
