import { FileSource, findEngine, mediaDevices, type PictureFormat, TestPattern } from '@maru/media';
import type { MediaStreamTrack } from '@maru/webrtc';
import type { PublishSource } from './options.js';

/** Tracks that play, or will. */
export interface Published {
  readonly tracks: readonly MediaStreamTrack[];
  /** Begins to play; resolves at the end. */
  run(): Promise<void>;
  stop(): void;
}

/** Opens what is to be published. Rejects, or tells later, with a sentence for people. */
export async function openSource(source: PublishSource, onError: (error: Error) => void): Promise<Published> {
  switch (source.type) {
    case 'file':
      return fileOf(source.path, source.loop, onError);
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

async function fileOf(path: string, loop: boolean, onError: (error: Error) => void): Promise<Published> {
  const engine = await findEngine().catch(() => undefined); // files that go as they are need none
  const source = await FileSource.open(path, { loop, onError, ...(engine && { engine }) });
  const tracks = [source.videoTrack, source.audioTrack].filter((track) => track !== undefined);
  return { tracks, run: () => source.play(), stop: () => source.stop() };
}
