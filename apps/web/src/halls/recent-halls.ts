import { shelf } from '../preferences/shelf.js';

/** A hall that this browser was in. */
export interface RecentHall {
  readonly hall: string;
  /** Wall time, milliseconds since 1970. */
  readonly lastAt: number;
}

const KEY = 'maru.recent-halls';
/** More than one remembers by sight. */
const KEPT = 6;

/** Reads the list an earlier visit stored, newest first; whatever is not a hall is left out. */
export function parseRecentHalls(text: string | null): RecentHall[] {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? '[]');
  } catch {
    return []; // not ours
  }
  if (!Array.isArray(stored)) return [];
  const halls: RecentHall[] = [];
  for (const entry of stored as unknown[]) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { hall, lastAt }: { hall?: unknown; lastAt?: unknown } = entry;
    if (typeof hall === 'string' && isHallId(hall) && typeof lastAt === 'number') halls.push({ hall, lastAt });
  }
  return halls.slice(0, KEPT);
}

export const recentHalls = {
  list: (): RecentHall[] => parseRecentHalls(shelf.read(KEY)),
  visit(hall: string): void {
    const others = recentHalls.list().filter((entry) => entry.hall !== hall);
    shelf.write(KEY, JSON.stringify([{ hall, lastAt: Date.now() }, ...others].slice(0, KEPT)));
  },
  forget(hall: string): void {
    shelf.write(KEY, JSON.stringify(recentHalls.list().filter((entry) => entry.hall !== hall)));
  },
};

/** Whether a text may be the name of a hall (the names a session may have). */
export function isHallId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/.test(text);
}

/** The hall in what somebody pasted: a whole link of any server, its path, or the name alone. */
export function hallOf(text: string): string | undefined {
  const trimmed = text.trim();
  const inPath = /(?:^|\/)h\/([^/?#\s]+)/.exec(trimmed)?.[1];
  const hall = inPath ?? trimmed;
  return isHallId(hall) ? hall : undefined;
}

/** The link that invites others: to this very server, unless it knows a better address for them. */
export function hallLink(hall: string, origin: string): string {
  return `${origin}/h/${encodeURIComponent(hall)}`;
}
