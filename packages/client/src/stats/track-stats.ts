import type { StreamKind, TrackKind } from '../stream.js';
import type { TrackStats } from './call-stats.js';
import {
  entriesOf,
  growth,
  numberOf,
  rate,
  referred,
  type StatsEntry,
  type StatsReport,
  secondsSince,
  textOf,
} from './report.js';

/** Which stream sits on a media section. */
export interface TrackOwner {
  readonly streamId: string;
  readonly streamKind: StreamKind | undefined;
}

/** Finds the stream of a media section or, where a browser does not tell the section, of a track. */
export interface TrackOwners {
  sending(mid: string | undefined, kind: TrackKind): TrackOwner | undefined;
  receiving(mid: string | undefined, trackId: string | undefined): TrackOwner | undefined;
}

/** Reports to compare the newest with: of a second ago, for rates, and of some seconds ago, for what jumps too much by the second. */
export interface OlderReports {
  readonly second: StatsReport | undefined;
  readonly seconds: StatsReport | undefined;
}

/** The figures of every track of a pair, both ways. */
export function trackStats(report: StatsReport, older: OlderReports, owners: TrackOwners): TrackStats[] {
  const sent = entriesOf(report, 'outbound-rtp').flatMap((entry) => sentTrack(entry, report, older, owners) ?? []);
  const received = entriesOf(report, 'inbound-rtp').flatMap((entry) => receivedTrack(entry, report, older, owners) ?? []);
  return [...sent, ...received];
}

function sentTrack(entry: StatsEntry, report: StatsReport, older: OlderReports, owners: TrackOwners): TrackStats | undefined {
  const kind = kindOf(entry);
  if (!kind) return undefined;
  const atReceiver = entriesOf(report, 'remote-inbound-rtp').find((remote) => remote['localId'] === entry.id);
  const owner = owners.sending(textOf(entry, 'mid'), kind);
  return {
    ...common(entry, report, older, kind, owner),
    direction: 'sending',
    bitrateBps: 8 * ((rate(entry, older.second, 'bytesSent') ?? 0) + (rate(entry, older.second, 'headerBytesSent') ?? 0)),
    packetsPerSecond: rate(entry, older.second, 'packetsSent') ?? 0,
    frames: numberOf(entry, 'framesSent'),
    lossFraction: lossAtReceiver(atReceiver, entry, older.seconds),
    jitterMs: milliseconds(numberOf(atReceiver, 'jitter')),
    limitedBy: limitOf(entry),
    framesDropped: undefined,
    frozenFraction: undefined,
    playoutDelayMs: undefined,
    concealedFraction: undefined,
    audioLevel: numberOf(referred(report, entry, 'mediaSourceId'), 'audioLevel'),
  };
}

function receivedTrack(entry: StatsEntry, report: StatsReport, older: OlderReports, owners: TrackOwners): TrackStats | undefined {
  const kind = kindOf(entry);
  if (!kind) return undefined;
  const owner = owners.receiving(textOf(entry, 'mid'), textOf(entry, 'trackIdentifier'));
  const delay = growth(entry, older.second, 'jitterBufferDelay');
  const emitted = growth(entry, older.second, 'jitterBufferEmittedCount');
  return {
    ...common(entry, report, older, kind, owner),
    direction: 'receiving',
    bitrateBps: 8 * ((rate(entry, older.second, 'bytesReceived') ?? 0) + (rate(entry, older.second, 'headerBytesReceived') ?? 0)),
    packetsPerSecond: rate(entry, older.second, 'packetsReceived') ?? 0,
    frames: numberOf(entry, 'framesReceived'),
    lossFraction: fraction(growth(entry, older.seconds, 'packetsLost'), growth(entry, older.seconds, 'packetsReceived')),
    jitterMs: milliseconds(numberOf(entry, 'jitter')),
    limitedBy: undefined,
    framesDropped: growth(entry, older.second, 'framesDropped'),
    frozenFraction: kind === 'video' ? frozen(entry, older.second) : undefined,
    playoutDelayMs: emitted ? milliseconds((delay ?? 0) / emitted) : undefined,
    concealedFraction: share(
      growth(entry, older.second, 'concealedSamples'),
      growth(entry, older.second, 'totalSamplesReceived'),
    ),
    audioLevel: numberOf(entry, 'audioLevel'),
  };
}

function common(entry: StatsEntry, report: StatsReport, older: OlderReports, kind: TrackKind, owner: TrackOwner | undefined) {
  return {
    streamId: owner?.streamId,
    streamKind: owner?.streamKind,
    kind,
    codec: textOf(referred(report, entry, 'codecId'), 'mimeType')?.split('/')[1],
    width: numberOf(entry, 'frameWidth'),
    height: numberOf(entry, 'frameHeight'),
    framesPerSecond: numberOf(entry, 'framesPerSecond'),
    nackCount: growth(entry, older.second, 'nackCount'),
    keyframeRequests: growth(entry, older.second, 'pliCount'),
  };
}

/** From the counters where there are enough of them, otherwise the receiver's own fraction of its last RTCP report (RFC 3550 §6.4.1). */
function lossAtReceiver(remote: StatsEntry | undefined, sent: StatsEntry, older: StatsReport | undefined): number | undefined {
  if (!remote) return undefined;
  const lost = growth(remote, older, 'packetsLost');
  const packets = growth(sent, older, 'packetsSent');
  if (lost !== undefined && packets) return Math.min(1, lost / packets);
  return numberOf(remote, 'fractionLost');
}

/** Freezes are told by the browser when they end; while one lasts, no frame at all is decoded. */
function frozen(entry: StatsEntry, older: StatsReport | undefined): number | undefined {
  const seconds = secondsSince(entry, older);
  const decoded = growth(entry, older, 'framesDecoded');
  if (seconds === undefined || decoded === undefined) return undefined;
  if (decoded === 0) return 1;
  return Math.min(1, (growth(entry, older, 'totalFreezesDuration') ?? 0) / seconds);
}

function fraction(lost: number | undefined, arrived: number | undefined): number | undefined {
  if (lost === undefined || arrived === undefined || lost + arrived === 0) return undefined;
  return lost / (lost + arrived);
}

function share(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || !whole ? undefined : Math.min(1, part / whole);
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function kindOf(entry: StatsEntry): TrackKind | undefined {
  const kind = entry['kind'];
  return kind === 'audio' || kind === 'video' ? kind : undefined;
}

function limitOf(entry: StatsEntry): TrackStats['limitedBy'] {
  const reason = entry['qualityLimitationReason'];
  return reason === 'none' || reason === 'cpu' || reason === 'bandwidth' || reason === 'other' ? reason : undefined;
}
