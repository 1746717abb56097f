import type { ParticipantStats, SubscriptionWhy as Why } from '@maru/sfu';
import type { SubscriptionWhy } from '@maru/signaling';
import { isoOf } from '../domain/index.js';

/** The answers of the media server as the API gives them. */
export function whyShape(connection: string, whys: readonly Why[], stats: ParticipantStats): readonly SubscriptionWhy[] {
  const spentBps = whys.reduce((sum, { layer }) => sum + (layer?.bitrateBps ?? 0), 0);
  return whys.map(({ stream, track, layer, wanted, estimateBps, limitedBy, history }) => ({
    connection,
    stream,
    track,
    layer: layer && { ...layer },
    limitedBy,
    tile: { ...wanted },
    estimateBps,
    spentBps,
    rttMs: stats.roundTripMs ?? null,
    lossFraction: stats.lossToward ?? 0,
    history: history.map(({ at, layer: text, bitrateBps, estimateBps: estimate, lossRatio, limitedBy: factor }) => ({
      at: isoOf(at),
      layer: text,
      bitrateBps,
      estimateBps: estimate,
      lossFraction: lossRatio,
      limitedBy: factor,
    })),
  }));
}
