import type { EncodedChunk, MediaEngine, Picture, VideoEncoderSettings, VideoEncoding } from '../engine/media-engine.js';

/** Fell so often without having given anything: it will not get better. */
const MAX_FALLS = 3;
/** Timestamps are rounded, and clocks tremble. */
const EARLY_MS = 4;

/** One encoder of a source, for all who want the same of it. One that falls is begun anew. */
export class VideoLine {
  private readonly sinks = new Set<(chunk: EncodedChunk) => void>();
  private encoder: VideoEncoding | undefined;
  private falls = 0;
  private nextAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly engine: MediaEngine,
    private readonly settings: VideoEncoderSettings,
    /** Why it gives nothing any more. */
    private readonly failed: (error: Error) => void,
  ) {}

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
    if (this.encoder) this.encoder.requestKeyFrame();
    else if (!this.isFree) this.begin();
  }

  write(picture: Picture): void {
    const spacingMs = 1_000 / this.settings.frameRate;
    if (picture.timestampMs < this.nextAt - EARLY_MS) return; // more than the frame rate allows
    this.nextAt = Math.max(this.nextAt, picture.timestampMs - spacingMs) + spacingMs;
    this.encoder?.write(picture);
  }

  close(): void {
    this.encoder?.close();
    this.encoder = undefined;
    this.sinks.clear();
  }

  private begin(): void {
    this.encoder = this.engine.encodeVideo(
      this.settings,
      (chunk) => {
        this.falls = 0;
        for (const sink of this.sinks) sink(chunk);
      },
      (error) => this.fell(error ?? new Error('the encoder ended')),
    );
  }

  private fell(error: Error): void {
    this.encoder = undefined;
    this.falls += 1;
    if (this.falls > MAX_FALLS) this.failed(error);
    else this.begin();
  }
}
