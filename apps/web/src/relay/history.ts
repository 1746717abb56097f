import type { TurnOverview } from '@maru/signaling/turn';
import { type PlotSeries, WINDOW_SECONDS } from '../lens/plots/charts.js';

const NAMES = ['upBps', 'downBps', 'allocations', 'users', 'refused', 'dropped'] as const;
type Name = (typeof NAMES)[number];

interface Point {
  readonly atMs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly refused: number;
  readonly dropped: number;
}

/** Overviews one after the other, as curves: sums become what happened in each second. */
export class History {
  private last: Point | undefined;
  private atMs: number[] = [];
  private readonly values: Record<Name, (number | null)[]> = {
    upBps: [],
    downBps: [],
    allocations: [],
    users: [],
    refused: [],
    dropped: [],
  };

  get series(): PlotSeries {
    return { atMs: this.atMs, values: this.values };
  }

  add(overview: TurnOverview): void {
    const { last } = this;
    const next = pointOf(overview);
    // a server that began anew counts from zero
    const since = last && next.atMs > last.atMs && next.sentBytes >= last.sentBytes ? last : undefined;
    this.last = next;
    const perSecond = (pick: (point: Point) => number): number | null =>
      since ? Math.max(0, (1_000 * (pick(next) - pick(since))) / (next.atMs - since.atMs)) : null;
    const bits = (value: number | null): number | null => (value === null ? null : 8 * value);
    this.atMs.push(next.atMs);
    this.values.upBps.push(bits(perSecond((point) => point.sentBytes)));
    this.values.downBps.push(bits(perSecond((point) => point.receivedBytes)));
    this.values.allocations.push(overview.allocationCount);
    this.values.users.push(overview.users.filter(({ allocations }) => allocations > 0).length);
    this.values.refused.push(perSecond((point) => point.refused));
    this.values.dropped.push(perSecond((point) => point.dropped));
    this.forget(next.atMs);
  }

  private forget(nowMs: number): void {
    const from = this.atMs.findIndex((at) => at > nowMs - 1_000 * (WINDOW_SECONDS + 1));
    if (from <= 0) return;
    this.atMs = this.atMs.slice(from);
    for (const name of NAMES) this.values[name] = this.values[name].slice(from);
  }
}

const sum = (counts: TurnOverview['refused']): number => counts.reduce((total, { count }) => total + count, 0);

/** A client that shows no credentials at first, and is then asked for them, was not refused anything. */
const isOrdinary = ({ reason }: { readonly reason: string }): boolean =>
  reason === 'turn/auth/none' || reason === 'turn/auth/stale-nonce';

const pointOf = ({ at, sentBytes, receivedBytes, refused, dropped }: TurnOverview): Point => ({
  atMs: Date.parse(at),
  sentBytes,
  receivedBytes,
  refused: sum(refused.filter((count) => !isOrdinary(count))),
  dropped: sum(dropped),
});
