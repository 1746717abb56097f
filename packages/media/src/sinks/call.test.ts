import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MediaStreamTrack, RTCPeerConnection } from '@maru/webrtc';
import { EncodedPacketSink, FilePathSource, Input, WEBM } from 'mediabunny';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FfmpegEngine } from '../engine/ffmpeg/ffmpeg-engine.js';
import { readPatternTime } from '../sources/pattern-picture.js';
import { BEEP, TestPattern } from '../sources/test-pattern.js';
import { receivePictures, receiveSound } from './decoded.js';
import { Recording } from './recording.js';

let engine: FfmpegEngine;
let pattern: TestPattern;
let folder: string;
let ends: readonly [RTCPeerConnection, RTCPeerConnection];

beforeEach(async () => {
  engine = await FfmpegEngine.find();
  folder = mkdtempSync(join(tmpdir(), 'maru-call-'));
  pattern = new TestPattern({ engine });
  ends = [new RTCPeerConnection(), new RTCPeerConnection()];
});

afterEach(() => {
  pattern.stop();
  for (const end of ends) end.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends the test pattern from one end to the other; resolves with what arrives there. */
async function call(): Promise<{ video: MediaStreamTrack; audio: MediaStreamTrack }> {
  const [a, b] = ends;
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate ?? undefined);
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate ?? undefined);
  for (const track of [pattern.videoTrack, pattern.audioTrack]) a.addTrack(track);
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription!);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription!);
  const trackOf = (kind: string): MediaStreamTrack => b.getReceivers().find(({ track }) => track.kind === kind)!.track;
  return { video: trackOf('video'), audio: trackOf('audio') };
}

/** Milliseconds of the day. */
const dayMs = (): number => Date.now() % 86_400_000;

test('what one process draws and beeps, another sees and hears: through encoder, network and decoder, soon', async () => {
  const { video, audio } = await call();
  const delays: number[] = [];
  const stopPictures = await new Promise<() => void>((resolve) => {
    const stop = receivePictures(video, { engine, width: 640, height: 360 }, ({ data, width, height }) => {
      delays.push(dayMs() - readPatternTime(data, width, height));
      if (delays.length === 30) resolve(stop);
    });
  });
  stopPictures();
  expect(Math.min(...delays)).toBeGreaterThan(0);
  expect(Math.min(...delays)).toBeLessThan(2_000); // at its best: who shares the processors with others waits for them at times
  const crossings = await new Promise<number>((resolve) => {
    const stop = receiveSound(audio, { engine, sampleRate: 48_000, channels: 1 }, ({ samples }) => {
      if (samples.every((sample) => Math.abs(sample) < 10_001) && Math.max(...samples) < 5_000) return;
      let count = 0;
      for (let index = 1; index < samples.length; index++) if (samples[index - 1]! < 0 !== samples[index]! < 0) count += 1;
      if (Math.abs(count - (2 * BEEP.frequencyHz * 20) / 1_000) > 2) return; // its beginning or its end
      stop();
      resolve(count);
    });
  });
  expect(crossings / 2 / 0.02).toBeGreaterThan(BEEP.frequencyHz * 0.9);
});

test('a recording has both tracks, in step, and can be read while it is written', async () => {
  const { video, audio } = await call();
  const path = join(folder, 'call.webm');
  const recording = new Recording({ tracks: [video, audio], path });
  await new Promise<void>((resolve) => {
    const stop = receivePictures(video, { engine, width: 64, height: 36 }, () => {
      if (recording.figures.videoFrames < 45) return;
      stop();
      resolve();
    });
  });
  expect(readFileSync(path).length).toBeGreaterThan(1_000); // as a kill would leave it
  const { files, videoFrames, audioPackets, dropped } = await recording.close();
  expect(files).toEqual([path]);
  expect(dropped).toBeLessThan(30); // pictures before the first key frame
  const input = new Input({ source: new FilePathSource(path), formats: [WEBM] });
  const counts = { video: 0, audio: 0 };
  const [first, last] = [
    { video: 0, audio: 0 },
    { video: 0, audio: 0 },
  ];
  for (const track of await input.getTracks()) {
    const kind = track.isVideoTrack() ? 'video' : 'audio';
    for await (const { timestamp } of new EncodedPacketSink(track).packets()) {
      if (counts[kind]++ === 0) first[kind] = timestamp;
      last[kind] = timestamp;
    }
  }
  expect(counts).toEqual({ video: videoFrames, audio: audioPackets });
  expect(Math.abs(last.video - last.audio)).toBeLessThan(2); // sounds take no time to encode; pictures do, where processors are short
  expect(last.video - first.video).toBeGreaterThan(1);
  input.dispose();
});
