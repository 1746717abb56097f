import type { EncodingDemand } from '@maru/webrtc';
import type {
  EncodedChunk,
  MediaEngine,
  Picture,
  PictureSize,
  VideoEncoderSettings,
  VideoEncoding,
} from '../engine/media-engine.js';
import { planPictures } from './picture-plan.js';

/** Fell so often without having given anything: it will not get better. */
const MAX_FALLS = 3;
/** Timestamps are rounded, and clocks tremble. */
const EARLY_MS = 4;
/** Pictures that are being encoded; those that an encoder drops never come back. */
const MAX_ENCODING = 16;

/** What a line makes of pictures, of whatever size they come in. */
export interface LineSettings extends Omit<VideoEncoderSettings, 'width' | 'height' | 'encodedSize'> {
  /** How many times smaller than what comes, at least. */
  readonly scaleDownBy: number;
  /** What goes first where there are too few bits for all. */
  readonly degradationPreference: EncodingDemand['degradationPreference'];
}

/** What an encoder gave, and what it took. */
export type LineChunk = EncodedChunk & { readonly encodeTimeMs?: number };

type Plan = PictureSize & { readonly frameRate: number };

const even = (side: number): number => Math.max(2, 2 * Math.round(side / 2));

/** One encoder of a source, for all who want the same of it. One that falls is begun anew, and so is one whose pictures change their size. */
export class VideoLine {
  private readonly sinks = new Set<(chunk: LineChunk) => void>();
  private encoder: VideoEncoding | undefined;
  private size: PictureSize | undefined;
  /** In what size and how often pictures of that size are encoded. */
  private plan: Plan | undefined;
  /** When pictures were given to the encoder, by their timestamps. */
  private readonly givenAt = new Map<number, number>();
  private falls = 0;
  private nextAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly engine: MediaEngine,
    private readonly settings: LineSettings,
    /** Why it gives nothing any more. */
    private readonly failed: (error: Error) => void,
  ) {}

  /** Of what it gives; undefined before the first picture. */
  get encodedSize(): PictureSize | undefined {
    return this.plan && { width: this.plan.width, height: this.plan.height };
  }

  get isFree(): boolean {
    return this.sinks.size === 0;
  }

  /** A key frame comes soon, for `sink` to begin with. */
  add(sink: (chunk: LineChunk) => void): void {
    this.sinks.add(sink);
    this.requestKeyFrame();
  }

  remove(sink: (chunk: LineChunk) => void): void {
    this.sinks.delete(sink);
    if (this.isFree) this.close();
  }

  requestKeyFrame(): void {
    this.encoder?.requestKeyFrame(); // a new one begins with a key frame anyway
  }

  write(picture: Picture): void {
    const plan = this.planFor(picture);
    const spacingMs = 1_000 / plan.frameRate;
    if (picture.timestampMs < this.nextAt - EARLY_MS) return; // more than the frame rate allows
    this.nextAt = Math.max(this.nextAt, picture.timestampMs - spacingMs) + spacingMs;
    if (this.isFree) return;
    this.encoder ??= this.begin(picture, plan);
    this.givenAt.set(picture.timestampMs, performance.now());
    if (this.givenAt.size > MAX_ENCODING) this.givenAt.delete(this.givenAt.keys().next().value!);
    if (!this.encoder?.write(picture)) this.givenAt.delete(picture.timestampMs);
  }

  close(): void {
    this.encoder?.close();
    this.encoder = undefined;
    this.sinks.clear();
  }

  /** Pictures of another size than before have another encoder. */
  private planFor({ width, height }: PictureSize): Plan {
    if (this.plan && this.size?.width === width && this.size.height === height) return this.plan;
    this.encoder?.close();
    this.encoder = undefined;
    this.size = { width, height };
    const { scaleDownBy, frameRate, bitrateBps, degradationPreference } = this.settings;
    const wanted = { width: width / scaleDownBy, height: height / scaleDownBy, frameRate };
    const plan = planPictures(wanted, bitrateBps, degradationPreference);
    const side = (length: number): number => even(length / plan.scaleDownBy);
    this.plan = { width: side(wanted.width), height: side(wanted.height), frameRate: plan.frameRate };
    return this.plan;
  }

  private begin({ width, height }: PictureSize, { frameRate, ...encodedSize }: Plan): VideoEncoding | undefined {
    if (this.falls > MAX_FALLS) return undefined;
    const { codec, parameters, bitrateBps, temporalLayers } = this.settings;
    const encoder: VideoEncoding = this.engine.encodeVideo(
      { codec, parameters, bitrateBps, ...(temporalLayers && { temporalLayers }), width, height, encodedSize, frameRate },
      (chunk) => {
        if (encoder !== this.encoder) return;
        this.falls = 0;
        const givenAt = this.givenAt.get(chunk.timestampMs);
        this.givenAt.delete(chunk.timestampMs);
        const whole = givenAt === undefined ? chunk : { ...chunk, encodeTimeMs: performance.now() - givenAt };
        for (const sink of this.sinks) sink(whole);
      },
      (error) => {
        if (encoder === this.encoder) this.fell(error ?? new Error('the encoder ended'));
      },
    );
    return encoder;
  }

  /** The next picture begins another. */
  private fell(error: Error): void {
    this.encoder = undefined;
    this.falls += 1;
    if (this.falls > MAX_FALLS) this.failed(error);
  }
}
