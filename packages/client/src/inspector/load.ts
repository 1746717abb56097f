import { MaruError } from '../errors.js';
import { isRecord, type JsonValue } from '../json.js';
import { parseText } from '../signaling/parse-text.js';
import { INSPECTION_FORMAT } from './export.js';
import {
  type EntryKind,
  type InspectedCandidate,
  type InspectedConnection,
  type InspectedDescription,
  type InspectedPair,
  type InspectedTransport,
  type Inspection,
  type InspectionEntry,
  SERIES_NAMES,
  type SeriesName,
} from './inspection.js';
import { MEANING_KEYS, type Meaning, type MeaningKey } from './meaning.js';

/** Larger than anything that `export()` writes. */
const MAX_CHARS = 64 * 1024 * 1024;

/** Reads what `export()` wrote. Throws `inspector/invalid-file` with what was expected and where. */
export function loadInspection(text: string): Inspection {
  if (text.length > MAX_CHARS) fail('file', 'at most 64 MiB');
  const file = new Node(parseText(text), 'file');
  if (file.text('format') !== INSPECTION_FORMAT.name) fail('format', `"${INSPECTION_FORMAT.name}"`);
  const version = file.number('version');
  if (version !== INSPECTION_FORMAT.version) fail('version', `${INSPECTION_FORMAT.version}, got ${version}`);
  const connections = file.list('connections').map(readConnection);
  return {
    startedAt: file.number('startedAt'),
    userAgent: file.text('userAgent'),
    selfId: file.optionalText('selfId'),
    entriesDropped: file.number('entriesDropped'),
    entries: file.list('entries').map(readEntry),
    connections: new Map(connections.map((connection) => [connection.connectionId, connection])),
  };
}

function fail(where: string, expected: string): never {
  throw new MaruError('inspector/invalid-file', `${where}: expected ${expected}`);
}

/** An object of the file at a known place. */
class Node {
  private readonly fields: Record<string, unknown>;

  constructor(
    value: unknown,
    private readonly path: string,
  ) {
    if (!isRecord(value)) fail(path, 'an object');
    this.fields = value;
  }

  text(name: string): string {
    return this.optionalText(name) ?? fail(`${this.path}.${name}`, 'a text');
  }

  optionalText(name: string): string | undefined {
    return this.optional(name, 'a text', (value) => typeof value === 'string');
  }

  number(name: string): number {
    return this.optionalNumber(name) ?? fail(`${this.path}.${name}`, 'a number');
  }

  optionalNumber(name: string): number | undefined {
    return this.optional(name, 'a number', (value) => typeof value === 'number' && Number.isFinite(value));
  }

  flag(name: string): boolean {
    return (
      this.optional<boolean>(name, 'true or false', (value) => typeof value === 'boolean') ??
      fail(`${this.path}.${name}`, 'true or false')
    );
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value {
    return this.optionalOneOf(name, values) ?? fail(`${this.path}.${name}`, values.join(' or '));
  }

  optionalOneOf<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    return this.optional(name, values.join(' or '), (value) => values.includes(value as Value));
  }

  node(name: string): Node {
    return new Node(this.fields[name], `${this.path}.${name}`);
  }

  optionalNode(name: string): Node | undefined {
    return this.fields[name] === undefined || this.fields[name] === null ? undefined : this.node(name);
  }

  list(name: string): Node[] {
    return this.values(name).map((value, index) => new Node(value, `${this.path}.${name}[${index}]`));
  }

  numbers(name: string): (number | null)[] {
    return this.values(name).map((value, index) =>
      value === null || typeof value === 'number' ? value : fail(`${this.path}.${name}[${index}]`, 'a number or null'),
    );
  }

  json(name: string): JsonValue {
    return (this.fields[name] ?? null) as JsonValue; // it came out of JSON.parse
  }

  private values(name: string): unknown[] {
    const value = this.fields[name];
    return Array.isArray(value) ? value : fail(`${this.path}.${name}`, 'a list');
  }

  private optional<Value>(name: string, expected: string, check: (value: unknown) => boolean): Value | undefined {
    const value = Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
    if (value === undefined || value === null) return undefined;
    return check(value) ? (value as Value) : fail(`${this.path}.${name}`, expected);
  }
}

const ENTRY_KINDS: readonly EntryKind[] = ['browser-call', 'browser-event', 'wire-out', 'wire-in'];

function readEntry(node: Node): InspectionEntry {
  return {
    id: node.number('id'),
    atMs: node.number('atMs'),
    kind: node.oneOf('kind', ENTRY_KINDS),
    connectionId: node.optionalText('connectionId'),
    name: node.text('name'),
    detail: node.json('detail'),
    meaning: readMeaning(node.optionalNode('meaning')),
  };
}

