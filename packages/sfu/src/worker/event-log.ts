import type { ConnectionLogEntry } from '../media-server/reports.js';

/** Entries kept of one connection. */
const CAPACITY = 128;

/** The last things that happened to a connection's media, under its correlation id. */
export class EventLog {
  private readonly entries: ConnectionLogEntry[] = [];

  constructor(
    private readonly correlation: string,
    private readonly wallNow: () => number,
  ) {}

  add(event: string, fields: ConnectionLogEntry['fields'] = {}): void {
    if (this.entries.length === CAPACITY) this.entries.shift();
    this.entries.push({ atMs: this.wallNow(), correlation: this.correlation, event, fields });
  }

  list(): readonly ConnectionLogEntry[] {
    return [...this.entries];
  }
}
