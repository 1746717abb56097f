import { type PlotSeries, WINDOW_SECONDS } from '../lens/plots/charts.js';

/** Named values over the last two minutes. A name that comes later, or comes no more, has no value where it was not. */
export class Curves {
  private atMs: number[] = [];
  private readonly values: Record<string, (number | null)[]> = {};

  get series(): PlotSeries {
    return { atMs: this.atMs, values: this.values };
  }

  /** The values of one moment; a moment that is not after the last says nothing new. */
  add(atMs: number, values: Readonly<Record<string, number | null>>): void {
    if (atMs <= (this.atMs.at(-1) ?? Number.NEGATIVE_INFINITY)) return;
    const points = this.atMs.push(atMs);
    for (const [name, value] of Object.entries(values)) {
      const column = (this.values[name] ??= []);
      while (column.length < points - 1) column.push(null);
      column.push(value);
    }
    for (const column of Object.values(this.values)) if (column.length < points) column.push(null);
    this.forget(atMs);
  }

  private forget(nowMs: number): void {
    const from = this.atMs.findIndex((at) => at > nowMs - 1_000 * (WINDOW_SECONDS + 1));
    if (from <= 0) return;
    this.atMs = this.atMs.slice(from);
    for (const [name, column] of Object.entries(this.values)) this.values[name] = column.slice(from);
  }
}
