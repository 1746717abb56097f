import { existsSync, readFileSync } from 'node:fs';
import type { GroupUsage } from '@maru/protocol/turn/server';
import { writePrivateFile } from '../../storage/private-file.js';

/** Most users whose bytes are remembered from before. */
const MAX_USERS = 50_000;

/** What users relayed in this calendar month (UTC), runs of the server before this one included. */
export class MonthLedger {
  private month: string;
  /** Before this run of the server, and before the last reset. */
  private before = new Map<string, number>();

  /** `path`: where it is kept; null: nowhere. */
  constructor(
    private readonly path: string | null,
    wallNowMs: number,
  ) {
    this.month = monthOf(wallNowMs);
    if (path === null || !existsSync(path)) return;
    const kept = parse(readFileSync(path, 'utf8'));
    if (kept?.month === this.month) this.before = new Map(Object.entries(kept.bytes));
  }

  /** Whether a month has begun since the last call: the counters of the engines begin anew then. */
  turn(wallNowMs: number): boolean {
    const month = monthOf(wallNowMs);
    if (month === this.month) return false;
    this.month = month;
    this.before.clear();
    return true;
  }

  /** Bytes of this month by user. */
  totals(users: readonly GroupUsage[]): ReadonlyMap<string, number> {
    const totals = new Map(this.before);
    for (const { group, bytes } of users) totals.set(group, (totals.get(group) ?? 0) + bytes);
    return totals;
  }

  save(users: readonly GroupUsage[]): void {
    if (this.path === null) return;
    const largest = [...this.totals(users)].sort(([, a], [, b]) => b - a).slice(0, MAX_USERS);
    writePrivateFile(this.path, `${JSON.stringify({ month: this.month, bytes: Object.fromEntries(largest) })}\n`);
  }
}

const monthOf = (wallNowMs: number): string => new Date(wallNowMs).toISOString().slice(0, 7);

/** A file that is damaged counts as none: bytes of some days are lost, and nothing else. */
function parse(text: string): { readonly month: string; readonly bytes: Record<string, number> } | undefined {
  try {
    const kept: unknown = JSON.parse(text);
    if (typeof kept !== 'object' || kept === null || !('month' in kept) || !('bytes' in kept)) return undefined;
    const { month, bytes } = kept;
    if (typeof month !== 'string' || typeof bytes !== 'object' || bytes === null) return undefined;
    const sound = Object.entries(bytes).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
    return { month, bytes: Object.fromEntries(sound) };
  } catch {
    return undefined; // not JSON: as said above
  }
}
