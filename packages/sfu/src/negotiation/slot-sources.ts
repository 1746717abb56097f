import type { RandomSource } from '@maru/protocol/core';

/** The SSRCs of a slot, the same as long as the participant is there, whatever the slot shows. */
export interface SlotSource {
  readonly ssrc: number;
  readonly rtxSsrc: number;
}

/** `known` with SSRCs for `mids` that have none, all different from each other and from `taken`. */
export function withSources(
  known: ReadonlyMap<string, SlotSource>,
  mids: readonly string[],
  taken: ReadonlySet<number>,
  random: RandomSource,
): ReadonlyMap<string, SlotSource> {
  const missing = mids.filter((mid) => !known.has(mid));
  if (missing.length === 0) return known;
  const used = new Set(taken);
  for (const { ssrc, rtxSsrc } of known.values()) used.add(ssrc).add(rtxSsrc);
  const fresh = (): number => {
    for (;;) {
      const ssrc = random.uint32();
      if (ssrc === 0 || used.has(ssrc)) continue;
      used.add(ssrc);
      return ssrc;
    }
  };
  const sources = new Map(known);
  for (const mid of missing) sources.set(mid, { ssrc: fresh(), rtxSsrc: fresh() });
  return sources;
}
