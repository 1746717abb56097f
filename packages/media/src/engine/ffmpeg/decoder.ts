import type { Coder, EncodedChunk, Ended, Picture, PictureFormat, Sound, SoundFormat } from '../media-engine.js';
import { PACKET_MS } from './audio-encoder.js';
import { ByteQueue } from './byte-queue.js';
import { EngineChild } from './child.js';
import { ivfFrame, ivfHeader } from './ivf.js';
import { OggWriter } from './ogg.js';

const FOUR_CC: Readonly<Record<string, string>> = { VP8: 'VP80', VP9: 'VP90', AV1: 'AV01' };
/** Encoded bytes that may wait for the decoder. */
const WAITING_BYTES = 2 * 1024 * 1024;

/** Decodes into pictures of one size, whatever sizes come. Pictures come out in the order in which frames went in. */
export function startVideoDecoder(
  program: string,
  codec: string,
  { width, height, frameRate }: PictureFormat,
  give: (picture: Picture) => void,
  ended: Ended,
): Coder<EncodedChunk> {
  const queue = new ByteQueue();
  const bytesEach = (width * height * 3) / 2;
  const timestamps: number[] = [];
  const fourCc = FOUR_CC[codec];
  const child = new EngineChild({
    program,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-flags', 'low_delay', '-probesize', '2048'],
      ...['-analyzeduration', '0', ...(fourCc ? [] : ['-framerate', String(frameRate)])],
      ...['-f', fourCc ? 'ivf' : 'h264', '-threads', '1', '-i', 'pipe:0', '-vsync', 'passthrough'],
      ...['-vf', `scale=${width}:${height}`, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'],
    ],
    maxWaitingBytes: WAITING_BYTES,
    data(bytes) {
      queue.push(bytes);
      for (let data = queue.take(bytesEach); data; data = queue.take(bytesEach))
        give({ width, height, data, timestampMs: timestamps.shift() ?? 0 });
      return true;
    },
    ended,
  });
  if (fourCc) child.write(ivfHeader(fourCc, width, height));
  return {
    write({ data, timestampMs }) {
      const isTaken = child.write(fourCc ? ivfFrame(data, Math.round(timestampMs)) : data);
      if (isTaken) timestamps.push(timestampMs);
      return isTaken;
    },
    close: () => child.close(),
  };
}

/** Decodes Opus; packets are of 20 ms, which is what everybody sends. */
export function startOpusDecoder(
  program: string,
  { sampleRate, channels }: SoundFormat,
  give: (sound: Sound) => void,
  ended: Ended,
): Coder<EncodedChunk> {
  const queue = new ByteQueue();
  const samplesEach = (sampleRate * channels * PACKET_MS) / 1_000;
  let startMs: number | undefined;
  let count = 0;
  const child = new EngineChild({
    program,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-probesize', '32', '-analyzeduration', '0'],
      ...['-f', 'ogg', '-i', 'pipe:0', '-ar', String(sampleRate), '-ac', String(channels)],
      ...['-flush_packets', '1', '-f', 's16le', 'pipe:1'],
    ],
    maxWaitingBytes: WAITING_BYTES,
    data(bytes) {
      queue.push(bytes);
      for (let data = queue.take(samplesEach * 2); data; data = queue.take(samplesEach * 2)) {
        give({ sampleRate, channels, samples: new Int16Array(data.buffer), timestampMs: (startMs ?? 0) + PACKET_MS * count });
        count += 1;
      }
      return true;
    },
    ended,
  });
  const ogg = new OggWriter(channels, (page) => child.write(page));
  ogg.begin();
  return {
    write({ data, timestampMs }) {
      if (child.isBehind) return false;
      startMs ??= timestampMs;
      ogg.packet(data, 48 * PACKET_MS);
      return true;
    },
    close: () => child.close(),
  };
}
