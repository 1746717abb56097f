/** One dictionary of a stats report (W3C webrtc-stats), as the browser gives it: nothing in it is certain. */
export type StatsEntry = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly type: string;
  readonly timestamp: number;
};

/** A stats report as a plain map by id. */
export type StatsReport = ReadonlyMap<string, StatsEntry>;

/** Takes the browser's report over: entries without the three fields that every entry has are left out. */
export function statsReport(report: Iterable<readonly [string, unknown]>): StatsReport {
  const entries = new Map<string, StatsEntry>();
  for (const [id, entry] of report) if (isEntry(entry)) entries.set(id, entry);
  return entries;
}

function isEntry(value: unknown): value is StatsEntry {
  return typeof value === 'object' && value !== null && 'id' in value && 'type' in value && 'timestamp' in value;
}

export function entriesOf(report: StatsReport, type: string): StatsEntry[] {
  return [...report.values()].filter((entry) => entry.type === type);
}

/** A number of an entry; undefined when it is missing or not finite. */
export function numberOf(entry: StatsEntry | undefined, name: string): number | undefined {
  const value = entry?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function textOf(entry: StatsEntry | undefined, name: string): string | undefined {
  const value = entry?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The entry that a field of another one names. */
export function referred(report: StatsReport, entry: StatsEntry | undefined, name: string): StatsEntry | undefined {
  const id = textOf(entry, name);
  return id === undefined ? undefined : report.get(id);
}

/** How much a counter of an entry grew since an older report; undefined when either has it not. Never below zero. */
export function growth(entry: StatsEntry, older: StatsReport | undefined, name: string): number | undefined {
  const now = numberOf(entry, name);
  const before = numberOf(older?.get(entry.id), name);
  return now === undefined || before === undefined ? undefined : Math.max(0, now - before);
}

/** Seconds between an entry and the same entry of an older report. */
export function secondsSince(entry: StatsEntry, older: StatsReport | undefined): number | undefined {
  const before = older?.get(entry.id)?.timestamp;
  return before === undefined || entry.timestamp <= before ? undefined : (entry.timestamp - before) / 1000;
}

/** Growth per second. */
export function rate(entry: StatsEntry, older: StatsReport | undefined, name: string): number | undefined {
  const grown = growth(entry, older, name);
  const seconds = secondsSince(entry, older);
  return grown === undefined || seconds === undefined ? undefined : grown / seconds;
}
