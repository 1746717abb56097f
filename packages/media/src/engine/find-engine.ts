import { FfmpegEngine } from './ffmpeg/ffmpeg-engine.js';
import type { MediaEngine } from './media-engine.js';

let found: Promise<MediaEngine> | undefined;

/** The engine of this machine (decision 0006). Rejects with an EngineError that says what to install where there is none. */
export function findEngine(): Promise<MediaEngine> {
  found ??= FfmpegEngine.find();
  found.catch(() => (found = undefined)); // what is missing may be installed meanwhile
  return found;
}
