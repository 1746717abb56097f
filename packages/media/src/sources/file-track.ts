import {
  type EncodedMedia,
  type EncodingDemand,
  type EncodingFeed,
  type EncodingSource,
  endTrack,
  type MediaKind,
  type MediaStreamTrack,
  type MediaTrackSettings,
  type TrackSource,
  trackOf,
} from '@maru/webrtc';
import { type EncodedPacket, EncodedPacketSink, type InputTrack } from 'mediabunny';
import { ContainedFrames, isContained } from '../engine/contained-frames.js';
import type { MediaEngine, Picture, RawReading, Sound } from '../engine/media-engine.js';
import type { Rotation } from '../engine/turned-picture.js';
import { layersMade } from './layers.js';
import { PictureSource } from './picture-source.js';
import { RawPlayer } from './raw-player.js';
import { SoundSource } from './sound-source.js';
import { TrackOwner } from './track-owner.js';

/** Whoever comes in waits so long for a picture at most; files with rarer key frames are encoded anew. */
const LONGEST_GOP_MS = 4_000;
/** What is sent at once, from the last key frame on, to one who comes in or lost the picture. */
const CATCH_UP_BYTES = 256 * 1024;
const SOUND_FORMAT = { sampleRate: 48_000, channels: 2 } as const;

export interface FileTrackFormat {
  /** By the name that SDP gives it; undefined for one that WebRTC does not carry. */
  readonly codec: string | undefined;
  readonly isInOrder: boolean;
  readonly longestGopMs: number;
  readonly description: Uint8Array | undefined;
  readonly bitrateBps: number;
  /** As it is shown. */
  readonly width: number;
  readonly height: number;
  /** How its frames, as phones film them, are to be turned for that. */
  readonly rotationDegrees: Rotation;
  readonly frameRate: number;
}

export interface FileTrackSettings {
  readonly kind: MediaKind;
  readonly path: string;
  readonly durationMs: number;
  readonly input: InputTrack;
  readonly format: FileTrackFormat;
  readonly engine?: MediaEngine;
  readonly loop?: boolean;
  onError?(error: Error): void;
}

/** One track of a file that is played. */
export class FileTrack implements TrackSource, EncodingSource {
  readonly isMuted = false;
  readonly track: MediaStreamTrack;
  readonly settings: MediaTrackSettings;
  private readonly sinks = new Set<(media: EncodedMedia) => void>();
  /** What was sent since the last key frame; empty when that is too much to be sent again. */
  private sinceKeyFrame: EncodedMedia[] = [];
  private sinceKeyFrameBytes = 0;
  private readonly owner: TrackOwner;
  private readonly contained: ContainedFrames | undefined;
  /** Undefined until it is played. */
  private startMs: number | undefined;
  private isStopped = false;
  private wake: (() => void) | undefined;
  private transcoder: (PictureSource | SoundSource) | undefined;
  private reading: RawReading | undefined;
  private transcoded = 0;

  constructor(private readonly file: FileTrackSettings) {
    const { width, height, frameRate, description, codec } = file.format;
    this.settings = file.kind === 'video' ? { width, height, frameRate } : { ...SOUND_FORMAT };
    this.contained = isContained(codec) && description ? ContainedFrames.of(codec, description) : undefined;
    this.owner = new TrackOwner(() => this.stop());
    this.track = trackOf(this);
  }

  get kind(): MediaKind {
    return this.file.kind;
  }

  get label(): string {
    return this.file.path;
  }

  attach(track: MediaStreamTrack): void {
    this.owner.attach(track);
  }

  detach(track: MediaStreamTrack): void {
    this.owner.detach(track);
  }

  /** As it is, a file has no layers; it is encoded anew for them. */
  canScale(name: string, scalabilityMode: string): boolean {
    const { kind, engine } = this.file;
    if (kind === 'audio') return false;
    return scalabilityMode === 'L1T1' || (engine !== undefined && layersMade(engine, name, scalabilityMode) !== undefined);
  }

  encode(demand: EncodingDemand, sink: (media: EncodedMedia) => void): EncodingFeed | undefined {
    const codec = this.passes(demand) ? demand.codecs.find(({ name }) => name === this.file.format.codec) : undefined;
    if (!codec) return this.transcode(demand, sink);
    this.sinks.add(sink);
    this.catchUp(sink);
    return {
      codec,
      requestKeyFrame: () => this.catchUp(sink),
      setTargetBitrate() {}, // the file is as it is
      close: () => void this.sinks.delete(sink),
    };
  }

  /** What it shows or sounds, decoded, until the function returned is called; undefined without an engine. */
  decode(): { readonly source: PictureSource | SoundSource; release(): void } | undefined {
    const source = this.transcoderOf();
    if (!source) return undefined;
    this.transcoded += 1;
    return { source, release: () => this.leaveTranscoder() };
  }

