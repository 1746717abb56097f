import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readPublishOptions } from './options.js';
import { openSource } from './published.js';

const LINK = 'https://maru.example/h/moon-8kd2';

test('what is published is read from the command line', () => {
  const source = (...args: string[]): unknown => {
    const options = readPublishOptions([LINK, ...args]);
    return typeof options === 'object' && 'source' in options ? options.source : options;
  };
  expect(source('clip.mp4', '--loop')).toEqual({ type: 'file', path: 'clip.mp4', loop: true });
  expect(source('--test-pattern')).toEqual({ type: 'test-pattern', format: { width: 640, height: 360, frameRate: 30 } });
  expect(source('--screen')).toEqual({ type: 'screen', format: { width: 1_280, height: 720, frameRate: 15 } });
  expect(source('--camera', '--size', '320x180', '--fps', '10')).toEqual({
    type: 'camera',
    format: { width: 320, height: 180, frameRate: 10 },
  });
  expect(source('--help')).toBe('help');
});

test.each([
  [[], /what\? A file/],
  [['clip.mp4', '--screen'], /what\? A file/],
  [['--camera', '--screen'], /what\? A file/],
  [['clip.mp4', '--size', '640x360'], /a file has its own size/],
  [['--test-pattern', '--loop'], /--loop is for files/],
  [['--test-pattern', '--size', '100'], /two even numbers/],
  [['--test-pattern', '--fps', '0'], /from 1 to 60/],
  [['clip.mp4', '--duration', 'x'], /a number of seconds/],
  [['clip.mp4', 'more'], /one word too many/],
])('%j is refused with a sentence', (args, why) => {
  expect(readPublishOptions([LINK, ...args])).toEqual({ wrong: expect.stringMatching(why) });
});

describe('a file where there is nothing to encode with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'maru-publish-'));
  const { MARU_ENGINE, MARU_FFMPEG } = process.env;
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    Object.assign(process.env, { MARU_ENGINE, MARU_FFMPEG });
  });

  const make = (name: string, args: readonly string[]): string => {
    const input = ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=25', '-f', 'lavfi', '-i', 'sine=440:r=48000', '-t', '1'];
    const path = join(folder, name);
    const made = spawnSync('ffmpeg', ['-y', '-loglevel', 'error', ...input, ...args, path], {
      timeout: 60_000,
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(made.stderr);
    return path;
  };

  test('goes as far as it can go as it is, and the rest is said; where nothing can, it is what to install', async () => {
    const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-pix_fmt', 'yuv420p'];
    const clip = make('clip.mp4', [...x264, '-c:a', 'aac']);
    const sound = make('sound.mp4', ['-vn', '-c:a', 'aac']);
    Object.assign(process.env, { MARU_ENGINE: 'ffmpeg', MARU_FFMPEG: join(folder, 'no-ffmpeg') });
    const said: string[] = [];
    const unexpected = (error: Error): void => expect.unreachable(error.message);
    const published = await openSource({ type: 'file', path: clip, loop: false }, unexpected, (line) => said.push(line));
    expect(published.tracks.map(({ kind }) => kind)).toEqual(['video']);
    expect(said).toEqual([expect.stringMatching(/^The sound of .*clip\.mp4 would have to be encoded anew.*apt install ffmpeg/s)]);
    published.stop();
    const nothing = openSource({ type: 'file', path: sound, loop: false }, unexpected, () => undefined);
    await expect(nothing).rejects.toThrow(/apt install ffmpeg/);
  });
});
