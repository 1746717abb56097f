import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FfmpegEngine } from '../engine/ffmpeg/ffmpeg-engine.js';
import { TestPattern } from '../sources/test-pattern.js';
import { Call } from '../testing/call.js';
import { SoundMixer } from './sound-mixer.js';
import { Speaker } from './speaker.js';

let folder: string;
const before = { PATH: process.env['PATH'], MARU_SPEAKER: process.env['MARU_SPEAKER'] };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-speaker-'));
});
afterEach(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true, force: true });
});

test('what a track sounds reaches the player, as loud and as high as it is', async () => {
  const heard = join(folder, 'heard.raw');
  const engine = await FfmpegEngine.find();
  const pattern = new TestPattern({ engine, width: 64, height: 36 });
  const call = new Call();
  const speaker = await Speaker.open({ engine, command: ['tee', heard] });
  try {
    const [track] = await call.send([pattern.audioTrack]);
    speaker.play(track!);
    const loudest = (): number => {
      const bytes = statSync(heard, { throwIfNoEntry: false }) ? readFileSync(heard) : Buffer.alloc(0);
      const samples = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~3)));
      return samples.reduce((most, sample) => Math.max(most, sample), 0);
    };
    while (loudest() < 8_000) await later(20); // the test's own limit bounds it
    expect(loudest()).toBeLessThan(12_000);
  } finally {
    speaker.close();
    pattern.stop();
    call.close();
  }
});

test('a player that falls is told of; without one, what to install is said', async () => {
  const engine = await FfmpegEngine.find();
  const error = await new Promise<Error>((resolve) => {
    void Speaker.open({ engine, command: ['false'], onError: resolve });
  });
  expect(error.message).toMatch(/false does not play/);
  process.env['PATH'] = folder;
  delete process.env['MARU_SPEAKER'];
  await expect(Speaker.open({ engine })).rejects.toThrow(/apt install pulseaudio-utils/);
});

test('sounds are summed, cut off where they are too loud, and late ones left out', () => {
  const mixer = new SoundMixer(2);
  const [one, two] = [mixer.add(), mixer.add()];
  one.push(Int16Array.of(1, 1));
  expect([...mixer.next()]).toEqual([0, 0]); // it waits for more
  for (let index = 0; index < 2; index++) one.push(Int16Array.of(30_000, 5));
  for (let index = 0; index < 3; index++) two.push(Int16Array.of(10_000, 6));
  expect([...mixer.next()]).toEqual([10_001, 7]);
  expect([...mixer.next()]).toEqual([0x7fff, 11]);
  two.close();
  expect([...mixer.next()]).toEqual([30_000, 5]);
  expect([...mixer.next()]).toEqual([0, 0]);
  for (let index = 0; index < 20; index++) one.push(Int16Array.of(index, 0));
  expect(mixer.next()[0]).toBeGreaterThan(9);
});
