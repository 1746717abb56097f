import type { ConnectionStats } from './call-stats.js';
import { entriesOf, numberOf, referred, type StatsEntry, type StatsReport, textOf } from './report.js';

/** The chosen candidate pair with both its candidates. */
export interface SelectedPath {
  readonly pair: StatsEntry;
  readonly local: StatsEntry | undefined;
  readonly remote: StatsEntry | undefined;
}

/** The pair that carries the traffic. Firefox names it in the pair (`selected`), others in the transport; either is read. */
export function selectedPath(report: StatsReport): SelectedPath | undefined {
  const [transport] = entriesOf(report, 'transport');
  const pair = referred(report, transport, 'selectedCandidatePairId') ?? busiest(entriesOf(report, 'candidate-pair'));
  if (!pair) return undefined;
  return { pair, local: referred(report, pair, 'localCandidateId'), remote: referred(report, pair, 'remoteCandidateId') };
}

function busiest(pairs: readonly StatsEntry[]): StatsEntry | undefined {
  const candidates = pairs.filter((pair) => pair['selected'] === true);
  const nominated =
    candidates.length > 0 ? candidates : pairs.filter((pair) => pair['nominated'] === true && pair['state'] === 'succeeded');
  return nominated.sort((a, b) => traffic(b) - traffic(a))[0];
}

function traffic(pair: StatsEntry): number {
  return (numberOf(pair, 'bytesSent') ?? 0) + (numberOf(pair, 'bytesReceived') ?? 0);
}

/** Direct, or relayed by either side's TURN server. */
export function pathKind(path: SelectedPath | undefined): ConnectionStats['path'] {
  if (!path) return 'unknown';
  const isRelay = (candidate: StatsEntry | undefined): boolean => candidate?.['candidateType'] === 'relay';
  return isRelay(path.local) || isRelay(path.remote) ? 'relayed' : 'direct';
}

/** What carries our half: the relay's protocol when it is relayed, otherwise the candidate's own. */
export function pathProtocol(path: SelectedPath | undefined): ConnectionStats['protocol'] {
  const name = textOf(path?.local, 'relayProtocol') ?? textOf(path?.local, 'protocol');
  return name === 'udp' || name === 'tcp' || name === 'tls' ? name : undefined;
}
