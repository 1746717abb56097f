import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';

const COMPILED = new URL('../../dist/index.js', import.meta.url);
const ENOUGH_FRAMES = 40;

/** Records a call with itself, and tells how many pictures it has written. */
const RECORDING = `
const { FfmpegEngine, Recording, TestPattern } = await import(${JSON.stringify(COMPILED.href)});
const { RTCPeerConnection, RTCRtpSender } = await import('@maru/webrtc');
const [path, codec] = process.argv.slice(-2);
const pattern = new TestPattern({ engine: await FfmpegEngine.find(), width: 320, height: 180 });
const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
a.onicecandidate = ({ candidate }) => b.addIceCandidate(candidate ?? undefined);
b.onicecandidate = ({ candidate }) => a.addIceCandidate(candidate ?? undefined);
for (const track of [pattern.videoTrack, pattern.audioTrack]) a.addTrack(track);
const { codecs } = RTCRtpSender.getCapabilities('video');
a.getTransceivers()[0].setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/' + codec));
await a.setLocalDescription();
await b.setRemoteDescription(a.localDescription);
await b.setLocalDescription();
await a.setRemoteDescription(b.localDescription);
const recording = new Recording({ tracks: b.getReceivers().map(({ track }) => track), path });
setInterval(() => console.log(recording.figures.videoFrames), 20);
`;

const folder = mkdtempSync(join(tmpdir(), 'maru-kill-'));
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.runIf(existsSync(COMPILED)).each([
  ['call.mp4', 'H264'],
  ['call.webm', 'VP8'],
])('a recording to %s is readable when its process was killed in the middle', async (name, codec) => {
  const path = join(folder, name);
  const child = spawn(process.execPath, ['--input-type=module', '-e', RECORDING, '--', path, codec], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  let frames = 0;
  for await (const told of child.stdout) {
    frames = Number(String(told).trim().split('\n').at(-1));
    if (frames >= ENOUGH_FRAMES) break;
  }
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  const ask = (kind: string): string[] => {
    const args = ['-v', 'error', '-select_streams', kind, '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path];
    return spawnSync('ffprobe', args, { encoding: 'utf8', timeout: 15_000 }).stdout.trim().split('\n');
  };
  expect(ask('v').length).toBeGreaterThanOrEqual(frames - 5);
  expect(ask('a').length).toBeGreaterThan(30);
  const decoding = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'null', '-'], { encoding: 'utf8', timeout: 15_000 });
  expect(decoding.status).toBe(0);
});
