import { annexBToLengthPrefixed, encodeAvcConfiguration, nalUnitsOf } from '@maru/protocol/payload';
import { defineInterface } from '@maru/webrtc/webidl';
import { CoderChain } from '../engine/coder-chain.js';
import { findEngine } from '../engine/find-engine.js';
import type { Coder, EncodedChunk, Ended, MediaEngine, Picture, VideoEncoding } from '../engine/media-engine.js';
import { goodBitrate } from '../sources/bitrate.js';
import { layersMade } from '../sources/layers.js';
import { Codec, type CodecInit } from './codec.js';
import { type CodecName, parseCodecString } from './codec-string.js';
import type { VideoColorSpaceInit } from './color-space.js';
import { EncodedVideoChunk } from './encoded-chunk.js';
import { notSupported } from './exceptions.js';
import { pictureOfFrame, VideoFrame } from './video-frame.js';

export interface VideoEncoderConfig {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly displayWidth?: number;
  readonly displayHeight?: number;
  /** In bit/s; what a picture of the size is worth if not given. */
  readonly bitrate?: number;
  readonly framerate?: number;
  readonly hardwareAcceleration?: 'no-preference' | 'prefer-hardware' | 'prefer-software';
  readonly alpha?: 'discard' | 'keep';
  readonly scalabilityMode?: string;
  readonly bitrateMode?: 'constant' | 'variable' | 'quantizer';
  readonly latencyMode?: 'quality' | 'realtime';
  readonly contentHint?: string;
  /** H.264: with lengths and a `description` (`avc`, which is usual), or with start codes. */
  readonly avc?: { readonly format?: 'avc' | 'annexb' };
}

export interface VideoEncoderEncodeOptions {
  readonly keyFrame?: boolean;
}

export interface VideoDecoderConfig {
  readonly codec: string;
  readonly description?: AllowSharedBufferSource;
  readonly codedWidth?: number;
  readonly codedHeight?: number;
  readonly displayAspectWidth?: number;
  readonly displayAspectHeight?: number;
  readonly colorSpace?: VideoColorSpaceInit;
  readonly hardwareAcceleration?: 'no-preference' | 'prefer-hardware' | 'prefer-software';
  readonly optimizeForLatency?: boolean;
}

export type AllowSharedBufferSource = ArrayBufferLike | ArrayBufferView;

export interface EncodedVideoChunkMetadata {
  /** With the first chunk after a configuration, and with those that change it. */
  readonly decoderConfig?: VideoDecoderConfig;
  /** With every chunk of a `scalabilityMode` of several layers. */
  readonly svc?: { readonly temporalLayerId: number };
}

export type VideoEncoderInit = CodecInit<[EncodedVideoChunk, EncodedVideoChunkMetadata]>;

export interface VideoEncoderSupport {
  readonly supported: boolean;
  readonly config: VideoEncoderConfig;
}

interface Item {
  readonly picture: Picture;
  readonly isKeyFrame: boolean;
}

const USUAL_FRAME_RATE = 30;
const MAX_SIDE = 16_384;

/** Encodes pictures (W3C webcodecs, VideoEncoder) with what this machine has: VP8, VP9, H.264 and AV1. */
export class VideoEncoder extends Codec<[EncodedVideoChunk, EncodedVideoChunkMetadata], Item> {
  #config: VideoEncoderConfig | undefined;
  /** What a decoder was last told. */
  #told = '';
  readonly #durations = new Map<number, number | null>();

  constructor(init: VideoEncoderInit) {
    super(init);
  }

  /** Whether there is an engine that encodes so. */
  static async isConfigSupported(config: VideoEncoderConfig, engine?: MediaEngine): Promise<VideoEncoderSupport> {
    const valid = validConfig(config);
    const found = engine ?? (await findEngine().catch(() => undefined));
    return { supported: found !== undefined && codecFor(valid, found) !== undefined, config: valid };
  }

  get encodeQueueSize(): number {
    return this.waiting;
  }

  configure(config: VideoEncoderConfig): void {
    const valid = validConfig(config);
    this.accept((engine) => {
      if (!codecFor(valid, engine)) throw notSupported(`${valid.codec} is not encoded so by ${engine.name}`);
      this.#config = valid;
      this.#told = '';
    });
  }

  /** Takes what the frame is now; the caller closes it. */
  encode(frame: VideoFrame, { keyFrame = false }: VideoEncoderEncodeOptions = {}): void {
    if (!(frame instanceof VideoFrame)) throw new TypeError('The value is not a VideoFrame');
    if (frame.format === null) throw new TypeError('The frame is closed');
    this.requireConfigured();
    const own = frame.clone();
    this.enqueue(
      () => {
        const picture = pictureOfFrame(own);
        if (picture) this.#durations.set(picture.timestampMs, own.duration);
        return picture && { picture, isKeyFrame: keyFrame };
      },
      () => own.close(),
    );
  }

  protected override begin(
    engine: MediaEngine,
    give: (chunk: EncodedVideoChunk, metadata: EncodedVideoChunkMetadata) => void,
    ended: Ended,
  ): Coder<Item> {
    const config = this.#config!;
    const codec = codecFor(config, engine);
    if (!codec) throw notSupported(`${config.codec} is not encoded so by ${engine.name}`);
    return new SizedEncoder(
      engine,
      codec,
      config,
      (chunk) => {
        const [encoded, metadata] = this.#output(chunk, config, codec);
        give(encoded, metadata);
      },
      ended,
    );
  }

