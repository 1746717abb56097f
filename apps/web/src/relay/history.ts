import type { TurnOverview } from '@maru/signaling/turn';
import type { PlotSeries } from '../lens/plots/charts.js';
import { Curves } from '../operator/curves.js';

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
  private readonly curves = new Curves();

  get series(): PlotSeries {
    return this.curves.series;
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
    this.curves.add(next.atMs, {
      upBps: bits(perSecond((point) => point.sentBytes)),
      downBps: bits(perSecond((point) => point.receivedBytes)),
      allocations: overview.allocationCount,
      users: overview.users.filter(({ allocations }) => allocations > 0).length,
      refused: perSecond((point) => point.refused),
      dropped: perSecond((point) => point.dropped),
    });
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
