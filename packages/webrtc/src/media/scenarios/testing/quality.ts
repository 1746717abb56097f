import type { LinkProfile } from '@maru/netsim';
import { type CallFigures, figuresOf } from './figures.js';
import { VirtualCall } from './virtual-call.js';
import { FRAME_MS } from './virtual-camera.js';

/** A call over `link`, both ways, for so long. */
export async function callOver(link: LinkProfile, durationMs: number, seed = 1): Promise<CallFigures> {
  const call = await VirtualCall.begin({ seed, link });
  try {
    await call.run(durationMs);
    const figures = await figuresOf(call, durationMs);
    await call.run(FRAME_MS);
    return figures;
  } finally {
    call.close();
  }
}
