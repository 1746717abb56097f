import type { MediaOverview } from '@maru/signaling/rest';
import type { PlotSeries } from '../lens/plots/charts.js';
import { Curves } from '../operator/curves.js';

/** Overviews one after the other, as curves. */
export class MediaHistory {
  private readonly curves = new Curves();

  get series(): PlotSeries {
    return this.curves.series;
  }

  add({ at, connections, connectionCount, workers, sessions, receivedBps, sentBps }: MediaOverview): void {
    const worst = (pick: (connection: MediaOverview['connections'][number]) => number): number =>
      Math.max(0, ...connections.map(pick));
    this.curves.add(Date.parse(at), {
      inBps: receivedBps,
      outBps: sentBps,
      sessions,
      people: connectionCount,
      lossUp: worst(({ lossUpFraction }) => lossUpFraction),
      lossDown: worst(({ lossDownFraction }) => lossDownFraction),
      ...Object.fromEntries(workers.map(({ worker, cpuFraction }) => [cpuOf(worker), cpuFraction])),
    });
  }
}

/** Name of the curve of a worker's processor time. */
export const cpuOf = (worker: number): string => `cpu${worker}`;
