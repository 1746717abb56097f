import type { Coder, EncodedChunk, Ended, Picture, VideoEncoderSettings } from '../media-engine.js';
import { EngineChild } from './child.js';
import { FlvReader } from './flv.js';
import { IvfReader } from './ivf.js';

/** So many pictures may wait for the encoder; with more, it would only fall behind further. */
const WAITING_PICTURES = 3;
/** Key frames come when they are asked for, by a new encoder; never by themselves. */
const NEVER_BY_ITSELF = '100000';
/** RFC 6184 packetization mode 0: a NAL unit must fit into a packet. */
const SLICE_BYTES = 1_100;

interface Recipe {
  readonly encoder: string;
  readonly format: 'ivf' | 'flv';
  args(settings: VideoEncoderSettings): readonly string[];
}

const libvpx = ['-deadline', 'realtime', '-lag-in-frames', '0', '-error-resilient', '1', '-auto-alt-ref', '0', '-threads', '1'];

/** What each codec is encoded with, fast enough to be live, without looking ahead. */
export const VIDEO_RECIPES: Readonly<Record<string, Recipe>> = {
  VP8: { encoder: 'libvpx', format: 'ivf', args: () => [...libvpx, '-cpu-used', '8', '-max-intra-rate', '600'] },
  VP9: { encoder: 'libvpx-vp9', format: 'ivf', args: () => [...libvpx, '-cpu-used', '8', '-row-mt', '0'] },
  H264: { encoder: 'libx264', format: 'flv', args: x264Args },
  AV1: { encoder: 'libsvtav1', format: 'ivf', args: () => ['-preset', '10', '-svtav1-params', 'pred-struct=1:rc=2:lookahead=0'] },
};

function x264Args({ parameters }: VideoEncoderSettings): readonly string[] {
  const profileIdc = /profile-level-id=([0-9a-f]{2})/i.exec(parameters)?.[1]?.toLowerCase();
  const profile = profileIdc === '64' ? 'high' : profileIdc === '4d' ? 'main' : 'baseline';
  const slices = /packetization-mode=1/.test(parameters) ? '' : `:slice-max-size=${SLICE_BYTES}`;
  const common = ['-preset', 'superfast', '-tune', 'zerolatency', '-threads', '1', '-profile:v', profile];
  return [...common, '-x264-params', `scenecut=0${slices}`];
}

const even = (side: number): number => Math.max(2, 2 * Math.round(side / 2));

/** An encoder at work. Its first frame is a key frame, and no other is. */
export function startVideoEncoder(
  program: string,
  settings: VideoEncoderSettings,
  give: (chunk: EncodedChunk) => void,
  ended: Ended,
): Coder<Picture> {
  const { codec, width, height, frameRate, bitrateBps, scaleDownBy } = settings;
  const recipe = VIDEO_RECIPES[codec]!;
  const timestamps = new PictureTimestamps();
  const onFrame = (data: Uint8Array, index: number, isKeyFrame: boolean): void => {
    const timestampMs = timestamps.take(index);
    if (timestampMs !== undefined) give({ data, timestampMs, isKeyFrame });
  };
  let isFirst = true;
  const ivf = new IvfReader((data, index) => {
    onFrame(data, index, isFirst);
    isFirst = false;
  });
  const flv = new FlvReader((data, atMs, isKeyFrame) => onFrame(data, Math.round((atMs * frameRate) / 1_000), isKeyFrame));
  const reader = recipe.format === 'ivf' ? ivf : flv;
  const [outWidth, outHeight] = [even(width / scaleDownBy), even(height / scaleDownBy)];
  const scale = scaleDownBy > 1 ? ['-vf', `scale=${outWidth}:${outHeight}:flags=bilinear`] : [];
  const bits = String(Math.round(bitrateBps));
  const child = new EngineChild({
    program,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-probesize', '32', '-analyzeduration', '0'],
      ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-framerate', String(frameRate), '-i', 'pipe:0'],
      ...['-vsync', 'passthrough', ...scale, '-c:v', recipe.encoder, ...recipe.args(settings), '-g', NEVER_BY_ITSELF],
      ...['-b:v', bits, ...(codec === 'AV1' ? [] : ['-maxrate', bits, '-bufsize', String(Math.round(bitrateBps / 2))])],
      ...['-flush_packets', '1', '-f', recipe.format, 'pipe:1'],
    ],
    maxWaitingBytes: WAITING_PICTURES * width * height * 1.5,
    data: (bytes) => reader.push(bytes),
    ended,
  });
  return {
    write({ data, timestampMs }) {
      const isTaken = child.write(data);
      if (isTaken) timestamps.add(timestampMs);
      return isTaken;
    },
    close: () => child.close(),
  };
}

/** Encoders number pictures; this knows when each was. */
class PictureTimestamps {
  private readonly waiting: number[] = [];
  /** Number of the first that waits. */
  private first = 0;

  add(timestampMs: number): void {
    this.waiting.push(timestampMs);
  }

  /** When picture `index` was; those before it never come any more. */
  take(index: number): number | undefined {
    while (this.first < index && this.waiting.length > 0) {
      this.waiting.shift();
      this.first += 1;
    }
    if (this.first !== index || this.waiting.length === 0) return undefined;
    this.first += 1;
    return this.waiting.shift();
  }
}
