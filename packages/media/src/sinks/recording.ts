import { createWriteStream, type WriteStream } from 'node:fs';
import { type MediaStreamTrack, type ReceivedMedia, receiveEncoded, requestKeyFrame } from '@maru/webrtc';
import { containerOf } from '../container/containers.js';
import type { Container, MediaWriter, TrackKind } from '../container/media-writer.js';
import type { Rotation } from '../engine/turned-picture.js';
import { MediaTimeline } from './media-timeline.js';

/** So long a file waits for the other track's first frame before it begins without it. */
const OTHER_TRACK_MS = 2_000;
/** What may wait for the disk; with more, frames are left out, and pictures go on with the next key frame. */
const WAITING_BYTES = 32 * 1024 * 1024;
const EARLY_FRAMES = 500;
/** Pictures that came two ways at the same time follow each other in a file. */
const LEAST_STEP_MS = 1;

export interface RecordingFigures {
  /** Files that were begun: another codec, or a track that came late, begins another. */
  readonly files: readonly string[];
  readonly videoFrames: number;
  readonly audioPackets: number;
  /** Left out: pictures before the first key frame, what the disk did not follow, codecs that have no place in the file. */
  readonly dropped: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface RecordingOptions {
  readonly tracks: readonly MediaStreamTrack[];
  /** Ends in `.webm`, or in `.mp4` for fragmented MP4. Files that follow the first get a number before that. */
  readonly path: string;
  onError?(error: Error): void;
}

interface Waiting {
  readonly track: TrackKind;
  readonly media: ReceivedMedia;
  readonly atMs: number;
}

/** A track that is written, or will be. */
interface Input {
  readonly track: MediaStreamTrack;
  stop(): void;
  timeline: MediaTimeline | undefined;
  /** Takes its place with its first key frame. */
  successor: Input | undefined;
}

interface OpenFile {
  readonly writer: MediaWriter;
  readonly stream: WriteStream;
  readonly beganMs: number;
  readonly video: { readonly codec: string; readonly rotationDegrees: Rotation } | undefined;
  readonly hasAudio: boolean;
  needsKeyFrame: boolean;
}

/**
 * Writes what the other side sends, as it came, to WebM or fragmented MP4. Every frame is final when it is written: a kill costs what was
 * on its way to the disk.
 */
export class Recording {
  private readonly files: string[] = [];
  private readonly inputs = new Map<TrackKind, Input>();
  private readonly early: Waiting[] = [];
  private file: OpenFile | undefined;
  private readonly ended: Promise<void>[] = [];
  private videoFrames = 0;
  private audioPackets = 0;
  private dropped = 0;
  private bytes = 0;
  private firstMs: number | undefined;
  private lastMs = 0;
  private readonly lastOf: Record<TrackKind, number> = { audio: Number.NEGATIVE_INFINITY, video: Number.NEGATIVE_INFINITY };
  private readonly container: Container;

  constructor(private readonly options: RecordingOptions) {
    this.container = containerOf(options.path);
    this.follow(options.tracks);
  }

  /**
   * Goes on with these tracks in place of those before, in the same files: sound at once, pictures with the first key frame of the new
   * track, so that nothing is missing in between. A kind that is not among them comes no more.
   */
  follow(tracks: readonly MediaStreamTrack[]): void {
    for (const kind of ['audio', 'video'] as const) {
      const track = tracks.find((one) => one.kind === kind);
      const current = this.inputs.get(kind);
      if (current?.successor && current.successor.track !== track) {
        current.successor.stop();
        current.successor = undefined;
      }
      if (current?.track === track || current?.successor?.track === track) continue;
      const next = track && this.open(track);
      if (current && next && kind === 'video') {
        current.successor = next;
        continue;
      }
      current?.stop();
      if (next) this.inputs.set(kind, next);
      else this.inputs.delete(kind);
    }
  }

  get figures(): RecordingFigures {
    const { files, videoFrames, audioPackets, dropped, bytes } = this;
    return {
      files: [...files],
      videoFrames,
      audioPackets,
      dropped,
      bytes,
      durationMs: this.lastMs - (this.firstMs ?? this.lastMs),
    };
  }

  /** Ends the recording; resolves when everything is in the files. */
  async close(): Promise<RecordingFigures> {
    this.follow([]);
    if (!this.file && this.early.length > 0) this.begin();
    this.endFile();
    await Promise.all(this.ended);
    return this.figures;
  }

  private open(track: MediaStreamTrack): Input {
    const input: Input = {
      track,
      stop: receiveEncoded(track, (media) => this.take(input, media)),
      timeline: undefined,
      successor: undefined,
    };
    requestKeyFrame(track);
    return input;
  }

