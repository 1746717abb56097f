import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWatchOptions } from './options.js';
import { pathFor } from './recordings.js';
import { watchScreen } from './screen.js';

const LINK = 'https://maru.example/h/moon-8kd2';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-watch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what is written, and where, is read from the command line', () => {
  const destination = (...args: string[]): unknown => {
    const options = readWatchOptions([LINK, ...args]);
    return typeof options === 'object' && 'destination' in options ? options.destination : options;
  };
  const file = join(folder, 'out.mp4');
  expect(destination()).toEqual({ type: 'folder', path: '.', ending: '.webm' });
  expect(destination('--out', folder, '--format', 'mp4')).toEqual({ type: 'folder', path: folder, ending: '.mp4' });
  expect(destination(file)).toEqual({ type: 'file', path: file });
  expect(destination(join(folder, 'OUT.MP4'))).toEqual({ type: 'file', path: join(folder, 'OUT.MP4') });
  expect(destination('--no-record')).toEqual({ type: 'none' });
  expect(destination('--help')).toBe('help');
});

test.each([
  [['out.avi'], /should end in \.webm or \.mp4/],
  [['out.mp4', '--out', '.'], /not both/],
  [['out.mp4', '--no-record'], /not both/],
  [['--format', 'mkv'], /webm or mp4/],
  [['out.mp4', 'more'], /one word too many/],
  [['--loud'], /--loud/],
])('%j is refused with a sentence', (args, why) => {
  expect(readWatchOptions([LINK, ...args])).toEqual({ wrong: expect.stringMatching(why) });
});

test('where nothing can be written is said before the session is joined', () => {
  const file = join(folder, 'letter.txt');
  writeFileSync(file, '');
  expect(readWatchOptions([LINK, '--out', file])).toEqual({ wrong: expect.stringMatching(/names a folder/) });
  expect(readWatchOptions([LINK, join(folder, 'none', 'out.mp4')])).toEqual({ wrong: expect.stringMatching(/no folder/) });
});

test('files that are there are not written over', () => {
  const file = join(folder, 'out.mp4');
  writeFileSync(file, '');
  expect(readWatchOptions([LINK, file])).toEqual({ wrong: expect.stringMatching(/is there already/) });
  expect(pathFor({ type: 'file', path: file }, 'x')).toBe(join(folder, 'out-2.mp4'));
  const named = { type: 'folder', path: folder, ending: '.webm' } as const;
  expect(pathFor(named, '../Min ji/screen')).toBe(join(folder, '-Min-ji-screen.webm'));
  expect(pathFor(named, '../Min ji/screen')).toBe(join(folder, '-Min-ji-screen-2.webm')); // promised to another
});

test('a person sees who sends what, and what is written of it', () => {
  const video = { kind: 'video', codec: 'H264', kbps: 1_204, fps: 30, width: 1_280, height: 720, lossPercent: 0.5 } as const;
  const audio = {
    kind: 'audio',
    codec: 'opus',
    kbps: 44,
    fps: undefined,
    width: undefined,
    height: undefined,
    lossPercent: 0,
  } as const;
  const recording = {
    files: ['out.mp4'],
    videoFrames: 1_800,
    audioPackets: 3_000,
    dropped: 0,
    bytes: 9_100_000,
    durationMs: 61_000,
  };
  const streams = [video, audio].map((one) => ({ ...one, rttMs: 12, frames: 0 }));
  const minji = { name: 'Minji', state: 'connected', streams, recordings: [recording] };
  const junho = { name: 'Junho', state: 'connecting', streams: [], recordings: [{ ...recording, files: [] }] };
  expect(watchScreen([minji, junho], 3_725_000)).toEqual([
    '● 1:02:05  2 send  ↓ 1248 kbit/s',
    '  Minji',
    '    H264 1280×720 30 fps 1204 kbit/s loss 0.5 % rtt 12 ms',
    '    opus 44 kbit/s loss 0 % rtt 12 ms',
    '    → out.mp4  01:01  1800 pictures  9.1 MB',
    '  Junho',
    '    connecting',
    '    → waits for the first key frame',
  ]);
  expect(watchScreen([], 0)).toEqual(['● 00:00  nobody else is here  ↓ 0 kbit/s']);
});
