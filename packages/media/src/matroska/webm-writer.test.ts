import { spawnSync } from 'node:child_process';
import { BufferSource, EncodedPacketSink, Input, WEBM } from 'mediabunny';
import { expect, test } from 'vitest';
import { WebmWriter } from './webm-writer.js';

/** What a reader makes of `bytes`. */
async function read(bytes: Uint8Array): Promise<{ times: number[]; keys: boolean[]; width: number; soundTimes: number[] }> {
  const input = new Input({ source: new BufferSource(bytes), formats: [WEBM] });
  const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  const seen = {
    times: [] as number[],
    keys: [] as boolean[],
    width: (await video?.getCodedWidth()) ?? 0,
    soundTimes: [] as number[],
  };
  if (video)
    for await (const packet of new EncodedPacketSink(video).packets()) {
      seen.times.push(Math.round(packet.timestamp * 1_000));
      seen.keys.push(packet.type === 'key');
    }
  if (audio)
    for await (const packet of new EncodedPacketSink(audio).packets()) seen.soundTimes.push(Math.round(packet.timestamp * 1_000));
  return seen;
}

function written(frames: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new WebmWriter((bytes) => parts.push(bytes), { codec: 'VP8', width: 320, height: 180 }, { channels: 2 });
  for (let index = 0; index < frames; index++) {
    writer.frame('video', Uint8Array.of(index === 0 ? 0x10 : 0x11, 2, 3), index * 1_000, index === 0);
    writer.frame('audio', Uint8Array.of(0xfc, 0xff, 0xfe), index * 1_000 + 20, true);
  }
  return new Uint8Array(Buffer.concat(parts));
}

test('what was written is read back, over several clusters', async () => {
  const seen = await read(written(12));
  expect(seen.times).toEqual(Array.from({ length: 12 }, (_, index) => index * 1_000));
  expect(seen.keys.slice(0, 3)).toEqual([true, false, false]);
  expect(seen.soundTimes).toHaveLength(12);
  expect(seen.width).toBe(320);
});

test('wherever its writer was killed, a file is readable up to there', async () => {
  const whole = written(12);
  for (let cut = 400; cut < whole.length; cut += 97) {
    const { times } = await read(whole.subarray(0, cut));
    expect(times).toEqual(Array.from({ length: times.length }, (_, index) => index * 1_000));
  }
});

test.each([0, 90, 180, 270] as const)('that pictures are to be turned by %s degrees is in the file', async (rotationDegrees) => {
  const parts: Uint8Array[] = [];
  const video = { codec: 'VP8', width: 320, height: 180, rotationDegrees };
  const writer = new WebmWriter((bytes) => parts.push(bytes), video, undefined);
  writer.frame('video', Uint8Array.of(0x10, 2, 3), 0, true);
  const input = new Input({ source: new BufferSource(new Uint8Array(Buffer.concat(parts))), formats: [WEBM] });
  const track = await input.getPrimaryVideoTrack();
  expect([await track?.getRotation(), await track?.getCodedWidth()]).toEqual([rotationDegrees, 320]);
});

test("ffmpeg's reader agrees", () => {
  const { stdout } = spawnSync('ffprobe', ['-v', 'error', '-show_entries', 'packet=codec_type', '-of', 'csv=p=0', '-'], {
    input: written(12),
    encoding: 'utf8',
    timeout: 10_000,
  });
  expect(stdout.match(/video/g)).toHaveLength(12);
  expect(stdout.match(/audio/g)).toHaveLength(12);
});
