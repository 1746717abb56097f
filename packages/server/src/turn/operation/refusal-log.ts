import type { TurnServerEvent } from '@maru/protocol/turn/server';

type Refused = Extract<TurnServerEvent, { type: 'refused' }>;

/** One refusal as people see it. What came from the wire is text for a screen, never a label and never a part of a log line. */
export interface Refusal {
  readonly atMs: number;
  readonly code: number;
  readonly reason: string;
  readonly client: string;
  readonly username: string | undefined;
  /** How often the same was refused since, the first included. */
  readonly times: number;
}

/** As many as a page shows. */
const KEPT = 200;
const USERNAME_CHARS = 128;

/** The last refusals; what repeats is counted in the place of being listed again. */
export class RefusalLog {
  private readonly byKey = new Map<string, Refusal>();

  add({ code, reason, client, username }: Refused, atMs: number): void {
    const shown = username === undefined ? undefined : visible(username);
    const key = `${code} ${reason} ${client.address} ${shown ?? ''}`;
    const times = (this.byKey.get(key)?.times ?? 0) + 1;
    this.byKey.delete(key); // the latest stands last
    this.byKey.set(key, { atMs, code, reason, client: client.address, username: shown, times });
    if (this.byKey.size > KEPT) this.byKey.delete(this.byKey.keys().next().value!);
  }

  /** The latest first. */
  get latest(): readonly Refusal[] {
    return [...this.byKey.values()].reverse();
  }
}

/** Text from the wire without control characters, and not endless (S-17). */
export const visible = (text: string): string => text.slice(0, USERNAME_CHARS).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd');
