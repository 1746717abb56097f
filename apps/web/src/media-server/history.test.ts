import type { MediaOverview } from '@maru/signaling/rest';
import { expect, test } from 'vitest';
import { MediaHistory } from './history.js';

const worker = (index: number, cpuFraction: number): MediaOverview['workers'][number] => ({
  worker: index,
  driver: 'native',
  sessions: 1,
  connections: 2,
  tracks: 4,
  cpuFraction,
  eventLoopDelayMs: 1,
  overload: 'none',
  receivedBps: 0,
  sentBps: 0,
  receivedPacketsPerSecond: 0,
  sentPacketsPerSecond: 0,
  dropped: [],
});

const overview = (second: number, workers: MediaOverview['workers']): MediaOverview => ({
  at: new Date(second * 1_000).toISOString(),
  isDraining: false,
  ports: { udp: 1, tcp: null },
  sessions: 1,
  connectionCount: 2,
  receivedBps: 10,
  sentBps: 20 * second,
  workers,
  connections: [],
});

test('each overview is a point of every curve, and the same one twice is one point', () => {
  const history = new MediaHistory();
  for (const second of [1, 2, 2]) history.add(overview(second, [worker(0, 0.1 * second)]));
  expect(history.series.atMs).toEqual([1_000, 2_000]);
  expect(history.series.values['outBps']).toEqual([20, 40]);
  expect(history.series.values['cpu0']).toEqual([0.1, 0.2]);
});

test('a worker that comes later or goes has no value where it was not', () => {
  const history = new MediaHistory();
  history.add(overview(1, [worker(0, 0.1)]));
  history.add(overview(2, [worker(0, 0.1), worker(1, 0.5)]));
  history.add(overview(3, [worker(1, 0.6)]));
  expect(history.series.values['cpu0']).toEqual([0.1, 0.1, null]);
  expect(history.series.values['cpu1']).toEqual([null, 0.5, 0.6]);
});
