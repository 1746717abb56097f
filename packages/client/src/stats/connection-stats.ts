import type { ConnectionStats, TrackStats } from './call-stats.js';
import { entriesOf, numberOf, rate, type StatsEntry, type StatsReport } from './report.js';
import { pathKind, pathProtocol, selectedPath } from './selected-path.js';
import { type OlderReports, type TrackOwners, trackStats } from './track-stats.js';

/** Everything about a pair but its rating, which needs the other pairs too. */
export type PairFigures = Omit<ConnectionStats, 'quality'>;

/** Turns reports into the figures of one pair. Pure. */
export function pairFigures(
  connectionId: string,
  at: number,
  report: StatsReport,
  older: OlderReports,
  owners: TrackOwners,
): PairFigures {
  const path = selectedPath(report);
  const tracks = trackStats(report, older, owners);
  const [transport] = entriesOf(report, 'transport');
  const carrier = transport && numberOf(transport, 'bytesSent') !== undefined ? transport : path?.pair;
  return {
    connectionId,
    at,
    rttMs: roundTripMs(path?.pair, report),
    upBps: bitsPerSecond(carrier, older.second, 'bytesSent'),
    downBps: bitsPerSecond(carrier, older.second, 'bytesReceived'),
    availableUpBps: numberOf(path?.pair, 'availableOutgoingBitrate'),
    lossUp: worst(tracks, 'sending', 'lossFraction'),
    lossDown: worst(tracks, 'receiving', 'lossFraction'),
    jitterMs: worst(tracks, 'receiving', 'jitterMs'),
    path: pathKind(path),
    protocol: pathProtocol(path),
    tracks,
  };
}

function bitsPerSecond(entry: StatsEntry | undefined, older: StatsReport | undefined, name: string): number {
  return entry ? 8 * (rate(entry, older, name) ?? 0) : 0;
}

/** By STUN checks on the pair where the browser tells (RFC 7675), otherwise by RTCP (RFC 3550 §6.4.1). */
function roundTripMs(pair: StatsEntry | undefined, report: StatsReport): number | undefined {
  const byStun = numberOf(pair, 'currentRoundTripTime');
  if (byStun !== undefined) return byStun * 1000;
  const byRtcp = entriesOf(report, 'remote-inbound-rtp').flatMap((entry) => numberOf(entry, 'roundTripTime') ?? []);
  return byRtcp.length === 0 ? undefined : Math.min(...byRtcp) * 1000;
}

function worst(
  tracks: readonly TrackStats[],
  direction: TrackStats['direction'],
  name: 'lossFraction' | 'jitterMs',
): number | undefined {
  const values = tracks.filter((track) => track.direction === direction).flatMap((track) => track[name] ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}
