import { readFrameHeader, type VideoCodec } from '@maru/protocol/payload';
import { RawVideoWriter } from '../../matroska/raw-video-writer.js';
import { type EncodedChunk, type Ended, i420Bytes, type VideoEncoderSettings, type VideoEncoding } from '../media-engine.js';
import { EngineChild } from './child.js';
import { FlvReader } from './flv.js';
import { IvfReader } from './ivf.js';
import type { FfmpegProgram } from './program.js';
import { constantBitrate, LayerPattern, layerArgs, MAX_TEMPORAL_LAYERS } from './temporal-layers.js';
import { TickClock } from './timestamps.js';

/** So many pictures may wait for the encoder; with more, it would only fall behind further. */
const WAITING_PICTURES = 3;
/** Key frames come when they are asked for; never by themselves. */
const NEVER_BY_ITSELF = '100000';
/** Times that are odd ask for a key frame; see {@link TickClock}. */
const KEY_FRAME_AT_ODD = 'expr:mod(floor(t*1000+0.5),2)';
/** RFC 6184 packetization mode 0: a NAL unit must fit into a packet. */
const SLICE_BYTES = 1_100;

interface Recipe {
  readonly encoder: string;
  readonly payload: VideoCodec;
  readonly format: 'ivf' | 'flv';
  args(settings: VideoEncoderSettings): readonly string[];
  /** Temporal layers that it can make. */
  readonly temporalLayers?: number;
}

const libvpx = ['-deadline', 'realtime', '-lag-in-frames', '0', '-error-resilient', '1', '-auto-alt-ref', '0', '-threads', '1'];
const libaom = ['-usage', 'realtime', '-lag-in-frames', '0', '-cpu-used', '8', '-row-mt', '0', '-threads', '1'];

/** What each codec is encoded with, fast enough to be live, without looking ahead. */
export const VIDEO_RECIPES: Readonly<Record<string, Recipe>> = {
  VP8: {
    encoder: 'libvpx',
    payload: 'vp8',
    format: 'ivf',
    args: (settings) => [...libvpx, '-cpu-used', '8', '-max-intra-rate', '600', ...layerArgs(settings)],
    temporalLayers: MAX_TEMPORAL_LAYERS,
  },
  VP9: {
    encoder: 'libvpx-vp9',
    payload: 'vp9',
    format: 'ivf',
    args: (settings) => [...libvpx, '-cpu-used', '8', '-row-mt', '0', ...layerArgs(settings), ...constantBitrate(settings)],
    temporalLayers: MAX_TEMPORAL_LAYERS,
  },
  H264: { encoder: 'libx264', payload: 'h264', format: 'flv', args: x264Args },
  AV1: { encoder: 'libaom-av1', payload: 'av1', format: 'ivf', args: () => libaom },
};

function x264Args({ parameters }: VideoEncoderSettings): readonly string[] {
  const profileIdc = /profile-level-id=([0-9a-f]{2})/i.exec(parameters)?.[1]?.toLowerCase();
  const profile = profileIdc === '64' ? 'high' : profileIdc === '4d' ? 'main' : 'baseline';
  const slices = /packetization-mode=1/.test(parameters) ? '' : `:slice-max-size=${SLICE_BYTES}`;
  const common = ['-preset', 'superfast', '-tune', 'zerolatency', '-threads', '1', '-profile:v', profile];
  return [...common, '-forced-idr', '1', '-x264-params', `scenecut=0${slices}`];
}

/** An encoder at work. Its first frame is a key frame; others are when they are asked for. */
export function startVideoEncoder(
  program: FfmpegProgram,
  settings: VideoEncoderSettings,
  give: (chunk: EncodedChunk) => void,
  ended: Ended,
): VideoEncoding {
  const { codec, width, height, bitrateBps, encodedSize } = settings;
  const recipe = VIDEO_RECIPES[codec]!;
  const clock = new TickClock();
  const layers = settings.temporalLayers && recipe.temporalLayers ? LayerPattern.of(settings.temporalLayers) : undefined;
  const onFrame = (data: Uint8Array, tick: number): void => {
    const timestampMs = clock.take(tick);
    const { isKeyFrame } = readFrameHeader(recipe.payload, data);
    const layer = layers?.next(isKeyFrame);
    if (timestampMs !== undefined) give({ data, timestampMs, isKeyFrame, ...(layer && { layer }) });
  };
  const reader = recipe.format === 'ivf' ? new IvfReader(onFrame) : new FlvReader(onFrame);
  const isScaled = encodedSize && (encodedSize.width !== width || encodedSize.height !== height);
  const scale = isScaled ? ['-vf', `scale=${encodedSize.width}:${encodedSize.height}:flags=bilinear`] : [];
  const bits = String(Math.round(bitrateBps));
  const child = new EngineChild({
    program: program.path,
    args: [
      ...['-hide_banner', '-loglevel', 'error', '-probesize', '32', '-analyzeduration', '0', '-f', 'matroska'],
      ...['-i', 'pipe:0', ...program.passthrough, '-enc_time_base', '1:1000', ...scale],
      ...['-c:v', recipe.encoder, ...recipe.args(settings), '-g', NEVER_BY_ITSELF, '-force_key_frames', KEY_FRAME_AT_ODD],
      ...['-b:v', bits, '-maxrate', bits, '-bufsize', String(Math.round(bitrateBps / 2))],
      ...['-flush_packets', '1', '-f', recipe.format, 'pipe:1'],
    ],
    maxWaitingBytes: WAITING_PICTURES * i420Bytes(settings),
    data: (bytes) => reader.push(bytes),
    ended,
  });
  child.write(RawVideoWriter.header(settings));
  let isKeyFrameWanted = false;
  return {
    write({ data, timestampMs }) {
      const tick = clock.next(timestampMs, isKeyFrameWanted);
      if (!child.write(RawVideoWriter.pictureHeader(tick, data.length), data)) return false;
      clock.told(tick, timestampMs);
      isKeyFrameWanted = false;
      return true;
    },
    requestKeyFrame() {
      isKeyFrameWanted = true;
    },
    ready: () => child.ready(),
    finish: () => child.finish(),
    close: () => child.close(),
  };
}
