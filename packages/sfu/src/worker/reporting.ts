import type { Instant } from '@maru/protocol/core';
import type { Why } from '../core/index.js';
import type { ParticipantReport, ParticipantStats, SubscriptionWhy } from '../media-server/reports.js';
import type { LiveTrack } from './publications.js';
import type { WorkerParticipant } from './worker-participant.js';

/** What the admin page shows of a participant. */
export function participantReport({ connection, state, protocol, core }: WorkerParticipant): ParticipantReport {
  return { connection, state, protocol, ...core?.figures() };
}

export function participantStats(participant: WorkerParticipant, worker: number): ParticipantStats {
  return { ...participantReport(participant), worker };
}

/** Why a participant gets what it gets: of one stream, or of all. */
export function whyOf(
  participant: WorkerParticipant,
  stream: string | undefined,
  now: Instant,
  wallNow: number,
): SubscriptionWhy[] {
  const whys: SubscriptionWhy[] = [];
  for (const [track, subscription] of participant.subscribed) {
    if (stream === undefined || track.stream === stream) whys.push(subscriptionWhy(track, subscription.why(now), wallNow - now));
  }
  return whys;
}

/** The router's account in the words and the wall time of people. */
function subscriptionWhy(track: LiveTrack, why: Why, wallOffsetMs: number): SubscriptionWhy {
  const { layer, view, estimateBps, limitedBy, history } = why;
  return {
    connection: track.connection,
    stream: track.stream,
    track: track.kind,
    layer: layer
      ? {
          rid: track.rids.includes(layer.encoding) ? layer.encoding : null,
          spatial: layer.spatialId,
          temporal: layer.temporalId,
          width: layer.width,
          height: layer.height,
          framesPerSecond: layer.framesPerSecond,
          bitrateBps: layer.bitrateBps,
        }
      : null,
    wanted: { width: view.width, height: view.height, visible: view.isVisible, priority: view.priority },
    estimateBps,
    limitedBy,
    history: history.map(({ at, encoding, bitrateBps, estimateBps, lossShare, limitedBy }) => ({
      at: Math.round(at + wallOffsetMs),
      layer: encoding ?? '',
      bitrateBps,
      estimateBps,
      lossRatio: lossShare,
      limitedBy,
    })),
  };
}
