import type { SubscriptionWhy } from '@maru/client';

type WhyEntry = SubscriptionWhy['history'][number];

/** A time in which one layer came for one reason. */
export interface WhyStretch {
  /** ISO, of its first moment. */
  readonly from: string;
  /** As the server names it: `f 1280x720`; empty: nothing came. */
  readonly layer: string;
  readonly limitedBy: WhyEntry['limitedBy'];
  /** The mean of what was noted. */
  readonly bitrateBps: number;
  /** What the way was believed to carry, at the least. */
  readonly leastEstimateBps: number;
  /** Of the packets, at the most. */
  readonly mostLoss: number;
}

/** The last ten minutes of a subscription, the newest first: what was noted again and again without a change is one stretch. */
export function stretchesOf(history: readonly WhyEntry[]): WhyStretch[] {
  const stretches: WhyEntry[][] = [];
  for (const entry of history) {
    const last = stretches.at(-1);
    if (last && last[0]!.layer === entry.layer && last[0]!.limitedBy === entry.limitedBy) last.push(entry);
    else stretches.push([entry]);
  }
  return stretches.toReversed().map((entries) => {
    const { at: from, layer, limitedBy } = entries[0]!;
    return {
      from,
      layer,
      limitedBy,
      bitrateBps: entries.reduce((sum, { bitrateBps }) => sum + bitrateBps, 0) / entries.length,
      leastEstimateBps: Math.min(...entries.map(({ estimateBps }) => estimateBps)),
      mostLoss: Math.max(...entries.map(({ lossFraction }) => lossFraction)),
    };
  });
}

/** The size in the server's name of a layer, as people write it; empty where it names none. */
export function sizeIn(layer: string): string {
  const [, width, height] = /(\d+)x(\d+)/.exec(layer) ?? [];
  return width && height ? `${width} × ${height}` : '';
}
