import { createWriteStream, type WriteStream } from 'node:fs';
import { type MediaStreamTrack, type ReceivedMedia, receiveEncoded } from '@maru/webrtc';
import { type WebmTrack, type WebmVideo, WebmWriter } from '../matroska/webm-writer.js';
import { MediaTimeline } from './media-timeline.js';

/** So long a file waits for the other track's first frame before it begins without it. */
const OTHER_TRACK_MS = 2_000;
/** What may wait for the disk; with more, frames are left out, and pictures go on with the next key frame. */
const WAITING_BYTES = 32 * 1024 * 1024;
const EARLY_FRAMES = 500;

export interface RecordingFigures {
  /** Files that were begun: another codec, or a track that came late, begins another. */
  readonly files: readonly string[];
  readonly videoFrames: number;
  readonly audioPackets: number;
  /** Left out, since the disk did not follow or the codec has no place in WebM. */
  readonly dropped: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface RecordingOptions {
  readonly tracks: readonly MediaStreamTrack[];
  /** Ends in `.webm`. Files that follow the first get a number before that. */
  readonly path: string;
  onError?(error: Error): void;
}

interface Waiting {
  readonly track: WebmTrack;
  readonly media: ReceivedMedia;
  readonly atMs: number;
}

interface OpenFile {
  readonly writer: WebmWriter;
  readonly stream: WriteStream;
  readonly beganMs: number;
  readonly video: WebmVideo | undefined;
  readonly hasAudio: boolean;
  needsKeyFrame: boolean;
}

/** Writes what the other side sends, as it came, to WebM. Every frame is final when it is written: a kill costs what was on its way to the disk. */
export class Recording {
  private readonly files: string[] = [];
  private readonly stops: (() => void)[];
  private readonly timelines = new Map<MediaStreamTrack, MediaTimeline>();
  private readonly early: Waiting[] = [];
  private file: OpenFile | undefined;
  private readonly ended: Promise<void>[] = [];
  private videoFrames = 0;
  private audioPackets = 0;
  private dropped = 0;
  private bytes = 0;
  private firstMs: number | undefined;
  private lastMs = 0;

  constructor(private readonly options: RecordingOptions) {
    this.stops = options.tracks.map((track) => receiveEncoded(track, (media) => this.take(track, media)));
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
    for (const stop of this.stops) stop();
    if (!this.file && this.early.length > 0) this.begin();
    this.endFile();
    await Promise.all(this.ended);
    return this.figures;
  }

  private take(track: MediaStreamTrack, media: ReceivedMedia): void {
    const timeline = this.timelines.get(track) ?? new MediaTimeline(media.codec.clockRate);
    this.timelines.set(track, timeline);
    const waiting: Waiting = {
      track: track.kind,
      media,
      atMs: timeline.place(media.rtpTimestamp, media.receivedAtMs),
    };
    this.firstMs ??= waiting.atMs;
    this.lastMs = Math.max(this.lastMs, waiting.atMs);
    if (!isWritable(waiting)) {
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
    const { early, options } = this;
    const kinds = new Set(options.tracks.filter(({ readyState }) => readyState === 'live').map(({ kind }) => kind));
    const come = new Set(early.filter(({ track, media }) => track === 'audio' || isSized(media)).map(({ track }) => track));
    const waitedMs = early.at(-1)!.atMs - early[0]!.atMs;
    return [...kinds].every((kind) => come.has(kind)) || (come.size > 0 && waitedMs > OTHER_TRACK_MS);
  }

  private fits(file: OpenFile, { track, media }: Waiting): boolean {
    if (track === 'audio') return file.hasAudio;
    if (file.video) return file.video.codec === media.codec.name;
    return !isSized(media); // pictures come late: another file begins with their first key frame
  }

  private begin(): void {
    const waiting = this.early.splice(0);
    const first = waiting.find(({ track, media }) => track === 'video' && isSized(media));
    const video = first && { codec: webmCodec(first.media)!, width: first.media.width, height: first.media.height };
    const hasAudio = waiting.some(({ track }) => track === 'audio') || this.options.tracks.some(({ kind }) => kind === 'audio');
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
    const writer = new WebmWriter(put, video, hasAudio ? { channels: 2 } : undefined);
    const beganMs = Math.min(...waiting.map(({ atMs }) => atMs));
    this.file = { writer, stream, beganMs, video, hasAudio, needsKeyFrame: true };
    for (const one of waiting.sort((a, b) => a.atMs - b.atMs)) this.write(this.file, one);
  }

  private write(file: OpenFile, { track, media, atMs }: Waiting): void {
    if (track === 'video' && !file.video) return;
    const isBehind = file.stream.writableLength > WAITING_BYTES;
    if (isBehind || (track === 'video' && file.needsKeyFrame && !media.isKeyFrame)) {
      this.dropped += 1;
      if (track === 'video') file.needsKeyFrame = true;
      return;
    }
    if (track === 'video') {
      file.needsKeyFrame = false;
      this.videoFrames += 1;
    } else this.audioPackets += 1;
    file.writer.frame(track, media.data, atMs - file.beganMs, media.isKeyFrame);
  }

  private endFile(): void {
    this.file?.stream.end();
    this.file = undefined;
  }
}

const isSized = ({ isKeyFrame, width, height }: ReceivedMedia): boolean => isKeyFrame && width > 0 && height > 0;

function webmCodec({ codec: { name } }: ReceivedMedia): WebmVideo['codec'] | undefined {
  return name === 'VP8' || name === 'VP9' || name === 'AV1' ? name : undefined;
}

function isWritable({ track, media }: Waiting): boolean {
  return track === 'video' ? webmCodec(media) !== undefined : media.codec.name.toLowerCase() === 'opus';
}
