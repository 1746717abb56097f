import type { Ended, Picture, PictureFormat, RawInput, RawReading, Sound, SoundFormat } from '../media-engine.js';
import { PACKET_MS } from './audio-encoder.js';
import { ByteQueue } from './byte-queue.js';
import { EngineChild } from './child.js';

/** What ffmpeg is told of where to read from. */
function inputArgs(input: RawInput, frameRate?: number): readonly string[] {
  switch (input.type) {
    case 'file':
      return ['-ss', (input.startMs / 1_000).toFixed(3), '-i', `file:${input.path}`];
    case 'camera': {
      const size = input.width && input.height ? ['-video_size', `${input.width}x${input.height}`] : [];
      return ['-f', 'v4l2', ...size, '-i', input.device];
    }
    case 'screen':
      return ['-f', 'x11grab', '-framerate', String(frameRate ?? 30), '-i', input.display];
    case 'microphone':
      return [...(input.device.startsWith('pulse:') ? ['-f', 'pulse'] : ['-f', 'alsa']), '-i', input.device.replace(/^\w+:/, '')];
  }
}

/** The whole picture, with black beside it where the proportions differ. */
export const fitted = (width: number, height: number): string =>
  `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:-1:-1`;

export function readPictures(
  program: string,
  input: RawInput,
  { width, height, frameRate }: PictureFormat,
  give: (picture: Picture) => void,
  ended: Ended,
): RawReading {
  const queue = new ByteQueue();
  const bytesEach = (width * height * 3) / 2;
  let count = 0;
  return new EngineChild({
    program,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin', ...inputArgs(input, frameRate), '-map', '0:v:0'],
      ...['-vf', `fps=${frameRate},${fitted(width, height)}`, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'],
    ],
    maxWaitingBytes: 0,
    data(bytes) {
      queue.push(bytes);
      for (let data = queue.take(bytesEach); data; data = queue.take(bytesEach)) {
        give({ width, height, data, timestampMs: (count * 1_000) / frameRate });
        count += 1;
      }
      return true;
    },
    ended,
  });
}

export function readSound(
  program: string,
  input: RawInput,
  { sampleRate, channels }: SoundFormat,
  give: (sound: Sound) => void,
  ended: Ended,
): RawReading {
  const queue = new ByteQueue();
  const samplesEach = (sampleRate * channels * PACKET_MS) / 1_000;
  let count = 0;
  return new EngineChild({
    program,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-nostdin', ...inputArgs(input), '-map', '0:a:0'],
      ...['-ar', String(sampleRate), '-ac', String(channels), '-f', 's16le', 'pipe:1'],
    ],
    maxWaitingBytes: 0,
    data(bytes) {
      queue.push(bytes);
      for (let data = queue.take(samplesEach * 2); data; data = queue.take(samplesEach * 2)) {
        give({ sampleRate, channels, samples: new Int16Array(data.buffer), timestampMs: count * PACKET_MS });
        count += 1;
      }
      return true;
    },
    ended,
  });
}
