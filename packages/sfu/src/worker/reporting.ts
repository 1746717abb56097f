import type { Instant } from '@maru/protocol/core';
import type { ShownLayer, Why } from '../core/index.js';
import type { ForwardedLayer, ParticipantReport, SubscriptionWhy } from '../media-server/reports.js';
import type { LiveTrack } from './publications.js';
import type { WorkerParticipant } from './worker-participant.js';

/** What the admin page shows of a participant. */
export function participantReport({ connection, state, protocol, core }: WorkerParticipant, worker: number): ParticipantReport {
  return { connection, worker, state, protocol, ...core?.figures() };
}

/**
 * The same of many. Whose figures do not hold together is told to `broke`, and is missing once: the worker, whose report this is, and the
 * others go on.
 */
export function participantReports(
  participants: Iterable<WorkerParticipant>,
  worker: number,
  broke: (participant: WorkerParticipant, error: unknown) => void,
): ParticipantReport[] {
  const reports: ParticipantReport[] = [];
  for (const participant of participants) {
    try {
      reports.push(participantReport(participant, worker));
    } catch (error) {
      broke(participant, error);
    }
  }
  return reports;
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
  const { layer, best, view, estimateBps, limitedBy, history } = why;
  return {
    connection: track.connection,
    stream: track.stream,
    track: track.kind,
    layer: forwardedLayer(track, layer),
    best: forwardedLayer(track, best),
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

function forwardedLayer({ rids }: LiveTrack, layer: ShownLayer | undefined): ForwardedLayer | null {
  if (!layer) return null;
  const { encoding, spatialId, temporalId, width, height, framesPerSecond, bitrateBps } = layer;
  const rid = rids.includes(encoding) ? encoding : null;
  return { rid, spatial: spatialId, temporal: temporalId, width, height, framesPerSecond, bitrateBps };
}
