import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EncodedSource, type MediaStreamTrack, receiveEncoded } from '@maru/webrtc';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MediaEngine } from '../engine/media-engine.js';
import { turnedPicture } from '../engine/turned-picture.js';
import {
  AudioData,
  EncodedVideoChunk,
  FileSource,
  MediaStreamTrackGenerator,
  MediaStreamTrackProcessor,
  readPatternTime,
  TestPattern,
  VideoDecoder,
  VideoEncoder,
  VideoFrame,
  VideoTrackGenerator,
} from '../index.js';
import { PatternPainter } from '../sources/pattern-picture.js';
import { tick } from '../sources/ticker.js';
import { Call } from '../testing/call.js';
import { ENGINES, needs } from '../testing/engines.js';
import { makeFile } from '../testing/files.js';
import { psnr } from '../testing/similarity.js';

const [width, height] = [320, 180];

let call: Call;
const stops: (() => void)[] = [];
beforeEach(() => {
  call = new Call();
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  call.close();
});

/** The picture with the number `count` in it. */
const picture = (count: number): Uint8Array => new PatternPainter(width, height).paint(count, count).slice();

const frameOf = (count: number): VideoFrame =>
  new VideoFrame(picture(count), {
    format: 'I420',
    codedWidth: width,
    codedHeight: height,
    timestamp: Math.round((count * 1e6) / 30),
  });

/** Reads frames until there are `count`, and checks that each is the picture that its number says. */
async function expectPictures(track: MediaStreamTrack, engine: MediaEngine, count: number): Promise<void> {
  const seen: number[] = [];
  for await (const frame of new MediaStreamTrackProcessor<VideoFrame>({ track, engine, maxBufferSize: 30 }).readable) {
    const pixels = new Uint8Array(frame.allocationSize());
    await frame.copyTo(pixels);
    const number = readPatternTime(pixels, frame.codedWidth, frame.codedHeight);
    frame.close();
    expect(psnr(pixels, picture(number))).toBeGreaterThan(20);
    seen.push(number);
    if (seen.length === count) break;
  }
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
}

