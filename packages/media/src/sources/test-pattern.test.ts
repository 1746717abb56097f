import { sourceOf } from '@maru/webrtc';
import { beforeAll, expect, test } from 'vitest';
import { FfmpegEngine } from '../engine/ffmpeg/ffmpeg-engine.js';
import type { Picture, Sound } from '../engine/media-engine.js';
import { demandOf, Sink } from '../testing/demand.js';
import { readPatternTime } from './pattern-picture.js';
import { PictureSource } from './picture-source.js';
import { SoundSource } from './sound-source.js';
import { TestPattern } from './test-pattern.js';

let engine: FfmpegEngine;

beforeAll(async () => {
  engine = await FfmpegEngine.find();
});

function sourcesOf(pattern: TestPattern): { pictures: PictureSource; sounds: SoundSource } {
  const [pictures, sounds] = [sourceOf(pattern.videoTrack), sourceOf(pattern.audioTrack)];
  if (!(pictures instanceof PictureSource) || !(sounds instanceof SoundSource)) throw new Error('other sources');
  return { pictures, sounds };
}

test.each(['VP8', 'VP9', 'H264', 'AV1'])(
  'in %s: a key frame first, then the time of each picture, and another key frame when asked',
  async (codec) => {
    const pattern = new TestPattern({ engine, width: 320, height: 180 });
    const { pictures } = sourcesOf(pattern);
    const sink = new Sink();
    const feed = pictures.encode(demandOf('video', [codec]), sink.take)!;
    expect(feed.codec.name).toBe(codec);
    await sink.until((taken) => taken.length >= 10);
    expect(sink.taken.map(({ isKeyFrame }) => isKeyFrame).slice(0, 10)).toEqual([true, ...Array(9).fill(false)]);
    const keyFrames = (): number => sink.taken.filter(({ isKeyFrame }) => isKeyFrame).length;
    feed.requestKeyFrame();
    await sink.until(() => keyFrames() === 2);
    const times = sink.taken.map(({ timestampMs }) => timestampMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));

    const pictureTimes: number[] = [];
    await new Promise<void>((resolve) => {
      const give = ({ data, width, height }: Picture): void => {
        pictureTimes.push(readPatternTime(data, width, height));
        if (pictureTimes.length === 5) resolve();
      };
      const decoder = engine.decodeVideo(codec, { width: 320, height: 180 }, give, () => undefined);
      for (const media of sink.taken) decoder.write(media);
      void sink.until((taken) => {
        const latest = taken.at(-1)!;
        decoder.write(latest);
        return pictureTimes.length >= 5;
      });
    });
    const expected = Math.round(sink.taken[1]!.timestampMs - sink.taken[0]!.timestampMs);
    expect(Math.abs(pictureTimes[1]! - pictureTimes[0]! - expected)).toBeLessThanOrEqual(2);
    feed.close();
    pattern.stop();
  },
);

test('the beep is heard at full seconds, and its level is told', async () => {
  const pattern = new TestPattern({ engine });
  const { sounds } = sourcesOf(pattern);
  const sink = new Sink();
  const feed = sounds.encode(demandOf('audio', ['opus']), sink.take)!;
  await sink.until((taken) => taken.some(({ audioLevel = 127 }) => audioLevel < 30) && taken.length > 20);
  expect(sink.taken.some(({ audioLevel }) => audioLevel === 127)).toBe(true);
  const decoded: Sound[] = [];
  await new Promise<void>((resolve) => {
    const decoder = engine.decodeAudio(
      'opus',
      { sampleRate: 48_000, channels: 1 },
      (sound) => {
        decoded.push(sound);
        if (decoded.length === 15) resolve();
      },
      () => undefined,
    );
    for (const media of sink.taken) decoder.write(media);
  });
  expect(decoded[0]!.samples).toHaveLength(960);
  feed.close();
  pattern.stop();
});

test('who wants the same shares an encoder; who has less room gets another', async () => {
  let encoders = 0;
  const counting: Pick<FfmpegEngine, 'encodeVideo'> = {
    encodeVideo: (...given) => {
      encoders += 1;
      return engine.encodeVideo(...given);
    },
  };
  const source = new PictureSource({
    engine: Object.assign(Object.create(engine) as FfmpegEngine, counting),
    label: 'one',
    width: 320,
    height: 180,
    frameRate: 30,
  });
  const [first, second] = [new Sink(), new Sink()];
  const write = (count: number): void =>
    source.write({ width: 320, height: 180, data: new Uint8Array(86_400).fill(count), timestampMs: count * 33.4 });
  const a = source.encode(demandOf('video', ['VP8']), first.take)!;
  let count = 0;
  const ticking = setInterval(() => write(count++), 20);
  await first.until((taken) => taken.length > 2);
  const b = source.encode(demandOf('video', ['VP8']), second.take)!;
  await second.until((taken) => taken.length > 2);
  expect(second.taken[0]).toMatchObject({ isKeyFrame: true });
  expect(encoders).toBe(1); // it made a key frame for the newcomer
  b.setTargetBitrate(90_000);
  await second.until((taken) => taken.filter(({ isKeyFrame }) => isKeyFrame).length === 2);
  expect(encoders).toBe(2);
  clearInterval(ticking);
  a.close();
  b.close();
  source.end();
});
