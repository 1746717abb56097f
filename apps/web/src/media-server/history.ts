import type { MediaOverview } from '@maru/signaling/rest';
import { type PlotSeries, WINDOW_SECONDS } from '../lens/plots/charts.js';

/** Overviews one after the other, as curves. */
export class MediaHistory {
  private atMs: number[] = [];
  private readonly values: Record<string, (number | null)[]> = {};

  get series(): PlotSeries {
    return { atMs: this.atMs, values: this.values };
  }

  add(overview: MediaOverview): void {
    const at = Date.parse(overview.at);
    if (at <= (this.atMs.at(-1) ?? -Infinity)) return;
    const { connections, workers } = overview;
    const worst = (pick: (connection: MediaOverview['connections'][number]) => number): number =>
      Math.max(0, ...connections.map(pick));
    this.push('inBps', overview.receivedBps);
    this.push('outBps', overview.sentBps);
    this.push('sessions', overview.sessions);
    this.push('people', overview.connectionCount);
    this.push(
      'lossUp',
      worst(({ lossUpFraction }) => lossUpFraction),
    );
    this.push(
      'lossDown',
      worst(({ lossDownFraction }) => lossDownFraction),
    );
    for (const { worker, cpuFraction } of workers) this.push(cpuOf(worker), cpuFraction);
    this.atMs.push(at);
    this.even();
    this.forget(at);
  }

  private push(name: string, value: number): void {
    (this.values[name] ??= Array.from({ length: this.atMs.length }, () => null)).push(value);
  }

  /** A worker that is gone has no value any more. */
  private even(): void {
    for (const column of Object.values(this.values)) while (column.length < this.atMs.length) column.push(null);
  }

  private forget(nowMs: number): void {
    const from = this.atMs.findIndex((at) => at > nowMs - 1_000 * (WINDOW_SECONDS + 1));
    if (from <= 0) return;
    this.atMs = this.atMs.slice(from);
    for (const [name, column] of Object.entries(this.values)) this.values[name] = column.slice(from);
  }
}

/** Name of the curve of a worker's processor time. */
export const cpuOf = (worker: number): string => `cpu${worker}`;
