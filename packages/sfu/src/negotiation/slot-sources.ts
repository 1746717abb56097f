import type { RandomSource } from '@maru/protocol/core';
import type { MediaKind } from '../core/index.js';

/** The SSRCs of a slot, the same as long as its section is used for the same codecs, whatever the slot shows. */
export interface SlotSource {
  readonly ssrc: number;
  readonly rtxSsrc: number;
  /** What the section is used for; only compared. */
  readonly use: string;
  readonly kind: MediaKind;
  /** The first slot for sound and the first for pictures are a pair, and so on: browsers play the two in step. For life. */
  readonly pair: number;
}

/** A section that is to be a slot. */
export interface SlotUse {
  readonly kind: MediaKind;
  readonly use: string;
}

/**
 * SSRCs for slots by mid, each with its use: those of `known` where the use is the same, new ones elsewhere. Under one key no packet number of an
 * SSRC may come twice (RFC 3711 §9.1), so a slot that begins anew begins with another SSRC, and one that is gone never comes back.
 */
export function sourcesFor(
  known: ReadonlyMap<string, SlotSource>,
  uses: ReadonlyMap<string, SlotUse>,
  taken: ReadonlySet<number>,
  random: RandomSource,
): ReadonlyMap<string, SlotSource> {
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
  const sources = new Map<string, SlotSource>();
  const same = new Map<string, string>(); // slots of one kind are used alike: one text for all of them
  for (const { use } of known.values()) same.set(use, use);
  const pairs = { audio: new Set<number>(), video: new Set<number>() };
  for (const [mid, { kind, pair }] of known) if (uses.has(mid)) pairs[kind].add(pair);
  for (const [mid, { kind, use }] of uses) {
    const before = known.get(mid);
    if (!same.has(use)) same.set(use, use);
    if (before?.use === use) sources.set(mid, before);
    else
      sources.set(mid, {
        ssrc: fresh(),
        rtxSsrc: fresh(),
        use: same.get(use)!,
        kind,
        pair: before?.pair ?? leastOf(pairs[kind]),
      });
  }
  return sources;
}

/** The least number that is not in `taken`, which has it from then on. */
function leastOf(taken: Set<number>): number {
  let number = 0;
  while (taken.has(number)) number += 1;
  taken.add(number);
  return number;
}
