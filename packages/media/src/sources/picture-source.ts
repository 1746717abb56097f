import {
  type EncodedMedia,
  type EncodingDemand,
  type EncodingFeed,
  type EncodingSource,
  endTrack,
  type MediaStreamTrack,
  type MediaTrackSettings,
  type TrackSource,
  trackOf,
} from '@maru/webrtc';
import type { EncodedChunk, MediaEngine, Picture, PictureFormat } from '../engine/media-engine.js';
import { bitrateRung, goodBitrate } from './bitrate.js';
import { TrackOwner } from './track-owner.js';
import { VideoLine } from './video-line.js';

export interface PictureSourceOptions extends PictureFormat {
  readonly engine: MediaEngine;
  readonly label: string;
  /** Its last track was stopped. */
  onFree?(): void;
  /** An encoder fell for good. */
  onError?(error: Error): void;
}

/**
 * A track of pictures that a program of yours makes: encoded as each connection that it is added to wants it, once for all that
 * want the same.
 *
 *     const source = new PictureSource({ engine: await findEngine(), label: 'robot', width: 640, height: 360, frameRate: 30 });
 *     connection.addTrack(source.track);
 *     source.write({ width: 640, height: 360, data: i420, timestampMs: performance.now() });
 */
export class PictureSource implements TrackSource, EncodingSource {
  readonly kind = 'video';
  readonly isMuted = false;
  readonly label: string;
  readonly settings: MediaTrackSettings;
  readonly track: MediaStreamTrack;
  private readonly lines = new Map<string, VideoLine>();
  private readonly listeners = new Set<(picture: Picture) => void>();
  private readonly owner: TrackOwner;
  private lastMs = 0;

  constructor(private readonly options: PictureSourceOptions) {
    const { label, width, height, frameRate } = options;
    this.label = label;
    this.settings = { width, height, frameRate, deviceId: label };
    this.owner = new TrackOwner(() => {
      this.close();
      options.onFree?.();
    });
    this.track = trackOf(this);
  }

  /** Borrowed for the call. */
  write(picture: Picture): void {
    this.lastMs = picture.timestampMs;
    for (const line of this.lines.values()) line.write(picture);
    for (const listener of this.listeners) listener(picture);
  }

  /** Gives every picture to `listener` as well, until the function returned is called. */
  listen(listener: (picture: Picture) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  encode({ codecs, encoding }: EncodingDemand, sink: (media: EncodedMedia) => void): EncodingFeed | undefined {
    const { engine, width, height } = this.options;
    const codec = codecs.find(({ name }) => engine.encodes.has(name));
    if (!codec) return undefined;
    const scaleDownBy = Math.max(1, encoding.scaleResolutionDownBy ?? 1);
    const frameRate = Math.min(this.options.frameRate, Math.max(1, encoding.maxFramerate ?? Number.POSITIVE_INFINITY));
    const good = goodBitrate(width / scaleDownBy, height / scaleDownBy, frameRate);
    const most = Math.min(encoding.maxBitrate ?? good, good);
    const lineAt = (rung: number): VideoLine =>
      this.line({ codec: codec.name, parameters: codec.parameters, scaleDownBy, frameRate, bitrateBps: rung });
    let rung = bitrateRung(most);
    let line: VideoLine | undefined;
    let next: VideoLine | undefined;
    // Pictures after this one come from the next line: two encoders of one picture would put time back.
    let nextFromMs = 0;
    let givenMs = Number.NEGATIVE_INFINITY;
    const take = (from: VideoLine) => (chunk: EncodedChunk) => {
      if (from === next && chunk.isKeyFrame) {
        leave(line);
        line = next;
        next = undefined;
      }
      if (from !== line || (next && chunk.timestampMs > nextFromMs)) return;
      givenMs = Math.max(chunk.timestampMs, givenMs + 1);
      sink({ ...chunk, timestampMs: givenMs });
    };
    const takes = new Map<VideoLine, (chunk: EncodedChunk) => void>();
    const join = (which: VideoLine): void => {
      next = which;
      nextFromMs = this.lastMs;
      const taker = take(which);
      takes.set(which, taker);
      which.add(taker);
    };
    const leave = (which: VideoLine | undefined): void => {
      const taker = which && takes.get(which);
      if (!which || !taker) return;
      takes.delete(which);
      which.remove(taker);
      if (which.isFree) this.forget(which);
    };
    join(lineAt(rung));
    return {
      codec,
      requestKeyFrame: () => (next ?? line)?.requestKeyFrame(),
      setTargetBitrate: (bitsPerSecond) => {
        const wanted = bitrateRung(Math.min(most, bitsPerSecond), rung);
        if (wanted === rung || next) return;
        rung = wanted;
        join(lineAt(rung));
      },
      close: () => {
        leave(line);
        leave(next);
        line = next = undefined;
      },
    };
  }

  attach(track: MediaStreamTrack): void {
    this.owner.attach(track);
  }

  detach(track: MediaStreamTrack): void {
    this.owner.detach(track);
  }

  /** There is nothing more to see: its tracks end. */
  end(): void {
    this.close();
    for (const track of this.owner.all) endTrack(track);
  }

  private line(settings: {
    codec: string;
    parameters: string;
    scaleDownBy: number;
    frameRate: number;
    bitrateBps: number;
  }): VideoLine {
    const key = JSON.stringify(settings);
    const known = this.lines.get(key);
    if (known) return known;
    const { engine, width, height, onError } = this.options;
    const line = new VideoLine(engine, { ...settings, width, height }, (error) => onError?.(error));
    this.lines.set(key, line);
    return line;
  }

  private forget(line: VideoLine): void {
    for (const [key, known] of this.lines) if (known === line) this.lines.delete(key);
  }

  private close(): void {
    for (const line of this.lines.values()) line.close();
    this.lines.clear();
  }
}
