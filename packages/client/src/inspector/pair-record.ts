import type { PairFigures } from '../stats/connection-stats.js';
import { entriesOf, numberOf, type StatsEntry, type StatsReport, textOf } from '../stats/report.js';
import { selectedPath } from '../stats/selected-path.js';
import {
  type InspectedCandidate,
  type InspectedConnection,
  type InspectedDescription,
  type InspectedPair,
  type InspectedTransport,
  SERIES_NAMES,
  type SeriesName,
} from './inspection.js';
import { redactSdp } from './redact.js';

const MAX_DESCRIPTIONS = 60;
const MAX_CANDIDATES = 200;
const MAX_PAIRS = 300;
/** Two minutes of a point a second. */
const SERIES_LENGTH = 120;

/** What the inspector keeps of one pair. All collections are bounded; the oldest go first. */
export class PairRecord implements InspectedConnection {
  leftAtMs: number | undefined;
  states = { signaling: 'stable', iceGathering: 'new', iceConnection: 'new', connection: 'new' };
  readonly descriptions: InspectedDescription[] = [];
  selectedPairId: string | undefined;
  transport: InspectedTransport | undefined;
  readonly series = { atMs: [] as number[], values: emptySeries() };
  private readonly candidateById = new Map<string, InspectedCandidate>();
  private readonly pairById = new Map<string, InspectedPair>();
  private descriptionCount = 0;

  constructor(
    readonly connectionId: string,
    readonly name: string | undefined,
    readonly joinedAtMs: number,
    readonly polite: boolean,
  ) {}

  get candidates(): readonly InspectedCandidate[] {
    return [...this.candidateById.values()];
  }

  get pairs(): readonly InspectedPair[] {
    return [...this.pairById.values()];
  }

  addDescription(atMs: number, side: 'local' | 'remote', type: RTCSdpType, sdp: string): void {
    this.descriptions.push({ id: ++this.descriptionCount, atMs, side, type, sdp: redactSdp(sdp) });
    if (this.descriptions.length > MAX_DESCRIPTIONS) this.descriptions.shift();
  }

  addCandidate(atMs: number, side: 'local' | 'remote', init: RTCIceCandidateInit): void {
    const candidate = parseCandidate(atMs, side, init);
    if (candidate && this.candidateById.size < MAX_CANDIDATES) this.candidateById.set(candidate.id, candidate);
  }

  /** Takes a second's report; returns the pair that was selected by it, if another one than before. */
  addReport(atMs: number, report: StatsReport, figures: PairFigures): InspectedPair | undefined {
    for (const type of ['local-candidate', 'remote-candidate'])
      for (const entry of entriesOf(report, type)) this.mergeCandidate(atMs, entry);
    const selectedId = selectedPath(report)?.pair.id;
    for (const entry of entriesOf(report, 'candidate-pair')) this.mergePair(atMs, entry, entry.id === selectedId);
    this.transport = transportOf(report) ?? this.transport;
    this.addPoint(atMs, figures);
    if (selectedId === this.selectedPairId) return undefined;
    this.selectedPairId = selectedId;
    return selectedId === undefined ? undefined : this.pairById.get(selectedId);
  }

  /** `getStats` knows candidates by other ids than the wire does: those that say the same are one. */
  private mergeCandidate(atMs: number, entry: StatsEntry): void {
    const side = entry.type === 'local-candidate' ? 'local' : 'remote';
    const address = textOf(entry, 'address') ?? textOf(entry, 'ip') ?? '';
    const port = numberOf(entry, 'port') ?? 0;
    const protocol = textOf(entry, 'protocol') === 'tcp' ? 'tcp' : 'udp';
    const type = candidateType(textOf(entry, 'candidateType'));
    const known =
      this.candidateById.get(entry.id) ??
      [...this.candidateById.values()].find(
        (one) =>
          one.side === side &&
          one.port === port &&
          one.protocol === protocol &&
          one.type === type &&
          sameAddress(one.address, address),
      );
    if (known) this.candidateById.delete(known.id);
    else if (this.candidateById.size >= MAX_CANDIDATES) return;
    this.candidateById.set(entry.id, {
      id: entry.id,
      atMs: known?.atMs ?? atMs,
      side,
      type,
      protocol,
      address: address || (known?.address ?? ''),
      port,
      priority: numberOf(entry, 'priority') ?? known?.priority,
      relatedAddress: textOf(entry, 'relatedAddress') ?? known?.relatedAddress,
      relatedPort: numberOf(entry, 'relatedPort') ?? known?.relatedPort,
      tcpType: textOf(entry, 'tcpType') ?? known?.tcpType,
      relayProtocol: relayProtocol(textOf(entry, 'relayProtocol')),
      url: textOf(entry, 'url') ?? known?.url,
      ufrag: textOf(entry, 'usernameFragment') ?? known?.ufrag,
    });
  }

