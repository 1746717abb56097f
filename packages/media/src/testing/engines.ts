import type { TestContext } from 'vitest';
import { FfmpegEngine } from '../engine/ffmpeg/ffmpeg-engine.js';
import { napiEngine } from '../engine/find-engine.js';
import type { MediaEngine } from '../engine/media-engine.js';
import { NodeAvEngine } from '../engine/node-av/node-av-engine.js';
import { WebCodecsEngine } from '../engine/webcodecs/webcodecs-engine.js';
import { isWebCodecsModule } from '../engine/webcodecs/webcodecs-module.js';
import * as own from '../index.js';

interface NamedEngine {
  readonly name: string;
  /** Why it is not tested here: it comes in a package that users may install, and is not there. */
  readonly missing?: string;
  find(): Promise<MediaEngine>;
}

/** An engine of a package that is not among our dependencies. */
async function optional(name: string, find: () => Promise<MediaEngine>): Promise<NamedEngine> {
  const missing = await find().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return { name, find, ...(missing !== undefined && { missing }) };
}

/** The engines that there are, which all do the same; tests say of those that are missing why they are skipped. */
export const ENGINES: readonly NamedEngine[] = [
  { name: 'ffmpeg', find: () => FfmpegEngine.find() },
  await optional('node-av', () => NodeAvEngine.find()),
  await optional('@napi-rs/webcodecs', napiEngine),
];

/** Skips a test of an engine that does not encode `codec`, or not in so many layers. */
export function needs(engine: MediaEngine, codec: string, context: TestContext, layers = 1): void {
  if (!engine.encodes.has(codec)) context.skip(`${engine.name} does not encode ${codec} fast enough for calls`);
  if ((engine.temporalLayers?.get(codec) ?? 1) < layers) context.skip(`${engine.name} makes no temporal layers of ${codec}`);
}

/** The adapter of WebCodecs modules over our own classes, which are such a module. */
export const OWN_WEBCODECS: NamedEngine = {
  name: 'WebCodecs (our own)',
  find: () => {
    const module: unknown = { ...own };
    if (!isWebCodecsModule(module)) throw new Error('our own classes are no WebCodecs');
    return WebCodecsEngine.over('webcodecs', module);
  },
};
