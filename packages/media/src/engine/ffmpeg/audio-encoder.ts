import type { AudioEncoderSettings, Coder, EncodedChunk, Ended, Sound } from '../media-engine.js';
import { EngineChild } from './child.js';
import { OggReader } from './ogg.js';

export const OPUS_ENCODER = 'libopus';
/** One packet. */
export const PACKET_MS = 20;
const WAITING_MS = 400;

/** An Opus encoder at work: 20 ms a packet. */
export function startOpusEncoder(
  program: string,
  { sampleRate, channels, bitrateBps }: AudioEncoderSettings,
  give: (chunk: EncodedChunk) => void,
  ended: Ended,
): Coder<Sound> {
  let startMs: number | undefined;
  let count = 0;
  const reader = new OggReader((data) => {
    give({ data, timestampMs: (startMs ?? 0) + PACKET_MS * count, isKeyFrame: true });
    count += 1;
  });
  const child = new EngineChild({
    program,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-probesize', '32', '-analyzeduration', '0'],
      ...['-f', 's16le', '-ar', String(sampleRate), '-ac', String(channels), '-i', 'pipe:0'],
      ...['-c:a', OPUS_ENCODER, '-b:a', String(bitrateBps), '-frame_duration', String(PACKET_MS), '-application', 'audio'],
      ...['-page_duration', String(PACKET_MS * 1_000), '-flush_packets', '1', '-f', 'ogg', 'pipe:1'],
    ],
    maxWaitingBytes: (WAITING_MS * sampleRate * channels * 2) / 1_000,
    data: (bytes) => reader.push(bytes),
    ended,
  });
  return {
    write({ samples, timestampMs }) {
      startMs ??= timestampMs;
      return child.write(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
    },
    ready: () => child.ready(),
    finish: () => child.finish(),
    close: () => child.close(),
  };
}
