import type { SubscriptionWhy } from '@maru/signaling';
import type { MediaConnectionInfo, MediaTrouble } from '@maru/signaling/rest';
import { formatBitrate, formatMilliseconds, formatShare } from '../hall/model/quality.js';
import { mediaWords } from './texts.js';

/** Factors that somebody may want to do something about; the others are as people wanted it. */
const HELD_BACK: ReadonlySet<SubscriptionWhy['limitedBy']> = new Set(['network', 'server', 'codec', 'no-slot']);

/** What is wrong with the way of a connection, a sentence each, the worst first. */
export function troubleSentences(one: MediaConnectionInfo): string[] {
  return one.troubles.map((trouble) => sentenceOf(trouble, one));
}

function sentenceOf(trouble: MediaTrouble, one: MediaConnectionInfo): string {
  const { troubles } = mediaWords();
  switch (trouble) {
    case 'not-connected':
      return troubles.notConnected;
    case 'downlink-loss':
      return troubles.lossDown(formatShare(one.lossDownFraction));
    case 'uplink-loss':
      return troubles.lossUp(formatShare(one.lossUpFraction));
    case 'slow-downlink':
      return troubles.slow(formatBitrate(one.estimateBps ?? 0));
    case 'long-way':
      return troubles.longWay(formatMilliseconds(one.rttMs ?? 0));
  }
}

/** A picture that comes smaller than it could, or not at all, for a reason worth telling. */
export interface HeldBack {
  readonly stream: string;
  readonly limitedBy: SubscriptionWhy['limitedBy'];
  readonly sentence: string;
}

/** Which pictures a connection gets worse than it could, in sentences. */
export function heldBack(whys: readonly SubscriptionWhy[], nameOf: (connection: string) => string): HeldBack[] {
  const { instead, fewer, nothing, reasons } = mediaWords();
  return whys
    .filter(
      ({ track, limitedBy, layer, best }) =>
        track === 'video' && HELD_BACK.has(limitedBy) && best !== null && !isSame(layer, best),
    )
    .map(({ stream, publisher, layer, best, since, limitedBy }) => {
      const got = layer ? describeLayer(layer) : nothing;
      const why = reasons[limitedBy] ?? limitedBy;
      if (layer && isSameSize(layer, best!))
        return { stream, limitedBy, sentence: fewer(nameOf(publisher), got, timeOf(since), why) };
      return { stream, limitedBy, sentence: instead(nameOf(publisher), got, describeLayer(best!), timeOf(since), why) };
    });
}

type Layer = NonNullable<SubscriptionWhy['layer']>;

const isSameSize = (a: Layer, b: Layer): boolean => a.rid === b.rid && a.spatial === b.spatial;

const isSame = (a: Layer | null, b: Layer): boolean => a !== null && isSameSize(a, b) && a.temporal >= b.temporal;

/** 640 × 360 (h): by its size and its name in the simulcast, as far as they are known. */
export function describeLayer({ rid, width, height, bitrateBps }: Layer): string {
  const size = width > 0 && height > 0 ? `${width} × ${height}` : formatBitrate(bitrateBps);
  return rid === null ? size : `${size} (${rid})`;
}

/** The time of day on this machine's clock. */
export function timeOf(iso: string): string {
  return new Date(iso).toLocaleTimeString('en-GB');
}
