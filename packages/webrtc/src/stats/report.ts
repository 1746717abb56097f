import { defineInterface, INTERNAL, type Internal, refuseScripts } from '../webidl/interface.js';

/** W3C webrtc, RTCStats: what every entry of a report has. */
export interface RTCStats {
  readonly id: string;
  /** Wall time in milliseconds since 1970. */
  readonly timestamp: number;
  readonly type: string;
}

/** The statistics of one moment by their ids (W3C webrtc, RTCStatsReport: a read-only maplike). */
export class RTCStatsReport {
  readonly #entries: ReadonlyMap<string, RTCStats>;

  constructor(...[token, entries]: [Internal, ReadonlyMap<string, RTCStats>]) {
    refuseScripts(token);
    this.#entries = entries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): RTCStats | undefined {
    return this.#entries.get(`${id}`);
  }

  has(id: string): boolean {
    return this.#entries.has(`${id}`);
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  values(): IterableIterator<RTCStats> {
    return this.#entries.values();
  }

  entries(): IterableIterator<[string, RTCStats]> {
    return this.#entries.entries();
  }

  forEach(callback: (value: RTCStats, key: string, report: RTCStatsReport) => unknown, thisArg: unknown = undefined): void {
    for (const [key, value] of this.#entries) callback.call(thisArg, value, key, this);
  }

  [Symbol.iterator](): IterableIterator<[string, RTCStats]> {
    return this.#entries.entries();
  }
}

/** A report of `entries`; the first of two with one id counts. */
export function statsReport(entries: Iterable<RTCStats>): RTCStatsReport {
  const byId = new Map<string, RTCStats>();
  for (const entry of entries) if (!byId.has(entry.id)) byId.set(entry.id, entry);
  return new RTCStatsReport(INTERNAL, byId);
}

defineInterface(RTCStatsReport, 'RTCStatsReport');
Object.defineProperty(RTCStatsReport.prototype, Symbol.iterator, {
  value: RTCStatsReport.prototype.entries,
  writable: true,
  configurable: true,
});
