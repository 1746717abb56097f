import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFrameHeader } from '@maru/protocol/payload';
import { sourceOf } from '@maru/webrtc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FfmpegEngine } from '../engine/ffmpeg/ffmpeg-engine.js';
import { demandOf, Sink } from '../testing/demand.js';
import { turnFile } from '../testing/files.js';
import { FileSource } from './file-source.js';
import { FileTrack } from './file-track.js';

let engine: FfmpegEngine;
const folder = mkdtempSync(join(tmpdir(), 'maru-media-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two seconds of a picture and a tone. */
function make(name: string, args: readonly string[]): string {
  const path = join(folder, name);
  const input = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-f', 'lavfi', '-i', 'sine=440:r=48000', '-t', '2'];
  const made = spawnSync('ffmpeg', ['-y', '-loglevel', 'error', ...input, ...args, path], { timeout: 30_000, encoding: 'utf8' });
  expect(made.stderr).toBe('');
  return path;
}

beforeAll(async () => {
  engine = await FfmpegEngine.find();
  make('passes.webm', ['-c:v', 'libvpx', '-deadline', 'realtime', '-g', '25', '-c:a', 'libopus']);
  make('passes.mp4', ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac']);
  make('reordered.ts', ['-c:v', 'libx264', '-bf', '2', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac']);
});

function tracksOf(source: FileSource): { video: FileTrack; audio: FileTrack } {
  const [video, audio] = [source.videoTrack, source.audioTrack].map((track) => track && sourceOf(track));
  if (!(video instanceof FileTrack) || !(audio instanceof FileTrack)) throw new Error('other sources');
  return { video, audio };
}

test('frames whose codec the other side takes go as they are in the file, in its own time, and the tracks end with it', async () => {
  const source = await FileSource.open(join(folder, 'passes.webm'));
  const { video, audio } = tracksOf(source);
  const [pictures, sounds] = [new Sink(), new Sink()];
  video.encode(demandOf('video', ['H264', 'VP8']), pictures.take);
  audio.encode(demandOf('audio', ['opus']), sounds.take);
  const ended: string[] = [];
  for (const track of [source.videoTrack!, source.audioTrack!]) track.onended = () => ended.push(track.kind);
  const startMs = performance.now();
  await source.play();
  const tookMs = performance.now() - startMs;
  expect(tookMs).toBeGreaterThan(1_900);
  expect(pictures.taken).toHaveLength(50);
  expect(pictures.taken.filter(({ isKeyFrame }) => isKeyFrame)).toHaveLength(2);
  expect(pictures.taken.at(-1)!.timestampMs - pictures.taken[0]!.timestampMs).toBeCloseTo(1_960, -1);
  expect(sounds.taken.length).toBeGreaterThanOrEqual(100);
  expect(ended.sort()).toEqual(['audio', 'video']);
});

test('H.264 of an MP4 goes in Annex B with its parameter sets; who comes later gets the last key frame at once; AAC is encoded anew', async () => {
  const source = await FileSource.open(join(folder, 'passes.mp4'), { engine, loop: true });
  const { video, audio } = tracksOf(source);
  const [first, late, sounds] = [new Sink(), new Sink(), new Sink()];
  video.encode(demandOf('video', ['H264']), first.take);
  void source.play();
  await first.until((taken) => taken.length >= 5);
  expect([...first.taken[0]!.data.subarray(0, 5)]).toEqual([0, 0, 0, 1, 0x67]);
  video.encode(demandOf('video', ['H264']), late.take);
  expect(late.taken[0]).toMatchObject({ isKeyFrame: true });
  expect(late.taken).toHaveLength(first.taken.length);
  const feed = audio.encode(demandOf('audio', ['opus']), sounds.take)!;
  await sounds.until((taken) => taken.length >= 5);
  expect(feed.codec.name).toBe('opus');
  await first.until((taken) => taken.length > 55); // it began again
  source.stop();
});

test.each([
  ['frames out of order', 'reordered.ts', ['H264']],
  ['a codec that the other side has not', 'passes.webm', ['H264']],
])('%s are encoded anew', async (_, name, codecs) => {
  const source = await FileSource.open(join(folder, name), { engine });
  const { video } = tracksOf(source);
  const sink = new Sink();
  void source.play();
  const feed = video.encode(demandOf('video', codecs), sink.take)!;
  await sink.until((taken) => taken.length >= 10);
  expect(sink.taken[0]!.isKeyFrame).toBe(true);
  const times = sink.taken.map(({ timestampMs }) => timestampMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  feed.close();
  source.stop();
});

describe('a clip of a phone, which films on its side', () => {
  beforeAll(() => {
    make('upright.mp4', ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '25', '-pix_fmt', 'yuv420p', '-an']);
    turnFile(join(folder, 'upright.mp4'), 90);
  });

  const videoOf = async (): Promise<{ source: FileSource; video: FileTrack }> => {
    const source = await FileSource.open(join(folder, 'upright-turned-90.mp4'), { engine });
    const video = source.videoTrack && sourceOf(source.videoTrack);
    if (!(video instanceof FileTrack)) throw new Error('another source');
    return { source, video };
  };

  test('goes as it is to those who turn it, and says how', async () => {
    const { source, video } = await videoOf();
    expect(source.videoTrack!.getSettings()).toMatchObject({ width: 180, height: 320 });
    const sink = new Sink();
    video.encode(demandOf('video', ['H264'], {}, true), sink.take);
    await source.play();
    expect(sink.taken).toHaveLength(50);
    expect(new Set(sink.taken.map(({ rotationDegrees }) => rotationDegrees))).toEqual(new Set([90]));
  });

  test('is turned and encoded anew for those who do not', async () => {
    const { source, video } = await videoOf();
    const sink = new Sink();
    void source.play();
    video.encode(demandOf('video', ['H264']), sink.take);
    await sink.until((taken) => taken.length >= 5);
    expect(readFrameHeader('h264', sink.taken[0]!.data)).toMatchObject({ isKeyFrame: true, size: { width: 180, height: 320 } });
    expect(sink.taken[0]).not.toHaveProperty('rotationDegrees');
    source.stop();
  });
});

test('what nobody can be sent as it is, is told before', async () => {
  const needs = async (name: string): Promise<readonly string[]> => {
    const source = await FileSource.open(join(folder, name));
    source.stop();
    return source.needsEngine;
  };
  expect(await Promise.all(['passes.webm', 'passes.mp4', 'reordered.ts'].map(needs))).toEqual([
    [],
    ['audio'],
    ['video', 'audio'],
  ]);
});

test('without an engine, what cannot go as it is has no feed', async () => {
  const source = await FileSource.open(join(folder, 'reordered.ts'));
  expect(tracksOf(source).video.encode(demandOf('video', ['H264']), () => undefined)).toBeUndefined();
  source.stop();
});

test('what is no media file is refused with its name', async () => {
  const path = join(folder, 'letter.txt');
  writeFileSync(path, 'dear reader');
  await expect(FileSource.open(path)).rejects.toThrow(/letter\.txt is not a WebM/);
  writeFileSync(path, 'dear');
  await expect(FileSource.open(path)).rejects.toThrow(/letter\.txt is not a WebM/);
  await expect(FileSource.open(join(folder, 'nothing.mp4'))).rejects.toThrow(
    /nothing\.mp4 cannot be read: there is no such file/,
  );
  await expect(FileSource.open(folder)).rejects.toThrow(/it is a folder/);
});
