import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nalUnitsOf } from '@maru/protocol/payload';
import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input, type InputTrack } from 'mediabunny';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContainedFrames } from '../engine/contained-frames.js';
import { Recording } from '../sinks/recording.js';
import { Call } from '../testing/call.js';
import { makeFile, turnFile } from '../testing/files.js';
import { FileSource } from './file-source.js';

let folder: string;
let call: Call;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-pass-'));
  call = new Call();
});
afterEach(() => {
  call.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Of H.264 and of H.265; delimiters and parameter sets are none. */
const IS_SLICE = {
  H264: (unit: Uint8Array): boolean => [1, 5].includes(unit[0]! & 0x1f),
  H265: (unit: Uint8Array): boolean => unit[0]! >> 1 < 32,
};

/** Codecs of H.264 and H.265 as mediabunny names them. */
const CONTAINED: Readonly<Record<string, 'H264' | 'H265'>> = { avc: 'H264', hevc: 'H265' };

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What each packet of a track is, told apart by its bytes; of H.264 and H.265, by those of its slices, since containers differ in the rest. */
async function packetsOf(track: InputTrack): Promise<string[]> {
  const contained = CONTAINED[(await track.getCodec()) ?? ''];
  const config = track.isVideoTrack() ? await track.getDecoderConfig() : null;
  const { description }: { readonly description?: ArrayBufferLike | ArrayBufferView } = config ?? {};
  const record =
    description &&
    (ArrayBuffer.isView(description)
      ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
      : new Uint8Array(description));
  const frames = record && contained && ContainedFrames.of(contained, record);
  const digests: string[] = [];
  for await (const { data } of new EncodedPacketSink(track).packets()) {
    const annexB = frames?.annexB(data, false) ?? data;
    const units = contained ? nalUnitsOf(annexB).filter(IS_SLICE[contained]) : [data];
    digests.push(digest(new Uint8Array(Buffer.concat(units))));
  }
  return digests;
}

async function read(path: string): Promise<{ video: string[]; audio: string[] }> {
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  const seen = { video: video ? await packetsOf(video) : [], audio: audio ? await packetsOf(audio) : [] };
  input.dispose();
  return seen;
}

test.each([
  ['clip.webm', 'VP8', 'call.webm', ['video', 'audio']],
  ['clip.mp4', 'H264', 'call.mp4', ['video']],
  ['hevc.mp4', 'H265', 'call.mp4', ['video']],
  ['clip.ts', 'H264', 'call.mp4', ['video']],
  ['clip.ogg', undefined, 'call.webm', ['audio']],
] as const)('%s goes through a call into another file without being encoded anew', async (name, codec, recorded, kinds) => {
  const path = makeFile(folder, name);
  const file = await FileSource.open(path); // without an engine, nothing can be encoded
  const tracks = [file.videoTrack, file.audioTrack].filter((track) => track && (kinds as readonly string[]).includes(track.kind));
  const arriving = await call.send(
    tracks.filter((track) => track !== undefined),
    codec,
  );
  const recording = new Recording({ tracks: arriving, path: join(folder, recorded) });
  await call.connected();
  await file.play();
  const { files, dropped } = await recording.close();
  const [sent, written] = [await read(path), await read(files[0]!)];
  // A machine that is busy looks like a slow network, where a key frame takes the place of pictures that still wait.
  expect(dropped).toBeLessThanOrEqual(0.3 * sent.video.length);
  for (const kind of kinds) {
    expect(written[kind].length).toBeGreaterThan(sent[kind].length * 0.2);
    const known = new Set(sent[kind]);
    expect(written[kind].filter((one) => !known.has(one))).toEqual([]);
  }
});

test('a clip of a phone, which films on its side, stands upright in the recording of a call', async () => {
  const path = turnFile(makeFile(folder, 'clip.mp4'), 90);
  const file = await FileSource.open(path);
  const arriving = await call.send([file.videoTrack!], 'H264');
  const recording = new Recording({ tracks: arriving, path: join(folder, 'call.mp4') });
  await call.connected();
  await file.play();
  const { files } = await recording.close();
  const input = new Input({ source: new FilePathSource(files[0]!), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  expect([await track?.getRotation(), await track?.getDisplayWidth(), await track?.getDisplayHeight()]).toEqual([90, 180, 320]);
  input.dispose();
});
