import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceOf } from '@maru/webrtc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findEngine } from '../engine/find-engine.js';
import { PictureSource } from '../sources/picture-source.js';
import { demandOf, Sink } from '../testing/demand.js';
import { listDevices } from './device-list.js';
import { MediaDevices } from './media-devices.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-devices-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine with two cameras, which are none, and a sound card. */
function machine(): ReturnType<typeof listDevices> {
  const roots = { devices: join(folder, 'dev'), videoClass: join(folder, 'class'), soundCards: join(folder, 'pcm') };
  mkdirSync(roots.devices);
  mkdirSync(join(roots.videoClass, 'video0'), { recursive: true });
  for (const name of ['video10', 'video0', 'null']) writeFileSync(join(roots.devices, name), 'not a camera');
  writeFileSync(join(roots.videoClass, 'video0', 'name'), 'Integrated Camera\n');
  writeFileSync(
    roots.soundCards,
    '00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1\n00-03: HDMI 0 : HDMI 0 : playback 1\n',
  );
  return listDevices(roots);
}

const devicesOf = (devices: ReturnType<typeof listDevices>, display?: string): MediaDevices =>
  new MediaDevices({ engine: findEngine, devices: () => devices, display });

test('cameras and microphones are told as Linux tells of them, in their order', async () => {
  const devices = machine();
  expect(devices.map(({ kind, label }) => [kind, label])).toEqual([
    ['videoinput', 'Integrated Camera'],
    ['videoinput', 'video10'],
    ['audioinput', 'ALC257 Analog'],
  ]);
  expect(devices[2]!.deviceId).toBe('alsa:hw:0,0');
  expect(await devicesOf(devices).enumerateDevices()).toEqual(devices);
  expect(listDevices({ devices: '/nowhere', videoClass: '/nowhere', soundCards: '/nowhere' })).toEqual([]);
});

test.each([
  ['no kind', {}, 'TypeError'],
  ['a camera that is not there', { video: { deviceId: { exact: '/dev/video9' } } }, 'OverconstrainedError'],
  ['more pictures than there can be', { video: { frameRate: { min: 1_000 } } }, 'OverconstrainedError'],
  ['a camera that cannot be read', { video: true }, 'NotReadableError'],
])('asking for %s rejects with the error of the specification', async (_, constraints, name) => {
  await expect(devicesOf(machine()).getUserMedia(constraints)).rejects.toMatchObject({ name });
});

test('without devices there is a NotFoundError for each kind', async () => {
  const none = devicesOf([]);
  await expect(none.getUserMedia({ video: true })).rejects.toMatchObject({ name: 'NotFoundError' });
  await expect(none.getUserMedia({ audio: true })).rejects.toMatchObject({ name: 'NotFoundError' });
  await expect(none.getDisplayMedia()).rejects.toMatchObject({ name: 'NotFoundError' });
  await expect(devicesOf([], ':9999').getDisplayMedia()).rejects.toMatchObject({ name: 'NotReadableError' });
});

const hasDisplay = !spawnSync('Xvfb', ['-help'], { timeout: 5_000 }).error;

describe.skipIf(!hasDisplay)('a screen', () => {
  let server: ChildProcess;
  afterEach(() => server.kill('SIGKILL'));

  test('is a track of pictures of the size that was asked for, and free when the track is stopped', async () => {
    server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '800x600x24'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const [told] = (await once(server.stdio[3]!, 'data')) as [Buffer];
    const stream = await devicesOf([], `:${told.toString().trim()}`).getDisplayMedia({ video: { width: 320, height: 180 } });
    const [track] = stream.getVideoTracks();
    expect(track!.getSettings()).toMatchObject({ width: 320, height: 180, frameRate: 15 });
    const source = sourceOf(track!);
    if (!(source instanceof PictureSource)) throw new Error('another source');
    const sink = new Sink();
    source.encode(demandOf('video', ['VP8']), sink.take);
    await sink.until((taken) => taken.length >= 3);
    expect(sink.taken[0]).toMatchObject({ isKeyFrame: true });
    track!.stop();
  });
});
