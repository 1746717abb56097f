import type {
  EncodedChunk,
  MediaEngine,
  Picture,
  PictureSize,
  VideoEncoderSettings,
  VideoEncoding,
} from '../engine/media-engine.js';

/** Fell so often without having given anything: it will not get better. */
const MAX_FALLS = 3;
/** Timestamps are rounded, and clocks tremble. */
const EARLY_MS = 4;

/** What a line makes of pictures, of whatever size they come in. */
export interface LineSettings extends Omit<VideoEncoderSettings, 'width' | 'height' | 'encodedSize'> {
  /** How many times smaller than what comes. */
  readonly scaleDownBy: number;
}

const even = (side: number): number => Math.max(2, 2 * Math.round(side / 2));

/** One encoder of a source, for all who want the same of it. One that falls is begun anew, and so is one whose pictures change their size. */
export class VideoLine {
  private readonly sinks = new Set<(chunk: EncodedChunk) => void>();
  private encoder: VideoEncoding | undefined;
  private size: PictureSize | undefined;
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
    return this.size && this.scaled(this.size);
  }

  get isFree(): boolean {
    return this.sinks.size === 0;
  }

  /** A key frame comes soon, for `sink` to begin with. */
  add(sink: (chunk: EncodedChunk) => void): void {
    this.sinks.add(sink);
    this.requestKeyFrame();
  }

  remove(sink: (chunk: EncodedChunk) => void): void {
    this.sinks.delete(sink);
    if (this.isFree) this.close();
  }

  requestKeyFrame(): void {
    this.encoder?.requestKeyFrame(); // a new one begins with a key frame anyway
  }

  write(picture: Picture): void {
    const spacingMs = 1_000 / this.settings.frameRate;
    if (picture.timestampMs < this.nextAt - EARLY_MS) return; // more than the frame rate allows
    this.nextAt = Math.max(this.nextAt, picture.timestampMs - spacingMs) + spacingMs;
    if (this.isFree) return;
    const { width, height } = picture;
    if (this.size?.width !== width || this.size.height !== height) {
      this.encoder?.close();
      this.encoder = undefined;
      this.size = { width, height };
    }
    this.encoder ??= this.begin(this.size);
    this.encoder?.write(picture);
  }

  close(): void {
    this.encoder?.close();
    this.encoder = undefined;
    this.sinks.clear();
  }

  private scaled({ width, height }: PictureSize): PictureSize {
    const { scaleDownBy } = this.settings;
    return { width: even(width / scaleDownBy), height: even(height / scaleDownBy) };
  }

  private begin({ width, height }: PictureSize): VideoEncoding | undefined {
    if (this.falls > MAX_FALLS) return undefined;
    const { scaleDownBy: _done, ...settings } = this.settings;
    const encodedSize = this.scaled({ width, height });
    const encoder: VideoEncoding = this.engine.encodeVideo(
      { ...settings, width, height, encodedSize },
      (chunk) => {
        if (encoder !== this.encoder) return;
        this.falls = 0;
        for (const sink of this.sinks) sink(chunk);
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