  /** Plays in step with `startMs`; resolves at the end. */
  async play(startMs: number): Promise<void> {
    this.startMs = startMs;
    if (this.transcoder && this.transcoded > 0) this.readFor(this.transcoder);
    const { durationMs, loop = false, input } = this.file;
    for (let round = 0; round === 0 || loop; round++) {
      const roundMs = startMs + round * durationMs;
      for await (const packet of new EncodedPacketSink(input).packets()) {
        const atMs = roundMs + packet.timestamp * 1_000;
        await this.until(atMs);
        if (this.isStopped) return;
        this.deliver(packet, atMs);
      }
    }
    await this.until(startMs + durationMs);
  }

  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.wake?.();
    this.reading?.close();
    this.transcoder?.end();
    this.sinks.clear();
    for (const track of this.owner.all) endTrack(track);
  }

  /** Whether nobody can be sent its frames as they are in the file. */
  get needsEngine(): boolean {
    const { kind, format } = this.file;
    if (format.codec === undefined) return true;
    if (kind === 'audio') return false;
    if (isContained(format.codec) && format.description && !this.contained) return true; // lengths of fewer bytes: nobody writes them
    return !format.isInOrder || format.longestGopMs > LONGEST_GOP_MS;
  }

  /** Whether frames can go to such a one as they are in the file. */
  private passes({ encoding, carriesRotation }: EncodingDemand): boolean {
    const { kind, format } = this.file;
    if (this.needsEngine) return false;
    if (kind === 'audio') return true;
    if ((encoding.scalabilityMode ?? 'L1T1') !== 'L1T1') return false;
    if (format.rotationDegrees !== 0 && !carriesRotation) return false;
    return (encoding.scaleResolutionDownBy ?? 1) <= 1 && (encoding.maxBitrate ?? Number.POSITIVE_INFINITY) >= format.bitrateBps;
  }

  private deliver(packet: EncodedPacket, timestampMs: number): void {
    const isKeyFrame = this.kind === 'audio' || packet.type === 'key';
    const data = this.contained ? this.contained.annexB(packet.data, isKeyFrame) : packet.data;
    if (!data) return;
    const { rotationDegrees } = this.file.format;
    const media: EncodedMedia = { data, timestampMs, isKeyFrame, ...(rotationDegrees !== 0 && { rotationDegrees }) };
    if (this.kind === 'video') this.remember(media);
    for (const sink of this.sinks) sink(media);
  }

  private remember(media: EncodedMedia): void {
    if (media.isKeyFrame) {
      this.sinceKeyFrame = [];
      this.sinceKeyFrameBytes = 0;
    }
    this.sinceKeyFrameBytes += media.data.length;
    if (this.sinceKeyFrameBytes > CATCH_UP_BYTES) this.sinceKeyFrame = [];
    else this.sinceKeyFrame.push(media);
  }

  /** Sends again what a decoder needs to follow from here on; where that is too much, the next key frame will do. */
  private catchUp(sink: (media: EncodedMedia) => void): void {
    if (this.sinceKeyFrame[0]?.isKeyFrame) for (const media of this.sinceKeyFrame) sink(media);
  }

  private transcode(demand: EncodingDemand, sink: (media: EncodedMedia) => void): EncodingFeed | undefined {
    const feed = this.transcoderOf()?.encode(demand, sink);
    if (!feed) return undefined;
    this.transcoded += 1;
    return {
      codec: feed.codec,
      requestKeyFrame: () => feed.requestKeyFrame(),
      setTargetBitrate: (bitsPerSecond) => feed.setTargetBitrate(bitsPerSecond),
      close: () => {
        feed.close();
        this.leaveTranscoder();
      },
    };
  }

  /** Nobody needs it decoded any more? Then it is not. */
  private leaveTranscoder(): void {
    this.transcoded -= 1;
    if (this.transcoded > 0) return;
    this.reading?.close();
    this.reading = undefined;
  }

  private transcoderOf(): PictureSource | SoundSource | undefined {
    const { engine, kind, path, format, onError } = this.file;
    if (!engine || this.isStopped) return undefined;
    const common = { engine, label: path, ...(onError && { onError }) };
    const { width, height, frameRate } = format;
    this.transcoder ??=
      kind === 'video'
        ? new PictureSource({ ...common, width, height, frameRate })
        : new SoundSource({ ...common, ...SOUND_FORMAT });
    this.readFor(this.transcoder);
    return this.transcoder;
  }

  /** Decodes the file from where it is now, once it is played. */
  private readFor(source: PictureSource | SoundSource): void {
    const { startMs } = this;
    const { engine, path, durationMs, loop = false, format, onError } = this.file;
    if (this.reading || !engine || startMs === undefined) return;
    const { width, height, frameRate } = format;
    const player = { startMs, durationMs, loop, ...(onError && { onError }) };
    this.reading =
      source instanceof PictureSource
        ? new RawPlayer<Picture>({
            ...player,
            open: (fromMs, give, ended) =>
              engine.readPictures({ type: 'file', path, startMs: fromMs }, { width, height, frameRate }, give, ended),
            play: (picture) => source.write(picture),
          })
        : new RawPlayer<Sound>({
            ...player,
            open: (fromMs, give, ended) => engine.readSound({ type: 'file', path, startMs: fromMs }, SOUND_FORMAT, give, ended),
            play: (sound) => source.write(sound),
          });
  }

  /** Resolves at `atMs`, or at once when the track is stopped. */
  private async until(atMs: number): Promise<void> {
    const waitMs = atMs - performance.now();
    if (waitMs < 1 || this.isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
