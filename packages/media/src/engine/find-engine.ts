import { EngineError } from './engine-error.js';
import { FfmpegEngine } from './ffmpeg/ffmpeg-engine.js';
import { importInstalled } from './installed-module.js';
import type { MediaEngine } from './media-engine.js';
import { NodeAvEngine } from './node-av/node-av-engine.js';
import { type ModuleTraits, WebCodecsEngine } from './webcodecs/webcodecs-engine.js';
import { isWebCodecsModule } from './webcodecs/webcodecs-module.js';

const NAPI_WEBCODECS = '@napi-rs/webcodecs';
/**
 * As measured of 1.3.1 (decision 0006): its VP9 gives a picture 25 pictures later, its AV1 takes more time than there is, it makes
 * each tenth picture a key frame where it is told of real time, and what it calls layers lean on one another.
 */
const NAPI_TRAITS: ModuleTraits = { notLive: new Set(['VP9', 'AV1']), latencyMode: 'quality', isWithoutLayers: true };

let found: Promise<MediaEngine> | undefined;

/** By the name that `MARU_ENGINE` has for each, the best first (decision 0006). */
const ENGINES: Readonly<Record<string, () => Promise<MediaEngine>>> = {
  'node-av': () => NodeAvEngine.find(),
  ffmpeg: () => FfmpegEngine.find(),
  webcodecs: () => napiEngine(),
};

/**
 * The engine of this machine (decision 0006): `node-av` if it was installed, else ffmpeg, else `@napi-rs/webcodecs` if that was installed.
 * `MARU_ENGINE` says which of them (`node-av`, `ffmpeg`, `webcodecs`). Rejects with an EngineError that says what to install where there is none.
 */
export function findEngine(): Promise<MediaEngine> {
  found ??= look(process.env['MARU_ENGINE']);
  found.catch(() => (found = undefined)); // what is missing may be installed meanwhile
  return found;
}

async function look(named: string | undefined): Promise<MediaEngine> {
  if (named) {
    if (!Object.hasOwn(ENGINES, named))
      throw new EngineError(`MARU_ENGINE is one of ${Object.keys(ENGINES).join(', ')}, not "${named}"`);
    return ENGINES[named]!();
  }
  let best: unknown;
  for (const [name, find] of Object.entries(ENGINES)) {
    try {
      return await find();
    } catch (error) {
      if (name === 'ffmpeg') best = error; // what to install is best said of ffmpeg
    }
  }
  throw best;
}

/** The engine over `@napi-rs/webcodecs`; rejects where it was not installed. */
export async function napiEngine(): Promise<MediaEngine> {
  const module = await importInstalled(NAPI_WEBCODECS);
  if (!isWebCodecsModule(module)) throw new EngineError(`${NAPI_WEBCODECS} has not the classes of WebCodecs`);
  return WebCodecsEngine.over(NAPI_WEBCODECS, module, NAPI_TRAITS);
}
