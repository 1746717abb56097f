import { constantBitrate, layerArgs } from '../ffmpeg/temporal-layers.js';
import type { VideoEncoderSettings } from '../media-engine.js';
import type { Message } from './message.js';
import type { AvCodecContext, AvFrame, NodeAv } from './node-av-module.js';
import { PictureScaler } from './picture-scaler.js';
import { checked, type Give, MICROSECONDS, microseconds, type Worker } from './worker.js';

/** Key frames come when they are asked for; never by themselves. */
const NEVER_BY_ITSELF = 100_000;
/** RFC 6184 packetization mode 0: a NAL unit must fit into a packet. */
const SLICE_BYTES = 1_100;

interface Recipe {
  readonly encoder: string;
  options(settings: VideoEncoderSettings): Readonly<Record<string, string>>;
}

const libvpx = { deadline: 'realtime', 'lag-in-frames': '0', 'error-resilient': '1', 'auto-alt-ref': '0', 'cpu-used': '8' };

/** What each codec is encoded with, fast enough to be live, without looking ahead. */
export const ENCODERS: Readonly<Record<string, Recipe>> = {
  VP8: { encoder: 'libvpx', options: (settings) => ({ ...libvpx, 'max-intra-rate': '600', ...layers(settings) }) },
  VP9: { encoder: 'libvpx-vp9', options: (settings) => ({ ...libvpx, 'row-mt': '0', ...layers(settings) }) },
  H264: { encoder: 'libx264', options: x264Options },
  AV1: { encoder: 'libsvtav1', options: () => ({ preset: '10', 'svtav1-params': 'pred-struct=1:rc=2:lp=1' }) },
};

function x264Options({ parameters }: VideoEncoderSettings): Readonly<Record<string, string>> {
  const profileIdc = /profile-level-id=([0-9a-f]{2})/i.exec(parameters)?.[1]?.toLowerCase();
  const profile = profileIdc === '64' ? 'high' : profileIdc === '4d' ? 'main' : 'baseline';
  const slices = /packetization-mode=1/.test(parameters) ? '' : `:slice-max-size=${SLICE_BYTES}`;
  return { preset: 'superfast', tune: 'zerolatency', profile, 'forced-idr': '1', 'x264-params': `scenecut=0${slices}` };
}

function layers(settings: VideoEncoderSettings): Readonly<Record<string, string>> {
  const [name, value] = layerArgs(settings);
  return name && value ? { [name.slice(1)]: value } : {};
}

/** Encodes the pictures that come, each at once. */
export class VideoEncoding implements Worker {
  private readonly context: AvCodecContext;
  private readonly scaler: PictureScaler;
  private readonly times = new Map<bigint, number>();

  constructor(
    private readonly av: NodeAv,
    private readonly settings: VideoEncoderSettings,
    private readonly give: Give,
  ) {
    const { codec: name, width, height, frameRate, bitrateBps, encodedSize = { width, height } } = settings;
    const recipe = ENCODERS[name];
    const codec = recipe && av.Codec.findEncoderByName(recipe.encoder);
    if (!recipe || !codec) throw new Error(`This node-av has no encoder for ${name}`);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    const bits = BigInt(Math.round(bitrateBps));
    Object.assign(context, {
      ...encodedSize,
      pixelFormat: av.AV_PIX_FMT_YUV420P,
      timeBase: new av.Rational(1, MICROSECONDS),
      framerate: new av.Rational(Math.round(frameRate * 1_000), 1_000),
      bitRate: bits,
      rcMaxRate: bits,
      rcBufferSize: Math.round(bitrateBps / 2),
      gopSize: NEVER_BY_ITSELF,
      maxBFrames: 0,
      threadCount: 1,
    });
    if (name === 'VP9' && constantBitrate(settings).length > 0) context.rcMinRate = bits;
    for (const [option, value] of Object.entries(recipe.options(settings))) checked(av, context.setOption(option, value));
    checked(av, context.open2Sync(codec, null));
    this.context = context;
    this.scaler = new PictureScaler(av, encodedSize);
  }

  take({ data, timestampMs, isKeyFrame }: Message): void {
    const { av, settings, times } = this;
    const pts = microseconds(timestampMs);
    times.set(pts, timestampMs);
    const { width, height } = settings;
    const properties = { width, height, format: av.AV_PIX_FMT_YUV420P, pts, timeBase: { num: 1, den: MICROSECONDS } };
    const picture = av.Frame.fromVideoBuffer(Buffer.from(data.buffer, data.byteOffset, data.byteLength), properties);
    const frame = this.scaler.fit(picture);
    frame.pts = pts;
    frame.pictType = isKeyFrame ? av.AV_PICTURE_TYPE_I : av.AV_PICTURE_TYPE_NONE;
    this.send(frame);
    if (frame !== picture) frame.free();
    picture.free();
  }

  finish(): void {
    this.send(null);
  }

  private send(frame: AvFrame | null): void {
    const { av, context, times } = this;
    checked(av, context.sendFrameSync(frame));
    const packet = new av.Packet();
    packet.alloc();
    while (context.receivePacketSync(packet) >= 0) {
      const timestampMs = times.get(packet.pts);
      times.delete(packet.pts);
      if (packet.data && timestampMs !== undefined)
        this.give({ data: packet.data, timestampMs, isKeyFrame: packet.isKeyframe, width: 0, height: 0 });
      packet.unref();
    }
    packet.free();
  }
}