for (const { name, find, missing } of ENGINES)
  describe.skipIf(missing)(`from Node.js to Node.js over ${name}${missing ? ` (${missing})` : ''}`, () => {
    let engine: MediaEngine;
    beforeAll(async () => {
      engine = await find();
    });

    test.for(['VP8', 'VP9', 'H264', 'AV1'])(
      'in %s: what a generator is given, a processor of the other side gives',
      async (codec, context) => {
        needs(engine, codec, context);
        const generator = new VideoTrackGenerator({ engine });
        const writer = generator.writable.getWriter();
        const [track] = await call.send([generator.track], codec);
        stops.push(tick(30, (count) => void writer.write(frameOf(count))));
        await expectPictures(track!, engine, 20);
        expect(generator.track.getSettings()).toMatchObject({ width, height });
        await writer.close();
        expect(generator.track.readyState).toBe('ended');
      },
    );

    test.each([90, 270] as const)(
      'pictures of a camera that stands on its side, by %s degrees, come upright',
      async (rotation) => {
        const source = new EncodedSource({ kind: 'video', codec: 'VP8', onKeyFrameRequest: () => (isKeyFrameWanted = true) });
        let isKeyFrameWanted = true;
        const [track] = await call.send([source.track], 'VP8');
        const settings = { codec: 'VP8', parameters: '', width: height, height: width, frameRate: 30, bitrateBps: 800_000 };
        const encoder = engine.encodeVideo(
          settings,
          ({ data, timestampMs, isKeyFrame }) => source.write({ data, timestampMs, isKeyFrame, rotationDegrees: rotation }),
          () => undefined,
        );
        const back = rotation === 90 ? 270 : 90;
        const drawing = tick(30, (count) => {
          if (isKeyFrameWanted) encoder.requestKeyFrame();
          isKeyFrameWanted = false;
          encoder.write(turnedPicture({ width, height, data: picture(count), timestampMs: (count * 1_000) / 30 }, back));
        });
        stops.push(drawing, () => encoder.close());
        await expectPictures(track!, engine, 10);
      },
    );

    test('encoders and decoders of WebCodecs, with encoded frames between connections', async () => {
      const source = new EncodedSource({ kind: 'video', codec: 'H264', onKeyFrameRequest: () => (isKeyFrameWanted = true) });
      let isKeyFrameWanted = true;
      const failed = (error: Error): void => expect.unreachable(error.message);
      const encoder = new VideoEncoder({
        engine,
        error: failed,
        output: (chunk) => {
          const data = new Uint8Array(chunk.byteLength);
          chunk.copyTo(data);
          source.write({ data, timestampMs: chunk.timestamp / 1_000, isKeyFrame: chunk.type === 'key' });
        },
      });
      encoder.configure({ codec: 'avc1.42e01f', width, height, framerate: 30, avc: { format: 'annexb' } });
      const [track] = await call.send([source.track], 'H264');
      const numbers = await new Promise<number[]>((resolve) => {
        const seen: number[] = [];
        const decoder = new VideoDecoder({
          engine,
          error: failed,
          output: async (frame) => {
            const pixels = new Uint8Array(frame.allocationSize());
            await frame.copyTo(pixels);
            frame.close();
            seen.push(readPatternTime(pixels, width, height));
            if (seen.length === 20) resolve(seen);
          },
        });
        decoder.configure({ codec: 'avc1.42e01f' });
        let hasBegun = false;
        const stop = receiveEncoded(track!, ({ data, isKeyFrame, rtpTimestamp }) => {
          hasBegun ||= isKeyFrame;
          if (!hasBegun) return;
          const type = isKeyFrame ? 'key' : 'delta';
          decoder.decode(new EncodedVideoChunk({ type, timestamp: Math.round((rtpTimestamp * 100) / 9), data }));
        });
        stops.push(stop, () => decoder.close());
        stops.push(
          tick(30, (count) => {
            const frame = frameOf(count);
            encoder.encode(frame, { keyFrame: isKeyFrameWanted });
            isKeyFrameWanted = false;
            frame.close();
          }),
          () => encoder.close(),
        );
      });
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    });

    test('a tone that a generator is given is heard by the other side', async () => {
      const [sampleRate, numberOfFrames] = [48_000, 960];
      const generator = new MediaStreamTrackGenerator<AudioData>({ kind: 'audio', engine });
      expect(generator.kind).toBe('audio');
      const writer = generator.writable.getWriter();
      const [track] = await call.send([generator]);
      stops.push(
        tick(50, (count) => {
          const data = Float32Array.from({ length: numberOfFrames }, (_, index) => {
            return 0.4 * Math.sin((2 * Math.PI * 600 * (count * numberOfFrames + index)) / sampleRate);
          });
          const timestamp = count * 20_000;
          void writer.write(new AudioData({ format: 'f32', sampleRate, numberOfFrames, numberOfChannels: 1, timestamp, data }));
        }),
      );
      const samples: number[] = [];
      let packets = 0;
      for await (const data of new MediaStreamTrackProcessor<AudioData>({ track: track!, engine }).readable) {
        const plane = new Float32Array(data.numberOfFrames);
        data.copyTo(plane, { planeIndex: 0, format: 'f32-planar' });
        data.close();
        packets += 1;
        if (packets > 10) samples.push(...plane);
        if (samples.length >= sampleRate / 2) break;
      }
      let crossings = 0;
      for (let at = 1; at < samples.length; at++) if (samples[at - 1]! < 0 !== samples[at]! < 0) crossings += 1;
      const heardHz = (crossings * sampleRate) / samples.length / 2;
      expect(heardHz).toBeGreaterThan(590);
      expect(heardHz).toBeLessThan(610);
    });

    test('who begins to look in mid-call sees a picture, for which a key frame is asked', async () => {
      const generator = new VideoTrackGenerator({ engine });
      const writer = generator.writable.getWriter();
      const [track] = await call.send([generator.track], 'VP8');
      stops.push(tick(30, (count) => void writer.write(frameOf(count))));
      await expectPictures(track!, engine, 5);
      await expectPictures(track!, engine, 5);
    });

    test('a size that changes in mid-call arrives', async () => {
      const generator = new MediaStreamTrackGenerator<VideoFrame>({ kind: 'video', engine });
      const writer = generator.writable.getWriter();
      const [track] = await call.send([generator], 'VP8');
      let isLarge = false;
      stops.push(
        tick(30, (count) => {
          const [codedWidth, codedHeight] = isLarge ? [640, 480] : [320, 240];
          const data = new Uint8Array(codedWidth * codedHeight * 1.5).fill(90 + (count % 50));
          const timestamp = Math.round((count * 1e6) / 30);
          void writer.write(new VideoFrame(data, { format: 'NV12', codedWidth, codedHeight, timestamp }));
        }),
      );
      const widths: number[] = [];
      for await (const frame of new MediaStreamTrackProcessor<VideoFrame>({ track: track!, engine }).readable) {
        widths.push(frame.codedWidth);
        frame.close();
        isLarge = true;
        if (frame.codedWidth === 0 && widths.at(-1) === 640) break;
      }
      expect([...new Set(widths)]).toEqual([320, 640]);
    });

    test('tracks that are made here are read without encoding them; a processor ends with its track', async () => {
      const pattern = new TestPattern({ engine, width, height });
      const reader = new MediaStreamTrackProcessor<VideoFrame>({ track: pattern.videoTrack, engine }).readable.getReader();
      const { value: frame } = await reader.read();
      expect([frame?.codedWidth, frame?.format]).toEqual([width, 'I420']);
      frame?.close();
      const sound = new MediaStreamTrackProcessor<AudioData>({ track: pattern.audioTrack, engine }).readable.getReader();
      const { value: data } = await sound.read();
      expect([data?.numberOfFrames, data?.sampleRate]).toEqual([960, 48_000]);
      data?.close();
      await reader.cancel();
      await sound.cancel();
      pattern.stop();
      const ended = new MediaStreamTrackProcessor({ track: pattern.videoTrack, engine }).readable.getReader();
      expect((await ended.read()).done).toBe(true);
    });

    test.skipIf(name === '@napi-rs/webcodecs')('the frames of a file are read', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'maru-transform-'));
      stops.push(() => rmSync(folder, { recursive: true, force: true }));
      const file = await FileSource.open(makeFile(folder, 'clip.webm'), { engine });
      stops.push(() => file.stop());
      const { readable } = new MediaStreamTrackProcessor<VideoFrame>({ track: file.videoTrack!, engine });
      void file.play();
      let count = 0;
      for await (const frame of readable) {
        frame.close();
        count += 1;
        if (count === 5) break;
      }
      expect(count).toBe(5);
    });
  });

test('a processor keeps the newest frames, and closes the others', async () => {
  const generator = new VideoTrackGenerator({ engine: await ENGINES[0]!.find() });
  const { readable } = new MediaStreamTrackProcessor<VideoFrame>({ track: generator.track, maxBufferSize: 2 });
  const writer = generator.writable.getWriter();
  for (let count = 0; count < 5; count++) await writer.write(frameOf(count));
  const reader = readable.getReader();
  const timestamps = [(await reader.read()).value?.timestamp, (await reader.read()).value?.timestamp];
  expect(timestamps).toEqual([100_000, 133_333]);
  generator.muted = true;
  expect(generator.track.muted).toBe(true);
  await expect(writer.write({} as VideoFrame)).rejects.toThrow(TypeError);
});