  private mergePair(atMs: number, entry: StatsEntry, selected: boolean): void {
    const known = this.pairById.get(entry.id);
    if (!known && this.pairById.size >= MAX_PAIRS) return;
    const rtt = numberOf(entry, 'currentRoundTripTime');
    this.pairById.set(entry.id, {
      id: entry.id,
      localCandidateId: textOf(entry, 'localCandidateId') ?? '',
      remoteCandidateId: textOf(entry, 'remoteCandidateId') ?? '',
      state: pairState(textOf(entry, 'state')),
      nominated: entry['nominated'] === true,
      selected,
      seenAtMs: known?.seenAtMs ?? atMs,
      selectedAtMs: selected ? (known?.selectedAtMs ?? atMs) : known?.selectedAtMs,
      rttMs: rtt === undefined ? undefined : rtt * 1000,
      requestsSent: numberOf(entry, 'requestsSent'),
      responsesReceived: numberOf(entry, 'responsesReceived'),
      bytesSent: numberOf(entry, 'bytesSent'),
      bytesReceived: numberOf(entry, 'bytesReceived'),
    });
  }

  private addPoint(atMs: number, figures: PairFigures): void {
    const { atMs: times, values } = this.series;
    times.push(Math.round(atMs));
    for (const name of SERIES_NAMES) values[name].push(pointOf(figures, name));
    if (times.length <= SERIES_LENGTH) return;
    times.shift();
    for (const name of SERIES_NAMES) values[name].shift();
  }
}

function emptySeries(): Record<SeriesName, (number | null)[]> {
  return Object.fromEntries(SERIES_NAMES.map((name) => [name, []])) as unknown as Record<SeriesName, (number | null)[]>;
}

function pointOf(figures: PairFigures, name: SeriesName): number | null {
  const largest = (direction: 'sending' | 'receiving', field: 'framesPerSecond' | 'height'): number | null => {
    const values = figures.tracks.filter((track) => track.direction === direction).flatMap((track) => track[field] ?? []);
    return values.length === 0 ? null : Math.max(...values);
  };
  switch (name) {
    case 'framesUp':
      return largest('sending', 'framesPerSecond');
    case 'framesDown':
      return largest('receiving', 'framesPerSecond');
    case 'heightUp':
      return largest('sending', 'height');
    case 'heightDown':
      return largest('receiving', 'height');
    default:
      return figures[name] ?? null;
  }
}

/** The fields of a candidate line (RFC 8839 §5.1) that are shown. */
export function parseCandidate(
  atMs: number,
  side: 'local' | 'remote',
  init: RTCIceCandidateInit,
): InspectedCandidate | undefined {
  const words = (init.candidate ?? '').replace(/^(a=)?candidate:/, '').split(' ');
  const [foundation, , protocol, priority, address, port, , type] = words;
  if (!foundation || !address || type === undefined) return undefined;
  const extension = (name: string): string | undefined => {
    const at = words.indexOf(name, 8);
    return at < 0 ? undefined : words[at + 1];
  };
  const relatedPort = Number(extension('rport'));
  return {
    id: `${side}/${foundation}/${protocol}/${address}/${port}`,
    atMs,
    side,
    type: candidateType(type),
    protocol: protocol?.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
    address,
    port: Number(port) || 0,
    priority: Number(priority) || undefined,
    relatedAddress: extension('raddr'),
    relatedPort: Number.isFinite(relatedPort) ? relatedPort : undefined,
    tcpType: extension('tcptype'),
    relayProtocol: undefined,
    url: undefined,
    ufrag: init.usernameFragment ?? extension('ufrag'),
  };
}

/** Browsers hide addresses in stats that they tell in candidates, or the other way round: an unknown one is no contradiction. */
function sameAddress(a: string, b: string): boolean {
  return a === b || a === '' || b === '' || a.endsWith('.local') || b.endsWith('.local');
}

function candidateType(type: string | undefined): InspectedCandidate['type'] {
  return type === 'srflx' || type === 'prflx' || type === 'relay' ? type : type === 'serverreflexive' ? 'srflx' : 'host';
}

function relayProtocol(name: string | undefined): InspectedCandidate['relayProtocol'] {
  return name === 'udp' || name === 'tcp' || name === 'tls' ? name : undefined;
}

function pairState(state: string | undefined): InspectedPair['state'] {
  switch (state) {
    case 'waiting':
    case 'failed':
    case 'succeeded':
    case 'in-progress':
      return state;
    case 'inprogress':
      return 'in-progress';
    default:
      return 'frozen';
  }
}

const TLS_VERSIONS: Readonly<Record<string, string>> = { FEFF: '1.0', FEFD: '1.2', FEFC: '1.3' };

function transportOf(report: StatsReport): InspectedTransport | undefined {
  const [transport] = entriesOf(report, 'transport');
  if (!transport) return undefined;
  const certificate = (name: string): string | undefined => textOf(report.get(textOf(transport, name) ?? ''), 'fingerprint');
  const version = textOf(transport, 'tlsVersion');
  const role = textOf(transport, 'iceRole');
  const dtlsRole = textOf(transport, 'dtlsRole');
  return {
    iceRole: role === 'controlling' || role === 'controlled' ? role : 'unknown',
    iceState: textOf(transport, 'iceState'),
    dtlsState: textOf(transport, 'dtlsState'),
    dtlsRole: dtlsRole === 'client' || dtlsRole === 'server' || dtlsRole === 'unknown' ? dtlsRole : undefined,
    dtlsVersion: version && (TLS_VERSIONS[version.toUpperCase()] ?? version),
    dtlsCipher: textOf(transport, 'dtlsCipher'),
    srtpCipher: textOf(transport, 'srtpCipher'),
    localFingerprint: certificate('localCertificateId'),
    remoteFingerprint: certificate('remoteCertificateId'),
  };
}
