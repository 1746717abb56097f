import { temporalLayersOf } from '@maru/protocol/payload';
import type { MediaEngine } from '../engine/media-engine.js';

/** How many temporal layers `engine` makes in the codec `name` for a mode of webrtc-svc; undefined where it cannot. */
export function layersMade({ encodes, temporalLayers }: MediaEngine, name: string, scalabilityMode = 'L1T1'): number | undefined {
  const layers = temporalLayersOf(scalabilityMode);
  const known = [...encodes].find((one) => one.toLowerCase() === name.toLowerCase());
  if (layers === undefined || known === undefined) return undefined;
  return layers <= (temporalLayers?.get(known) ?? 1) ? layers : undefined;
}
