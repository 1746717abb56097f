import { Emitter } from '../emitter.js';
import type { JsonValue } from '../json.js';
import type { PairFigures } from '../stats/connection-stats.js';
import type { StatsReport } from '../stats/report.js';
import { exportInspection } from './export.js';
import type { EntryKind, InspectionEntry } from './inspection.js';
import type { Inspector, InspectorEvents } from './inspector.js';
import type { Meaning } from './meaning.js';
import type { PairLog } from './pair-log.js';
import { PairRecord } from './pair-record.js';
import { redact } from './redact.js';
import { readWire } from './wire-meaning.js';

const MAX_ENTRIES = 4_000;
const MAX_CONNECTIONS = 200;
/** `connection-changed` comes no more often than this for a pair. */
const NOTICE_MS = 100;

/** What the inspector needs of the browser. */
export interface InspectorSettings {
  readonly userAgent: string;
  now(): number;
  wallTime(): number;
  later(afterMs: number, task: () => void): void;
}

/** Keeps what happens in one call, within bounds, as it happens. */
export class CallInspector extends Emitter<InspectorEvents> implements Inspector {
  readonly startedAt: number;
  readonly userAgent: string;
  readonly entries: InspectionEntry[] = [];
  readonly connections = new Map<string, PairRecord>();
  selfId: string | undefined;
  private readonly startedNow: number;
  private lastId = 0;
  private readonly changed = new Set<string>();

  constructor(private readonly settings: InspectorSettings) {
    super();
    this.startedAt = settings.wallTime();
    this.startedNow = settings.now();
    this.userAgent = settings.userAgent;
  }

  get entriesDropped(): number {
    return this.lastId - this.entries.length;
  }

  export(): string {
    return exportInspection(this);
  }

  /** Something about the session as a whole. */
  note(kind: EntryKind, name: string, detail: JsonValue, meaning?: Meaning, connectionId?: string): void {
    const entry: InspectionEntry = {
      id: ++this.lastId,
      atMs: this.atMs,
      kind,
      connectionId,
      name,
      detail: redact(detail),
      meaning,
    };
    this.entries.push(entry);
    if (this.entries.length > MAX_ENTRIES) this.entries.splice(0, this.entries.length - MAX_ENTRIES);
    this.emit('entry-added', { entry });
  }

  /** A signaling message, as it travelled. */
  wire(direction: 'out' | 'in', content: unknown, transport: string): void {
    const reading = readWire(direction, content);
    if (!reading) return;
    const kind = direction === 'out' ? 'wire-out' : 'wire-in';
    this.note(kind, reading.name, { transport, content: redact(content) }, reading.meaning, reading.connectionId);
  }

  /** Where a pair writes; the pair is kept from now on. */
  pairLog(connectionId: string, name: string | undefined, polite: boolean): PairLog {
    const record = new PairRecord(connectionId, name, this.atMs, polite);
    this.connections.set(connectionId, record);
    if (this.connections.size > MAX_CONNECTIONS) this.forgetOldest();
    return {
      call: (what, detail, meaning) => this.note('browser-call', what, detail, meaning, connectionId),
      event: (what, detail, meaning) => this.note('browser-event', what, detail, meaning, connectionId),
      description: (side, type, sdp) => {
        record.addDescription(this.atMs, side, type, sdp);
        this.notice(connectionId);
      },
      candidate: (side, candidate) => {
        record.addCandidate(this.atMs, side, candidate);
        this.notice(connectionId);
      },
      states: ({ signalingState, iceGatheringState, iceConnectionState, connectionState }) => {
        record.states = {
          signaling: signalingState,
          iceGathering: iceGatheringState,
          iceConnection: iceConnectionState,
          connection: connectionState,
        };
        this.notice(connectionId);
      },
    };
  }

  /** A second's figures of a pair. */
  report(connectionId: string, report: StatsReport, figures: PairFigures): void {
    const record = this.connections.get(connectionId);
    if (!record) return;
    const selected = record.addReport(this.atMs, report, figures);
    this.notice(connectionId);
    if (!selected) return;
    const candidateOf = (id: string): string => record.candidates.find((one) => one.id === id)?.type ?? 'host';
    const params = { local: candidateOf(selected.localCandidateId), remote: candidateOf(selected.remoteCandidateId) };
    this.note('browser-event', 'selected pair', { id: selected.id, ...params }, { key: 'pair-selected', params }, connectionId);
  }

  left(connectionId: string): void {
    const record = this.connections.get(connectionId);
    if (record) record.leftAtMs = this.atMs;
  }

  private get atMs(): number {
    return Math.round(this.settings.now() - this.startedNow);
  }

  private notice(connectionId: string): void {
    if (this.changed.has(connectionId)) return;
    this.changed.add(connectionId);
    this.settings.later(NOTICE_MS, () => {
      this.changed.delete(connectionId);
      this.emit('connection-changed', { connectionId });
    });
  }

  private forgetOldest(): void {
    const gone =
      [...this.connections.values()].find((record) => record.leftAtMs !== undefined) ?? [...this.connections.values()][0];
    if (gone) this.connections.delete(gone.connectionId);
  }
}