function readMeaning(node: Node | undefined): Meaning | undefined {
  if (!node) return undefined;
  const key = node.optionalText('key');
  if (!isMeaningKey(key)) return undefined; // of a newer version: shown without a sentence
  const params = node.json('params');
  const plain = isRecord(params)
    ? Object.entries(params).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    : [];
  return { key, params: Object.fromEntries(plain) as Meaning['params'] };
}

function isMeaningKey(key: string | undefined): key is MeaningKey {
  return (MEANING_KEYS as readonly (string | undefined)[]).includes(key);
}

function readConnection(node: Node): InspectedConnection {
  const states = node.node('states');
  return {
    connectionId: node.text('connectionId'),
    name: node.optionalText('name'),
    joinedAtMs: node.number('joinedAtMs'),
    leftAtMs: node.optionalNumber('leftAtMs'),
    polite: node.flag('polite'),
    states: {
      signaling: states.text('signaling'),
      iceGathering: states.text('iceGathering'),
      iceConnection: states.text('iceConnection'),
      connection: states.text('connection'),
    },
    descriptions: node.list('descriptions').map(readDescription),
    candidates: node.list('candidates').map(readCandidate),
    pairs: node.list('pairs').map(readPair),
    selectedPairId: node.optionalText('selectedPairId'),
    transport: readTransport(node.optionalNode('transport')),
    series: readSeries(node.node('series')),
  };
}

function readDescription(node: Node): InspectedDescription {
  return {
    id: node.number('id'),
    atMs: node.number('atMs'),
    side: node.oneOf('side', ['local', 'remote']),
    type: node.oneOf('type', ['offer', 'answer', 'pranswer', 'rollback']),
    sdp: node.text('sdp'),
  };
}

function readCandidate(node: Node): InspectedCandidate {
  return {
    id: node.text('id'),
    atMs: node.number('atMs'),
    side: node.oneOf('side', ['local', 'remote']),
    type: node.oneOf('type', ['host', 'srflx', 'prflx', 'relay']),
    protocol: node.oneOf('protocol', ['udp', 'tcp']),
    address: node.text('address'),
    port: node.number('port'),
    priority: node.optionalNumber('priority'),
    relatedAddress: node.optionalText('relatedAddress'),
    relatedPort: node.optionalNumber('relatedPort'),
    tcpType: node.optionalText('tcpType'),
    relayProtocol: node.optionalOneOf('relayProtocol', ['udp', 'tcp', 'tls']),
    url: node.optionalText('url'),
    ufrag: node.optionalText('ufrag'),
  };
}

function readPair(node: Node): InspectedPair {
  return {
    id: node.text('id'),
    localCandidateId: node.text('localCandidateId'),
    remoteCandidateId: node.text('remoteCandidateId'),
    state: node.oneOf('state', ['frozen', 'waiting', 'in-progress', 'failed', 'succeeded']),
    nominated: node.flag('nominated'),
    selected: node.flag('selected'),
    seenAtMs: node.number('seenAtMs'),
    selectedAtMs: node.optionalNumber('selectedAtMs'),
    rttMs: node.optionalNumber('rttMs'),
    requestsSent: node.optionalNumber('requestsSent'),
    responsesReceived: node.optionalNumber('responsesReceived'),
    bytesSent: node.optionalNumber('bytesSent'),
    bytesReceived: node.optionalNumber('bytesReceived'),
  };
}

function readTransport(node: Node | undefined): InspectedTransport | undefined {
  if (!node) return undefined;
  return {
    iceRole: node.oneOf('iceRole', ['controlling', 'controlled', 'unknown']),
    iceState: node.optionalText('iceState'),
    dtlsState: node.optionalText('dtlsState'),
    dtlsRole: node.optionalOneOf('dtlsRole', ['client', 'server', 'unknown']),
    dtlsVersion: node.optionalText('dtlsVersion'),
    dtlsCipher: node.optionalText('dtlsCipher'),
    srtpCipher: node.optionalText('srtpCipher'),
    localFingerprint: node.optionalText('localFingerprint'),
    remoteFingerprint: node.optionalText('remoteFingerprint'),
  };
}

function readSeries(node: Node): InspectedConnection['series'] {
  const atMs = node.numbers('atMs').map((value) => value ?? 0);
  const values = node.node('values');
  const columns = SERIES_NAMES.map((name) => [name, values.numbers(name)] as const);
  for (const [name, column] of columns) if (column.length !== atMs.length) fail(`series.${name}`, `${atMs.length} values`);
  return { atMs, values: Object.fromEntries(columns) as Record<SeriesName, (number | null)[]> };
}
