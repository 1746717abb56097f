import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation of this process as small as it is now. Every connection outlives it, so V8 would let it grow to
 * its full 48 MiB while people join, and idle connections would pay for that: 40 KiB each instead of 23 (1 000 connections,
 * `bench/signaling.bench.mjs`). The price is some 3 % of CPU per message. For whoever owns the process, once it has started.
 */
export function boundYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1'); // V8 reads this one each time it considers growing
}
