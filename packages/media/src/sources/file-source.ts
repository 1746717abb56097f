import type { MediaKind, MediaStreamTrack } from '@maru/webrtc';
import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input, type InputTrack } from 'mediabunny';
import type { MediaEngine } from '../engine/media-engine.js';
import { FileTrack, type FileTrackFormat } from './file-track.js';

/** How far the order of frames and the distance of key frames are looked at before the file is played. */
const LOOKED_AT_PACKETS = 600;

export interface FileSourceOptions {
  /** Encodes anew what cannot go as it is; without one, such tracks are not sent. */
  readonly engine?: MediaEngine;
  /** Begins again at the end. */
  readonly loop?: boolean;
  onError?(error: Error): void;
}

/** What cannot be played, and why. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/**
 * A WebM, MP4, Ogg or MPEG-TS file as a pair of tracks, played in its own time from {@link FileSource.play} on. Its frames go out
 * as they are where the other side takes the codec; else they are encoded anew.
 */
export class FileSource {
  private constructor(
    private readonly input: Input,
    readonly durationMs: number,
    private readonly video: FileTrack | undefined,
    private readonly audio: FileTrack | undefined,
    private readonly options: FileSourceOptions,
  ) {}

  /** Rejects with a {@link FileError} for what is no such file. */
  static async open(path: string, options: FileSourceOptions = {}): Promise<FileSource> {
    const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
    try {
      if (!(await isMedia(input))) throw new FileError(`${path} is not a WebM, MP4, Ogg or MPEG-TS file`);
      const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
      if (!video && !audio) throw new FileError(`${path} has neither pictures nor sound`);
      const durationMs = 1_000 * (await input.computeDuration());
      const common = { ...options, path, durationMs };
      const videoTrack = video && new FileTrack({ ...common, kind: 'video', input: video, format: await videoFormat(video) });
      const audioTrack = audio && new FileTrack({ ...common, kind: 'audio', input: audio, format: await audioFormat(audio) });
      return new FileSource(input, durationMs, videoTrack ?? undefined, audioTrack ?? undefined, options);
    } catch (error) {
      input.dispose();
      if (error instanceof FileError) throw error;
      throw new FileError(`${path} cannot be read: ${reasonOf(error)}`, { cause: error });
    }
  }

  get videoTrack(): MediaStreamTrack | undefined {
    return this.video?.track;
  }

  get audioTrack(): MediaStreamTrack | undefined {
    return this.audio?.track;
  }

  /** What of it nobody can be sent as it is: it is encoded anew, or not sent where there is no engine. */
  get needsEngine(): readonly MediaKind[] {
    return [this.video, this.audio].flatMap((track) => (track?.needsEngine ? [track.kind] : []));
  }

  /** Plays the file; resolves at its end, when its tracks have ended, or after {@link stop}. */
  async play(): Promise<void> {
    const startMs = performance.now();
    const tracks = [this.video, this.audio].filter((track) => track !== undefined);
    try {
      await Promise.all(tracks.map((track) => track.play(startMs)));
    } catch (error) {
      this.options.onError?.(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.stop();
    }
  }

  stop(): void {
    this.video?.stop();
    this.audio?.stop();
    this.input.dispose();
  }
}

/** Whether it has the form of a file that is known here; throws where it cannot be read at all. */
async function isMedia(input: Input): Promise<boolean> {
  try {
    return await input.canRead();
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error;
    return false; // its reader stumbles over files of a few bytes
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return ('code' in error && REASONS[String(error.code)]) || error.message;
}

type VideoTrack = NonNullable<Awaited<ReturnType<Input['getPrimaryVideoTrack']>>>;
type AudioTrack = NonNullable<Awaited<ReturnType<Input['getPrimaryAudioTrack']>>>;

async function videoFormat(track: VideoTrack): Promise<FileTrackFormat> {
  const [width, height, codec] = [await track.getDisplayWidth(), await track.getDisplayHeight(), await track.getCodec()];
  const { count, spanMs, isInOrder, longestGopMs } = await look(track);
  const frameRate = spanMs > 0 ? Math.min(60, Math.max(1, Math.round(((count - 1) * 1_000) / spanMs))) : 30;
  const description = await descriptionOf(track);
  const bitrateBps = (await track.getAverageBitrate()) ?? 0;
  return {
    codec: VIDEO_NAMES[codec ?? ''],
    isInOrder,
    longestGopMs,
    description,
    bitrateBps,
    width: width & ~1,
    height: height & ~1,
    rotationDegrees: await track.getRotation(),
    frameRate,
  };
}

async function audioFormat(track: AudioTrack): Promise<FileTrackFormat> {
  const codec = (await track.getCodec()) === 'opus' ? 'opus' : undefined;
  const nothing = {
    width: 0,
    height: 0,
    rotationDegrees: 0 as const,
    frameRate: 0,
    bitrateBps: 0,
    longestGopMs: 0,
    description: undefined,
  };
  return { ...nothing, codec, isInOrder: true };
}

const VIDEO_NAMES: Readonly<Record<string, string>> = { vp8: 'VP8', vp9: 'VP9', avc: 'H264', hevc: 'H265', av1: 'AV1' };

async function descriptionOf(track: VideoTrack): Promise<Uint8Array | undefined> {
  const config: { readonly description?: AllowSharedBufferSource } | null = await track.getDecoderConfig();
  const { description } = config ?? {};
  if (!description) return undefined;
  return ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
}

type AllowSharedBufferSource = ArrayBufferLike | ArrayBufferView;

/** Whether frames are in the order in which they are shown, and how far key frames are apart. */
async function look(track: InputTrack): Promise<{ count: number; spanMs: number; isInOrder: boolean; longestGopMs: number }> {
  let [count, firstMs, lastMs, keyMs, longestGopMs] = [0, 0, Number.NEGATIVE_INFINITY, 0, 0];
  let isInOrder = true;
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
    const atMs = packet.timestamp * 1_000;
    if (count === 0) firstMs = keyMs = atMs;
    if (atMs < lastMs) isInOrder = false;
    if (packet.type === 'key') keyMs = atMs;
    longestGopMs = Math.max(longestGopMs, atMs - keyMs);
    lastMs = Math.max(lastMs, atMs);
    count += 1;
    if (count >= LOOKED_AT_PACKETS) break;
  }
  return { count, spanMs: lastMs - firstMs, isInOrder, longestGopMs };
}