  private take(input: Input, media: ReceivedMedia): void {
    const { kind } = input.track;
    input.timeline ??= new MediaTimeline(media.codec.clockRate);
    const placedMs = input.timeline.place(media.rtpTimestamp, media.receivedAtMs);
    const current = this.inputs.get(kind);
    if (current !== input) {
      if (!media.isKeyFrame) return;
      current?.stop();
      this.inputs.set(kind, input);
    }
    const lastMs = this.lastOf[kind];
    if (placedMs <= lastMs && kind === 'audio') return; // came the old way already
    const waiting: Waiting = { track: kind, media, atMs: Math.max(placedMs, lastMs + LEAST_STEP_MS) };
    this.lastOf[kind] = waiting.atMs;
    this.firstMs ??= waiting.atMs;
    this.lastMs = Math.max(this.lastMs, waiting.atMs);
    if (!this.isWritable(waiting)) {
      this.dropped += 1;
      return;
    }
    if (this.file && this.fits(this.file, waiting)) return this.write(this.file, waiting);
    this.endFile();
    this.early.push(waiting);
    if (this.early.length > EARLY_FRAMES) this.early.shift();
    if (this.isReady()) this.begin();
  }

  /** Whether a file can begin: all that is expected has come, or was waited for long enough. */
  private isReady(): boolean {
    const { early, inputs } = this;
    const kinds = new Set(
      [...inputs.values()].map(({ track }) => track).flatMap(({ readyState, kind }) => (readyState === 'live' ? kind : [])),
    );
    const come = new Set(early.filter(({ track, media }) => track === 'audio' || isSized(media)).map(({ track }) => track));
    const waitedMs = early.at(-1)!.atMs - early[0]!.atMs;
    return [...kinds].every((kind) => come.has(kind)) || (come.size > 0 && waitedMs > OTHER_TRACK_MS);
  }

  private fits(file: OpenFile, { track, media }: Waiting): boolean {
    if (track === 'audio') return file.hasAudio;
    if (!file.video) return !isSized(media); // pictures come late: another file begins with their first key frame
    const { codec, rotationDegrees } = file.video;
    if (codec !== media.codec.name) return false;
    return rotationDegrees === (media.rotationDegrees ?? 0) || !isSized(media); // a camera that is turned: likewise
  }

  private isWritable({ track, media }: Waiting): boolean {
    return track === 'video' ? this.container.videoCodecs.has(media.codec.name) : media.codec.name.toLowerCase() === 'opus';
  }

  private begin(): void {
    const waiting = this.early.splice(0);
    const first = waiting.find(({ track, media }) => track === 'video' && isSized(media));
    const video = first && {
      format: {
        codec: first.media.codec.name,
        width: first.media.width,
        height: first.media.height,
        rotationDegrees: first.media.rotationDegrees ?? 0,
      },
      keyFrame: first.media.data,
    };
    const hasAudio = waiting.some(({ track }) => track === 'audio') || this.inputs.has('audio');
    const path =
      this.files.length === 0 ? this.options.path : this.options.path.replace(/(\.\w+)?$/, `-${this.files.length + 1}$1`);
    this.files.push(path);
    const stream = createWriteStream(path);
    stream.on('error', (error) => this.options.onError?.(error));
    this.ended.push(new Promise((resolve) => stream.once('close', resolve)));
    const put = (bytes: Uint8Array): void => {
      this.bytes += bytes.length;
      stream.write(bytes);
    };
    const writer = this.container.open(put, video, hasAudio ? { channels: 2 } : undefined);
    const beganMs = Math.min(...waiting.map(({ atMs }) => atMs));
    this.file = { writer, stream, beganMs, video: video?.format, hasAudio, needsKeyFrame: true };
    for (const one of waiting.sort((a, b) => a.atMs - b.atMs)) this.write(this.file, one);
  }

  private write(file: OpenFile, { track, media, atMs }: Waiting): void {
    if (track === 'video' && !file.video) return;
    const isBehind = file.stream.writableLength > WAITING_BYTES;
    if (isBehind || (track === 'video' && file.needsKeyFrame && !media.isKeyFrame)) {
      this.dropped += 1;
      if (track === 'video') this.needKeyFrame(file);
      return;
    }
    if (track === 'video') {
      file.needsKeyFrame = false;
      this.videoFrames += 1;
      if ((media.rotationDegrees ?? 0) !== file.video?.rotationDegrees) this.askForKeyFrame();
    } else this.audioPackets += 1;
    file.writer.frame(track, media.data, atMs - file.beganMs, media.isKeyFrame);
  }

  private needKeyFrame(file: OpenFile): void {
    file.needsKeyFrame = true;
    this.askForKeyFrame();
  }

  private askForKeyFrame(): void {
    for (const { track } of this.inputs.values()) requestKeyFrame(track);
  }

  private endFile(): void {
    this.file?.writer.finish();
    this.file?.stream.end();
    this.file = undefined;
  }
}

const isSized = ({ isKeyFrame, width, height }: ReceivedMedia): boolean => isKeyFrame && width > 0 && height > 0;
