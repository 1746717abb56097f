import { FileSource, findEngine, mediaDevices, type PictureFormat, TestPattern } from '@maru/media';
import type { MediaStreamTrack } from '@maru/webrtc';
import { reasonOf } from '../session/session-command.js';
import type { PublishSource } from './options.js';

const NAMES = { audio: 'sound', video: 'picture' } as const;

/** Tracks that play, or will. */
export interface Published {
  readonly tracks: readonly MediaStreamTrack[];
  /** Begins to play; resolves at the end. */
  run(): Promise<void>;
  stop(): void;
}

/** Opens what is to be published. Rejects, or tells later, with a sentence for people. */
export async function openSource(
  source: PublishSource,
  onError: (error: Error) => void,
  warn: (sentence: string) => void,
): Promise<Published> {
  switch (source.type) {
    case 'file':
      return fileOf(source.path, source.loop, onError, warn);
    case 'test-pattern':
      return pattern(source.format, onError);
    case 'camera':
    case 'screen':
      return device(source.type === 'screen', source.format);
  }
}

async function pattern(size: PictureFormat, onError: (error: Error) => void): Promise<Published> {
  const made = new TestPattern({ engine: await findEngine(), ...size, onError });
  return {
    tracks: [made.videoTrack, made.audioTrack],
    run: () => new Promise<void>(() => undefined), // it has no end
    stop: () => made.stop(),
  };
}

/** The screen, or the camera with the microphone where there is one. Ends when the device does. */
async function device(isScreen: boolean, video: PictureFormat): Promise<Published> {
  const hasMicrophone = (await mediaDevices.enumerateDevices()).some(({ kind }) => kind === 'audioinput');
  const asking = isScreen ? mediaDevices.getDisplayMedia({ video }) : mediaDevices.getUserMedia({ video, audio: hasMicrophone });
  const tracks = (await asking).getTracks();
  const stop = (): void => {
    for (const track of tracks) track.stop();
  };
  const ended = new Promise<void>((resolve) => {
    for (const track of tracks) track.onended = () => resolve();
  });
  return { tracks, stop, run: () => ended };
}

/** A file that goes as it is needs no engine; what of others cannot go without one is said, or refused where it is everything. */
async function fileOf(
  path: string,
  loop: boolean,
  onError: (error: Error) => void,
  warn: (sentence: string) => void,
): Promise<Published> {
  const found = await findEngine().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const engine = found instanceof Error ? undefined : found;
  const source = await FileSource.open(path, { loop, onError, ...(engine && { engine }) });
  const silent = engine ? [] : source.needsEngine;
  const tracks = [source.videoTrack, source.audioTrack].flatMap((track) =>
    track && !silent.includes(track.kind) ? [track] : [],
  );
  if (found instanceof Error && tracks.length === 0) {
    source.stop();
    throw found;
  }
  for (const kind of silent)
    warn(`The ${NAMES[kind]} of ${path} would have to be encoded anew, so this goes without: ${reasonOf(found)}`);
  return { tracks, run: () => source.play(), stop: () => source.stop() };
}
