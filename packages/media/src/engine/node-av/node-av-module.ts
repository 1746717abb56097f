import { importInstalled } from '../installed-module.js';

/** What is used of `node-av/lib`, which is libavcodec and its like, name by name. Numbers below 0 are errors. */
export interface AvLibrary {
  readonly Codec: {
    findEncoderByName(name: string): AvCodec | null;
    findDecoderByName(name: string): AvCodec | null;
  };
  readonly CodecContext: new () => AvCodecContext;
  readonly Frame: (new () => AvFrame) & {
    fromVideoBuffer(data: Uint8Array, properties: object): AvFrame;
    fromAudioBuffer(data: Uint8Array, properties: object): AvFrame;
  };
  readonly Packet: new () => AvPacket;
  readonly Rational: new (numerator: number, denominator: number) => AvRational;
  readonly SoftwareScaleContext: new () => AvScaler;
  readonly FFmpegError: new (code: number) => Error;
  readonly Log: { setLevel(level: number): void };
}

/** Of `node-av/api`, which opens files and devices and makes filters. */
export interface AvFiles {
  readonly Demuxer: { openSync(input: string, options: object): AvDemuxer };
  readonly Decoder: { createSync(stream: AvStream, options?: object): AvStreamDecoder };
  readonly FilterAPI: { create(description: string): AvFilter };
}

/** Of `node-av/constants`. */
export interface AvConstants {
  readonly AV_PIX_FMT_YUV420P: number;
  readonly AV_SAMPLE_FMT_S16: number;
  readonly AV_PICTURE_TYPE_I: number;
  readonly AV_PICTURE_TYPE_NONE: number;
  readonly AV_CHANNEL_ORDER_NATIVE: number;
  readonly AVMEDIA_TYPE_VIDEO: number;
  readonly AVMEDIA_TYPE_AUDIO: number;
  readonly AV_FRAME_DATA_DISPLAYMATRIX: number;
  readonly AVERROR_EAGAIN: number;
  readonly AVERROR_EOF: number;
  readonly AV_LOG_QUIET: number;
}

export interface AvCodec {
  readonly name: string | null;
}

export interface AvRational {
  readonly num: number;
  readonly den: number;
}

export interface AvCodecContext {
  width: number;
  height: number;
  pixelFormat: number;
  sampleFormat: number;
  sampleRate: number;
  channelLayout: object;
  timeBase: AvRational;
  pktTimebase: AvRational;
  framerate: AvRational;
  bitRate: bigint;
  rcMaxRate: bigint;
  rcMinRate: bigint;
  rcBufferSize: number;
  gopSize: number;
  maxBFrames: number;
  threadCount: number;
  allocContext3(codec: AvCodec): void;
  setOption(name: string, value: string): number;
  open2Sync(codec: AvCodec, options: null): number;
  sendFrameSync(frame: AvFrame | null): number;
  receivePacketSync(packet: AvPacket): number;
  sendPacketSync(packet: AvPacket | null): number;
  receiveFrameSync(frame: AvFrame): number;
}

export interface AvFrame {
  pts: bigint;
  width: number;
  height: number;
  format: number;
  readonly nbSamples: number;
  readonly decodeErrorFlags: number;
  readonly timeBase: AvRational;
  pictType: number;
  alloc(): void;
  free(): void;
  unref(): void;
  getBuffer(): number;
  toBuffer(): Uint8Array;
  getSideData(type: number): Uint8Array | null;
}

export interface AvPacket {
  data: Uint8Array | null;
  pts: bigint;
  dts: bigint;
  readonly isKeyframe: boolean;
  alloc(): void;
  free(): void;
  unref(): void;
}

export interface AvScaler {
  getContext(
    width: number,
    height: number,
    format: number,
    toWidth: number,
    toHeight: number,
    toFormat: number,
    flags?: number,
  ): void;
  scaleFrameSync(to: AvFrame, from: AvFrame): number;
  freeContext(): void;
}

export interface AvStream {
  readonly index: number;
  readonly codecpar: { readonly codecType: number };
}

export interface AvDemuxer {
  readonly streams: readonly AvStream[];
  /** In seconds. */
  readonly startTime: number;
  seekSync(seconds: number): number;
  packetsSync(index: number): Iterable<AvPacket | null>;
}

export interface AvStreamDecoder {
  decodeAllSync(packet: AvPacket | null): readonly AvFrame[];
}

export interface AvFilter {
  processAllSync(frame: AvFrame): readonly AvFrame[];
  flushFramesSync(): Iterable<AvFrame>;
}

/** The package, as far as it is used here. */
export interface NodeAv extends AvLibrary, AvFiles, AvConstants {}

const CLASSES = [
  'Codec',
  'CodecContext',
  'Frame',
  'Packet',
  'Rational',
  'SoftwareScaleContext',
  'Demuxer',
  'Decoder',
  'FilterAPI',
];

/** Loads what the user installed. Rejects with an EngineError that says how to install it. */
export async function loadNodeAv(): Promise<NodeAv> {
  const parts = await Promise.all(['node-av/lib', 'node-av/api', 'node-av/constants'].map(importInstalled));
  const all: unknown = Object.assign({}, ...parts);
  if (!isNodeAv(all)) throw new Error('node-av has other classes than those of its version 6');
  return all;
}

function isNodeAv(value: unknown): value is NodeAv {
  const members = value as Readonly<Record<string, unknown>>;
  return CLASSES.every((name) => typeof members[name] === 'function') && typeof members['AV_PIX_FMT_YUV420P'] === 'number';
}
