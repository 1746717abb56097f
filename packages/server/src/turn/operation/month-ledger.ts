import { existsSync, readFileSync } from 'node:fs';
import type { AllocationSnapshot } from '@maru/protocol/turn/server';
import { writePrivateFile } from '../../storage/private-file.js';

/** Most users whose bytes are remembered; who ended an allocation longest ago goes first. */
const MAX_USERS = 50_000;

/** What users relayed in this calendar month (UTC), runs of the server before this one included. */
export class MonthLedger {
  private month: string;
  /** Of allocations that have ended. */
  private ended = new Map<string, number>();
  /** What allocations that outlived the last month had relayed before this one, by id. */
  private before = new Map<number, number>();

  /** `path`: where it is kept; null: nowhere. */
  constructor(
    private readonly path: string | null,
    wallNowMs: number,
  ) {
    this.month = monthOf(wallNowMs);
    if (path === null || !existsSync(path)) return;
    const kept = parse(readFileSync(path, 'utf8'));
    if (kept?.month === this.month) this.ended = new Map(Object.entries(kept.bytes));
  }

  /** What was kept of this month when the server began. */
  get kept(): ReadonlyMap<string, number> {
    return this.ended;
  }

  allocationEnded(allocation: AllocationSnapshot): void {
    const { id, group } = allocation;
    this.ended.set(group, (this.ended.get(group) ?? 0) + this.ofThisMonth(allocation));
    this.before.delete(id);
    if (this.ended.size > MAX_USERS) this.ended.delete(this.ended.keys().next().value!);
  }

  /** Whether a month has begun since the last call. */
  turn(wallNowMs: number, allocations: readonly AllocationSnapshot[]): boolean {
    const month = monthOf(wallNowMs);
    if (month === this.month) return false;
    this.month = month;
    this.ended.clear();
    this.before = new Map(allocations.map((allocation) => [allocation.id, bytesOf(allocation)]));
    return true;
  }

  /** Bytes of this month by user. */
  totals(allocations: readonly AllocationSnapshot[]): ReadonlyMap<string, number> {
    const totals = new Map(this.ended);
    for (const allocation of allocations)
      totals.set(allocation.group, (totals.get(allocation.group) ?? 0) + this.ofThisMonth(allocation));
    return totals;
  }

  save(allocations: readonly AllocationSnapshot[]): void {
    if (this.path === null) return;
    writePrivateFile(
      this.path,
      `${JSON.stringify({ month: this.month, bytes: Object.fromEntries(this.totals(allocations)) })}\n`,
    );
  }

  private ofThisMonth(allocation: AllocationSnapshot): number {
    return bytesOf(allocation) - (this.before.get(allocation.id) ?? 0);
  }
}

const bytesOf = ({ sent, received }: AllocationSnapshot): number => sent.bytes + received.bytes;

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
