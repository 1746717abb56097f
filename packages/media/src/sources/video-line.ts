import type { Coder, EncodedChunk, MediaEngine, Picture, VideoEncoderSettings } from '../engine/media-engine.js';

/** Fell so often without having given anything: it will not get better. */
const MAX_FALLS = 3;
/** Timestamps are rounded, and clocks tremble. */
const EARLY_MS = 4;

/**
 * One encoder of a source, for all who want the same of it. For a key frame a second encoder takes over from the next picture on;
 * what the first still has to give is given meanwhile.
 */
export class VideoLine {
  private readonly sinks = new Set<(chunk: EncodedChunk) => void>();
  private current: Coder<Picture> | undefined;
  private next: Coder<Picture> | undefined;
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

  /** Begins with a key frame for `sink`; what others get goes on. */
  add(sink: (chunk: EncodedChunk) => void): void {
    this.sinks.add(sink);
    this.requestKeyFrame();
  }

  remove(sink: (chunk: EncodedChunk) => void): void {
    this.sinks.delete(sink);
    if (this.isFree) this.close();
  }

  requestKeyFrame(): void {
    if (this.next || this.isFree) return;
    const next: Coder<Picture> = this.engine.encodeVideo(
      this.settings,
      (chunk) => this.took(next, chunk),
      (error) => this.ended(next, error ?? new Error('the encoder ended')),
    );
    this.next = next;
  }

  write(picture: Picture): void {
    const spacingMs = 1_000 / this.settings.frameRate;
    if (picture.timestampMs < this.nextAt - EARLY_MS) return; // more than the frame rate allows
    this.nextAt = Math.max(this.nextAt, picture.timestampMs - spacingMs) + spacingMs;
    (this.next ?? this.current)?.write(picture);
  }

  close(): void {
    this.current?.close();
    this.next?.close();
    this.current = this.next = undefined;
    this.sinks.clear();
  }

  private took(from: Coder<Picture>, chunk: EncodedChunk): void {
    if (from === this.next) {
      this.current?.close();
      this.current = from;
      this.next = undefined;
      this.falls = 0;
    }
    if (from === this.current) for (const sink of this.sinks) sink(chunk);
  }

  private ended(which: Coder<Picture>, error: Error): void {
    if (which === this.next) this.next = undefined;
    else if (which === this.current) this.current = undefined;
    else return;
    this.falls += 1;
    if (this.falls > MAX_FALLS) this.failed(error);
    else this.requestKeyFrame();
  }
}
