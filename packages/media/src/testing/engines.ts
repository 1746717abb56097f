import { FfmpegEngine } from '../engine/ffmpeg/ffmpeg-engine.js';
import { napiEngine } from '../engine/find-engine.js';
import type { MediaEngine } from '../engine/media-engine.js';
import { WebCodecsEngine } from '../engine/webcodecs/webcodecs-engine.js';
import { isWebCodecsModule } from '../engine/webcodecs/webcodecs-module.js';
import * as own from '../index.js';

interface NamedEngine {
  readonly name: string;
  find(): Promise<MediaEngine>;
}

const hasNapi = await napiEngine().then(
  () => true,
  () => false,
);

/** The engines of this machine, which all do the same. */
export const ENGINES: readonly NamedEngine[] = [
  { name: 'ffmpeg', find: () => FfmpegEngine.find() },
  ...(hasNapi ? [{ name: '@napi-rs/webcodecs', find: napiEngine }] : []),
];

/** The adapter of WebCodecs modules over our own classes, which are such a module. */
export const OWN_WEBCODECS: NamedEngine = {
  name: 'WebCodecs (our own)',
  find: () => {
    const module: unknown = { ...own };
    if (!isWebCodecsModule(module)) throw new Error('our own classes are no WebCodecs');
    return WebCodecsEngine.over('webcodecs', module);
  },
};
