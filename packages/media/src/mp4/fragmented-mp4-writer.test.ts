import { spawnSync } from 'node:child_process';
import { BufferSource, Input, MP4 } from 'mediabunny';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EncodedChunk, MediaEngine } from '../engine/media-engine.js';
import { PatternPainter } from '../sources/pattern-picture.js';
import { ENGINES } from '../testing/engines.js';
import { FragmentedMp4Writer } from './fragmented-mp4-writer.js';

const size = { width: 320, height: 180 };
const CODECS = ['H264', 'VP9', 'AV1'];
/** 20 ms of silence. */
const SILENCE = Uint8Array.of(0xfc, 0xff, 0xfe);
const FRAMES = 20;

let engine: MediaEngine;
beforeAll(async () => {
  engine = await ENGINES[0]!.find();
});

function encoded(codec: string): Promise<EncodedChunk[]> {
  return new Promise((resolve, reject) => {
    const chunks: EncodedChunk[] = [];
    const settings = { codec, parameters: 'packetization-mode=1', ...size, frameRate: 25, bitrateBps: 300_000 };
    const encoder = engine.encodeVideo(
      settings,
      (chunk) => chunks.push(chunk),
      (error) => (error ? reject(error) : resolve(chunks)),
    );
    const painter = new PatternPainter(size.width, size.height);
    void (async () => {
      for (let index = 0; index < FRAMES; index++) {
        await encoder.ready();
        if (index === 10) encoder.requestKeyFrame();
        encoder.write({ ...size, data: painter.paint(index, index), timestampMs: index * 40 });
      }
      encoder.finish();
    })();
  });
}

function written(codec: string, chunks: readonly EncodedChunk[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const video = { format: { codec, ...size }, keyFrame: chunks[0]!.data };
  const writer = new FragmentedMp4Writer((bytes) => parts.push(bytes), video, { channels: 2 });
  for (const { data, timestampMs, isKeyFrame } of chunks) {
    writer.frame('video', data, timestampMs, isKeyFrame);
    for (const offset of [0, 20]) writer.frame('audio', SILENCE, timestampMs + offset, true);
  }
  writer.finish();
  return new Uint8Array(Buffer.concat(parts));
}

/** What ffmpeg's reader makes of the bytes. */
function probe(bytes: Uint8Array): { streams: string[]; times: string[]; keys: number; decodes: boolean; complaint: string } {
  const ask = (...args: string[]) =>
    spawnSync('ffprobe', ['-v', 'error', ...args, '-of', 'csv=p=0', '-'], { input: bytes, encoding: 'utf8', timeout: 20_000 });
  const { stdout: streams } = ask('-show_entries', 'stream=codec_name,width,height,channels');
  const packets = ask('-select_streams', 'v', '-show_entries', 'packet=pts_time,flags').stdout.trim().split('\n').filter(Boolean);
  const decoded = spawnSync('ffmpeg', ['-v', 'error', '-xerror', '-i', '-', '-f', 'null', '-'], {
    input: bytes,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return {
    streams: streams.trim().split('\n'),
    times: packets.map((line) => line.split(',')[0]!),
    keys: packets.filter((line) => line.includes('K')).length,
    decodes: decoded.status === 0,
    complaint: decoded.stderr,
  };
}

describe.each(CODECS)('%s with Opus', (codec) => {
  let whole: Uint8Array;
  beforeAll(async () => {
    whole = written(codec, await encoded(codec));
  });

  test('is read and decoded by ffmpeg, with the time of each frame', () => {
    const { streams, times, keys, complaint } = probe(whole);
    expect(streams).toEqual([expect.stringMatching(/^(h264|vp9|av1),320,180/), expect.stringMatching(/^opus,2/)]);
    expect(times).toEqual(Array.from({ length: FRAMES }, (_, index) => (index * 0.04).toFixed(6)));
    expect(keys).toBe(2);
    expect(complaint).toBe('');
  });

  test('wherever its writer was killed, what is there is readable', () => {
    const lengths = new Set<number>();
    for (const part of [0.4, 0.55, 0.7, 0.85, 0.99]) {
      const { times } = probe(whole.subarray(0, Math.floor(whole.length * part)));
      lengths.add(times.length);
      expect(times).toEqual(times.map((_, index) => (index * 0.04).toFixed(6)));
    }
    expect(Math.max(...lengths)).toBeGreaterThan(FRAMES / 2);
  });
});

test.each([0, 90, 180, 270] as const)('that pictures are to be turned by %s degrees is in the file', async (rotationDegrees) => {
  const [keyFrame] = await encoded('VP9');
  const parts: Uint8Array[] = [];
  const video = { format: { codec: 'VP9', ...size, rotationDegrees }, keyFrame: keyFrame!.data };
  const writer = new FragmentedMp4Writer((bytes) => parts.push(bytes), video, undefined);
  writer.frame('video', keyFrame!.data, 0, true);
  writer.finish();
  const bytes = new Uint8Array(Buffer.concat(parts));
  const track = await new Input({ source: new BufferSource(bytes), formats: [MP4] }).getPrimaryVideoTrack();
  expect(await track?.getRotation()).toBe(rotationDegrees);
  const ask = ['-v', 'error', '-show_entries', 'stream_side_data=rotation', '-of', 'csv=p=0', '-'];
  const { stdout } = spawnSync('ffprobe', ask, { input: bytes, encoding: 'utf8', timeout: 20_000 });
  expect(((360 - Number(stdout.trim() || 0)) % 360) + 0).toBe(rotationDegrees); // ffmpeg counts anticlockwise
});

test('sound alone is a file, too; what comes at the same time does not lose its order', () => {
  const parts: Uint8Array[] = [];
  const writer = new FragmentedMp4Writer((bytes) => parts.push(bytes), undefined, { channels: 1 });
  for (const atMs of [0, 20, 20, 60]) writer.frame('audio', SILENCE, atMs, true);
  writer.frame('video', SILENCE, 80, true); // there is no such track
  writer.finish();
  const { stdout } = spawnSync('ffprobe', ['-v', 'error', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', '-'], {
    input: Buffer.concat(parts),
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(stdout.trim().split('\n').map(Number)).toEqual([0, 0.02, expect.closeTo(0.02, 3), 0.06]);
});
