import { FfmpegEngine } from '../engine/ffmpeg/ffmpeg-engine.js';
import type { MediaEngine } from '../engine/media-engine.js';

/** The engines of this machine, which all do the same. */
export const ENGINES: readonly { readonly name: string; find(): Promise<MediaEngine> }[] = [
  { name: 'ffmpeg', find: () => FfmpegEngine.find() },
];
