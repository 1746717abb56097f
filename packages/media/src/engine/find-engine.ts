import { EngineError } from './engine-error.js';
import { FfmpegEngine } from './ffmpeg/ffmpeg-engine.js';
import type { MediaEngine } from './media-engine.js';
import { WebCodecsEngine } from './webcodecs/webcodecs-engine.js';
import { isWebCodecsModule } from './webcodecs/webcodecs-module.js';

const NAPI_WEBCODECS = '@napi-rs/webcodecs';

let found: Promise<MediaEngine> | undefined;

/**
 * The engine of this machine (decision 0006): ffmpeg, or where there is none `@napi-rs/webcodecs` if it was installed. `MARU_ENGINE`
 * says which of them (`ffmpeg`, `webcodecs`). Rejects with an EngineError that says what to install where there is neither.
 */
export function findEngine(): Promise<MediaEngine> {
  found ??= look(process.env['MARU_ENGINE']);
  found.catch(() => (found = undefined)); // what is missing may be installed meanwhile
  return found;
}

async function look(named: string | undefined): Promise<MediaEngine> {
  if (named === 'ffmpeg') return FfmpegEngine.find();
  if (named === 'webcodecs') return napiEngine();
  if (named !== undefined && named !== '') throw new EngineError(`MARU_ENGINE is "ffmpeg" or "webcodecs", not "${named}"`);
  try {
    return await FfmpegEngine.find();
  } catch (error) {
    return napiEngine().catch(() => {
      throw error; // what to install is best said of ffmpeg
    });
  }
}

/** The engine over `@napi-rs/webcodecs`; rejects where it was not installed. */
export async function napiEngine(): Promise<MediaEngine> {
  let module: unknown;
  try {
    module = await import(NAPI_WEBCODECS);
  } catch (error) {
    throw new EngineError(`${NAPI_WEBCODECS} cannot be loaded: npm install ${NAPI_WEBCODECS}`, { cause: error });
  }
  if (!isWebCodecsModule(module)) throw new EngineError(`${NAPI_WEBCODECS} has not the classes of WebCodecs`);
  return WebCodecsEngine.over(NAPI_WEBCODECS, module);
}
