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
import type { MediaEngine, Picture, PictureFormat, PictureSize } from '../engine/media-engine.js';
import { goodBitrate } from './bitrate.js';
import { CaptureClock } from './capture-clock.js';
import { layersMade } from './layers.js';
import { TrackOwner } from './track-owner.js';
import { VideoFeed, type VideoFeedHost } from './video-feed.js';
import { type LineSettings, VideoLine } from './video-line.js';

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
  /** Pictures that are written while it is are not shown. */
  isMuted = false;
  readonly label: string;
  private readonly lines = new Map<string, VideoLine>();
  private readonly listeners = new Set<(picture: Picture) => void>();
  private readonly owner: TrackOwner;
  private lastMs = 0;
  private readonly clock = new CaptureClock();
  private size: PictureSize;
  private own: MediaStreamTrack | undefined;

  constructor(private readonly options: PictureSourceOptions) {
    const { label, width, height } = options;
    this.label = label;
    this.size = { width, height };
    this.owner = new TrackOwner(() => {
      this.close();
      options.onFree?.();
    });
  }

  get settings(): MediaTrackSettings {
    const { label, frameRate } = this.options;
    return { ...this.size, frameRate, deviceId: label };
  }

  /** Made when it is asked for first. */
  get track(): MediaStreamTrack {
    return (this.own ??= trackOf(this));
  }

  /** Borrowed for the call. A size other than before costs new encoders. */
  write(picture: Picture): void {
    const { width, height } = picture;
    if (width !== this.size.width || height !== this.size.height) this.size = { width, height };
    if (this.isMuted) return;
    this.lastMs = picture.timestampMs;
    this.clock.given(picture.timestampMs);
    for (const line of this.lines.values()) line.write(picture);
    for (const listener of this.listeners) listener(picture);
  }

  /** Gives every picture to `listener` as well, until the function returned is called. */
  listen(listener: (picture: Picture) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  canScale(name: string, scalabilityMode: string): boolean {
    return layersMade(this.options.engine, name, scalabilityMode) !== undefined;
  }

  encode(
    { codecs, encoding, targetBps, degradationPreference }: EncodingDemand,
    sink: (media: EncodedMedia) => void,
  ): EncodingFeed | undefined {
    const { engine } = this.options;
    const { width, height } = this.size;
    const codec = codecs.find(({ name }) => engine.encodes.has(name));
    if (!codec) return undefined;
    const scaleDownBy = Math.max(1, encoding.scaleResolutionDownBy ?? 1);
    const frameRate = Math.min(this.options.frameRate, Math.max(1, encoding.maxFramerate ?? Number.POSITIVE_INFINITY));
    const good = goodBitrate(width / scaleDownBy, height / scaleDownBy, frameRate);
    const most = Math.min(encoding.maxBitrate ?? good, good);
    const { name, parameters } = codec;
    const temporalLayers = layersMade(engine, name, encoding.scalabilityMode) ?? 1;
    const host: VideoFeedHost = {
      lineAt: (bitrateBps) =>
        this.line({ codec: name, parameters, scaleDownBy, frameRate, bitrateBps, temporalLayers, degradationPreference }),
      encoderName: engine.name,
      forget: (line) => this.forget(line),
      lastPictureMs: () => this.lastMs,
      captureMembers: (timestampMs) => this.clock.members(timestampMs),
    };
    return new VideoFeed(codec, { mostBps: most, firstBps: targetBps }, host, sink);
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

  private line(settings: LineSettings): VideoLine {
    const key = JSON.stringify(settings);
    const known = this.lines.get(key);
    if (known) return known;
    const { engine, onError } = this.options;
    const line = new VideoLine(engine, settings, (error) => onError?.(error));
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
