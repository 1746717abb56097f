import type { ParticipantStats, SubscriptionWhy as Why, WhySample } from '@maru/sfu';
import type { SubscriptionWhy } from '@maru/signaling';
import { isoOf } from '../domain/index.js';

/** The answers of the media server as the API gives them. */
export function whyShape(
  connection: string,
  whys: readonly Why[],
  stats: ParticipantStats,
  nowMs: number,
): readonly SubscriptionWhy[] {
  const spentBps = whys.reduce((sum, { layer }) => sum + (layer?.bitrateBps ?? 0), 0);
  return whys.map(({ connection: publisher, stream, track, layer, best, wanted, estimateBps, limitedBy, history }) => ({
    connection,
    stream,
    publisher,
    track,
    layer: layer && { ...layer },
    best: best && { ...best },
    limitedBy,
    since: isoOf(sinceOf(history, nowMs)),
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

/** When what holds now began: the same layer, for the same reason, without a break. */
function sinceOf(history: readonly WhySample[], nowMs: number): number {
  let sinceMs = nowMs;
  const last = history.at(-1);
  for (let i = history.length - 1; i >= 0; i--) {
    const { at, layer, limitedBy } = history[i]!;
    if (layer !== last?.layer || limitedBy !== last.limitedBy) break;
    sinceMs = at;
  }
  return sinceMs;
}
