import { defineInterface } from '@maru/webrtc/webidl';
import { ContainedFrames } from '../engine/contained-frames.js';
import { findEngine } from '../engine/find-engine.js';
import type { Coder, EncodedChunk, Ended, MediaEngine } from '../engine/media-engine.js';
import { bytesOfSource } from './buffers.js';
import { Codec, type CodecInit } from './codec.js';
import { type CodecName, parseCodecString } from './codec-string.js';
import { bytesOfChunk, EncodedVideoChunk } from './encoded-chunk.js';
import { dataError, notSupported } from './exceptions.js';
import type { VideoDecoderConfig } from './video-encoder.js';
import { frameOfPicture, type VideoFrame } from './video-frame.js';

export type VideoDecoderInit = CodecInit<[VideoFrame]>;

export interface VideoDecoderSupport {
  readonly supported: boolean;
  readonly config: VideoDecoderConfig;
}

/** Decodes pictures (W3C webcodecs, VideoDecoder). Each is yours to close. */
export class VideoDecoder extends Codec<[VideoFrame], EncodedChunk> {
  #config: VideoDecoderConfig | undefined;
  #avc: ContainedFrames | undefined;
  #needsKeyFrame = true;
  readonly #timings = new Map<number, { readonly timestamp: number; readonly duration: number | null }>();

  constructor(init: VideoDecoderInit) {
    super(init);
  }

  static async isConfigSupported(config: VideoDecoderConfig, engine?: MediaEngine): Promise<VideoDecoderSupport> {
    const valid = validConfig(config);
    const found = engine ?? (await findEngine().catch(() => undefined));
    return { supported: found !== undefined && codecFor(valid, found) !== undefined, config: valid };
  }

  get decodeQueueSize(): number {
    return this.waiting;
  }

  configure(config: VideoDecoderConfig): void {
    const valid = validConfig(config);
    this.accept((engine) => {
      if (!codecFor(valid, engine)) throw notSupported(`${valid.codec} is not decoded by ${engine.name}`);
      this.#config = valid;
      this.#avc =
        valid.description === undefined ? undefined : ContainedFrames.of('H264', bytesOfSource(valid.description, 'description'));
    });
    this.#needsKeyFrame = true;
  }

  decode(chunk: EncodedVideoChunk): void {
    if (!(chunk instanceof EncodedVideoChunk)) throw new TypeError('The value is not an EncodedVideoChunk');
    this.requireConfigured();
    if (this.#needsKeyFrame && chunk.type !== 'key') throw dataError('After configure() and flush() a key frame is needed first');
    this.#needsKeyFrame = false;
    this.enqueue(
      () => {
        const isKeyFrame = chunk.type === 'key';
        const data = this.#avc ? this.#avc.annexB(bytesOfChunk(chunk), isKeyFrame) : bytesOfChunk(chunk);
        const timestampMs = chunk.timestamp / 1_000;
        this.#timings.set(timestampMs, { timestamp: chunk.timestamp, duration: chunk.duration });
        return data && { data, isKeyFrame, timestampMs };
      },
      () => undefined,
    );
  }

  protected override flushing(): void {
    this.#needsKeyFrame = true;
  }

  protected override begin(engine: MediaEngine, give: (frame: VideoFrame) => void, ended: Ended): Coder<EncodedChunk> {
    const config = this.#config!;
    const codec = codecFor(config, engine);
    if (!codec) throw notSupported(`${config.codec} is not decoded by ${engine.name}`);
    this.#timings.clear();
    return engine.decodeVideo(
      codec.name,
      undefined,
      (picture) => {
        const { timestamp, duration } = this.#timings.get(picture.timestampMs) ?? { timestamp: 0, duration: null };
        this.#timings.delete(picture.timestampMs);
        give(frameOfPicture(picture, timestamp, duration, config.colorSpace));
      },
      ended,
    );
  }
}

function validConfig(config: VideoDecoderConfig): VideoDecoderConfig {
  if (typeof config !== 'object' || config === null) throw new TypeError('The VideoDecoderConfig is not an object');
  const { codec, codedWidth, codedHeight, displayAspectWidth, displayAspectHeight, description } = config;
  if (typeof codec !== 'string' || codec.trim() === '') throw new TypeError('The VideoDecoderConfig lacks its codec');
  for (const [one, other] of [
    [codedWidth, codedHeight],
    [displayAspectWidth, displayAspectHeight],
  ]) {
    if ((one === undefined) !== (other === undefined)) throw new TypeError('A width comes with a height');
    for (const side of [one ?? 1, other ?? 1])
      if (!(Number.isInteger(side) && side > 0)) throw new TypeError('Sides are whole numbers from 1 on');
  }
  const copied = description === undefined ? undefined : new Uint8Array(bytesOfSource(description, 'description'));
  const { colorSpace, hardwareAcceleration, optimizeForLatency } = config;
  const sizes = { codedWidth, codedHeight, displayAspectWidth, displayAspectHeight };
  const all = { codec, description: copied, ...sizes, colorSpace, hardwareAcceleration, optimizeForLatency };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as VideoDecoderConfig;
}

function codecFor(
  { codec, description, hardwareAcceleration }: VideoDecoderConfig,
  { decodes }: MediaEngine,
): CodecName | undefined {
  const name = parseCodecString(codec);
  if (!name || name.name === 'opus' || !decodes.has(name.name) || hardwareAcceleration === 'prefer-hardware') return undefined;
  const isReadable =
    name.name !== 'H264' || description === undefined || ContainedFrames.of('H264', bytesOfSource(description, 'description'));
  return isReadable ? name : undefined;
}

defineInterface(VideoDecoder, 'VideoDecoder');
