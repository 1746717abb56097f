import type { ParticipantStats, SubscriptionWhy as Why } from '@maru/sfu';
import type { SubscriptionWhy, Tile } from '@maru/signaling';
import { isoOf } from '../domain/index.js';

/** The answers of the media server as the API gives them. */
export function whyShape(
  connection: string,
  whys: readonly Why[],
  stats: ParticipantStats,
  tiles: readonly Tile[],
): readonly SubscriptionWhy[] {
  const spentBps = whys.reduce((sum, { layer }) => sum + (layer?.bitrateBps ?? 0), 0);
  return whys.map(({ stream, track, layer, estimateBps, limitedBy, history }) => {
    const tile = tiles.find((one) => one.stream === stream);
    return {
      connection,
      stream,
      track,
      layer: layer && { ...layer },
      limitedBy,
      tile: {
        width: tile?.width ?? 0,
        height: tile?.height ?? 0,
        visible: tile?.visible ?? true,
        priority: tile?.priority ?? 1,
      },
      estimateBps,
      spentBps,
      rttMs: stats.roundTripMs ?? null,
      lossFraction: stats.lossToward,
      history: history.map(({ at, layer: text, bitrateBps, estimateBps: estimate, lossRatio, limitedBy: factor }) => ({
        at: isoOf(at),
        layer: text,
        bitrateBps,
        estimateBps: estimate,
        lossFraction: lossRatio,
        limitedBy: factor,
      })),
    };
  });
}
