import { OPUS_CLOCK_RATE, OpusPacketInfo } from '@maru/protocol/payload';
import type { Coder, EncodedChunk, Ended, Sound, SoundFormat } from '../media-engine.js';
import { ByteQueue } from './byte-queue.js';
import { EngineChild } from './child.js';
import { OggWriter } from './ogg.js';
import { WAITING_BYTES } from './video-decoder.js';

const BYTES_PER_SAMPLE = 2;

/** Decodes Opus: a sound for each packet, however long it lasts. */
export function startOpusDecoder(
  program: string,
  { sampleRate, channels }: SoundFormat,
  give: (sound: Sound) => void,
  ended: Ended,
): Coder<EncodedChunk> {
  const queue = new ByteQueue();
  const info = new OpusPacketInfo();
  const expected: { readonly bytes: number; readonly timestampMs: number }[] = [];
  const child = new EngineChild({
    program,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-xerror', '-probesize', '32', '-analyzeduration', '0'],
      ...['-f', 'ogg', '-i', 'pipe:0', '-ar', String(sampleRate), '-ac', String(channels)],
      ...['-flush_packets', '1', '-f', 's16le', 'pipe:1'],
    ],
    maxWaitingBytes: WAITING_BYTES,
    data(bytes) {
      queue.push(bytes);
      for (let next = expected[0]; next; next = expected[0]) {
        const data = queue.take(next.bytes);
        if (!data) return true;
        expected.shift();
        give({ sampleRate, channels, samples: new Int16Array(data.buffer), timestampMs: next.timestampMs });
      }
      return true;
    },
    ended,
  });
  const ogg = new OggWriter(channels, (page) => child.write(page));
  ogg.begin();
  return {
    write({ data, timestampMs }) {
      if (child.isBehind || info.read(data, 0, data.length)) return false;
      const samples = Math.round((info.samples * sampleRate) / OPUS_CLOCK_RATE);
      expected.push({ bytes: samples * channels * BYTES_PER_SAMPLE, timestampMs });
      ogg.packet(data, info.samples);
      return true;
    },
    ready: () => child.ready(),
    finish: () => child.finish(),
    close: () => child.close(),
  };
}