  #output(chunk: EncodedChunk, config: VideoEncoderConfig, { name }: CodecName): [EncodedVideoChunk, EncodedVideoChunkMetadata] {
    const isLengthPrefixed = name === 'H264' && (config.avc?.format ?? 'avc') === 'avc';
    const { data, description } = isLengthPrefixed ? lengthPrefixed(chunk) : { data: chunk.data, description: undefined };
    const duration = this.#durations.get(chunk.timestampMs) ?? null;
    for (const earlier of this.#durations.keys()) if (earlier <= chunk.timestampMs) this.#durations.delete(earlier);
    const encoded = new EncodedVideoChunk({
      type: chunk.isKeyFrame ? 'key' : 'delta',
      timestamp: Math.round(chunk.timestampMs * 1_000),
      ...(duration !== null && { duration }),
      data,
    });
    const svc = chunk.layer && { svc: { temporalLayerId: chunk.layer.temporalId } };
    return [encoded, { ...(chunk.isKeyFrame && this.#metadata(config, description)), ...svc }];
  }

  #metadata({ codec, width, height }: VideoEncoderConfig, description: Uint8Array | undefined): EncodedVideoChunkMetadata {
    const telling = JSON.stringify([codec, width, height, description && [...description]]);
    if (telling === this.#told) return {};
    this.#told = telling;
    return { decoderConfig: { codec, codedWidth: width, codedHeight: height, ...(description && { description }) } };
  }
}

/** Encodes pictures of whatever size in that of the configuration; another size is another encoder. */
class SizedEncoder implements Coder<Item> {
  private readonly chain: CoderChain<Picture, EncodedChunk, VideoEncoding>;
  private size = '';

  constructor(
    private readonly engine: MediaEngine,
    private readonly codec: CodecName,
    private readonly config: VideoEncoderConfig,
    give: (chunk: EncodedChunk) => void,
    ended: Ended,
  ) {
    this.chain = new CoderChain(give, ended);
  }

  write({ picture, isKeyFrame }: Item): boolean {
    const coder = this.coderFor(picture);
    if (isKeyFrame) coder.requestKeyFrame();
    return coder.write(picture);
  }

  ready(): Promise<void> {
    return this.chain.ready();
  }

  finish(): void {
    this.chain.finish();
  }

  close(): void {
    this.chain.close();
  }

  private coderFor({ width, height }: Picture): VideoEncoding {
    const size = `${width}x${height}`;
    if (this.chain.last && size === this.size) return this.chain.last;
    this.size = size;
    const { config, codec, engine } = this;
    const frameRate = config.framerate ?? USUAL_FRAME_RATE;
    const settings = {
      codec: codec.name,
      parameters: codec.parameters,
      width,
      height,
      frameRate,
      bitrateBps: config.bitrate ?? goodBitrate(config.width, config.height, frameRate),
      encodedSize: { width: config.width, height: config.height },
      temporalLayers: layersMade(engine, codec.name, config.scalabilityMode) ?? 1,
    };
    return this.chain.begin((give, ended) => engine.encodeVideo(settings, give, ended));
  }
}

/** An H.264 frame as MP4 has it: lengths before its units, and the parameter sets apart. */
function lengthPrefixed({ data }: EncodedChunk): { data: Uint8Array; description: Uint8Array | undefined } {
  const typeOf = (unit: Uint8Array): number => unit[0]! & 0x1f;
  const units = nalUnitsOf(data);
  const sequenceSets = units.filter((unit) => typeOf(unit) === 7);
  const pictureSets = units.filter((unit) => typeOf(unit) === 8);
  return { data: annexBToLengthPrefixed(data) ?? data, description: encodeAvcConfiguration({ sequenceSets, pictureSets }) };
}

/** W3C webcodecs, "valid VideoEncoderConfig": the members that are known, or a TypeError. */
function validConfig(config: VideoEncoderConfig): VideoEncoderConfig {
  if (typeof config !== 'object' || config === null) throw new TypeError('The VideoEncoderConfig is not an object');
  const { codec, width, height, displayWidth, displayHeight, bitrate, framerate } = config;
  if (typeof codec !== 'string' || codec.trim() === '') throw new TypeError('The VideoEncoderConfig lacks its codec');
  for (const side of [width, height, displayWidth ?? 1, displayHeight ?? 1])
    if (!(Number.isInteger(side) && side > 0)) throw new TypeError('Sides are whole numbers from 1 on');
  if (bitrate !== undefined && !(bitrate > 0)) throw new TypeError('bitrate is more than 0');
  if (framerate !== undefined && !(framerate > 0)) throw new TypeError('framerate is more than 0');
  const { hardwareAcceleration, alpha, scalabilityMode, bitrateMode, latencyMode, contentHint, avc } = config;
  const given = { displayWidth, displayHeight, bitrate, framerate, hardwareAcceleration, alpha, scalabilityMode, bitrateMode };
  const all = { codec, width, height, ...given, latencyMode, contentHint, avc: avc && { ...avc } };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as VideoEncoderConfig;
}

/** What `engine` is to encode with; undefined for what it does not. */
function codecFor(config: VideoEncoderConfig, engine: MediaEngine): CodecName | undefined {
  const codec = parseCodecString(config.codec);
  if (!codec || codec.name === 'opus' || !engine.encodes.has(codec.name)) return undefined;
  const { width, height, alpha, scalabilityMode, bitrateMode, hardwareAcceleration } = config;
  const isEven = width % 2 === 0 && height % 2 === 0;
  const isSized = width <= MAX_SIDE && height <= MAX_SIDE && (isEven || codec.name !== 'H264');
  const isLayered = layersMade(engine, codec.name, scalabilityMode) !== undefined;
  const isPlain = alpha !== 'keep' && bitrateMode !== 'quantizer';
  return isSized && isLayered && isPlain && hardwareAcceleration !== 'prefer-hardware' ? codec : undefined;
}

defineInterface(VideoEncoder, 'VideoEncoder');
