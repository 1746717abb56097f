import type { TurnOverview } from '@maru/signaling/turn';
import { expect, test } from 'vitest';
import { History } from './history.js';

const overview = (second: number, change: Partial<TurnOverview> = {}): TurnOverview => ({
  version: '1',
  at: new Date(1_000 * second).toISOString(),
  startedAt: new Date(0).toISOString(),
  realm: 'maru',
  driver: 'node',
  isDraining: false,
  listeners: [],
  sentBytes: 0,
  receivedBytes: 0,
  sentPackets: 0,
  receivedPackets: 0,
  droppedPackets: 0,
  allocationsCreated: 0,
  resources: [],
  refused: [],
  dropped: [],
  allocationCount: 0,
  allocations: [],
  userCount: 0,
  users: [],
  refusals: [],
  ...change,
});

test('sums become what happened in each second', () => {
  const history = new History();
  history.add(overview(10, { sentBytes: 1_000 }));
  history.add(
    overview(12, {
      sentBytes: 2_000,
      receivedBytes: 500,
      allocationCount: 3,
      refused: [{ reason: 'turn/quota/user', count: 4 }],
    }),
  );
  const { atMs, values } = history.series;
  expect(atMs).toEqual([10_000, 12_000]);
  expect(values).toMatchObject({ upBps: [null, 4_000], downBps: [null, 2_000], allocations: [0, 3], refused: [null, 2] });
});

test('the first question of each client is no refusal', () => {
  const history = new History();
  history.add(overview(1));
  history.add(overview(2, { refused: [{ reason: 'turn/auth/none', count: 50 }] }));
  expect(history.series.values['refused']).toEqual([null, 0]);
});

test('a server that began anew leaves a gap, and what is older than two minutes is forgotten', () => {
  const history = new History();
  history.add(overview(1, { sentBytes: 9_000 }));
  history.add(overview(2, { sentBytes: 10 }));
  expect(history.series.values['upBps']).toEqual([null, null]);
  for (let second = 3; second < 300; second++) history.add(overview(second));
  expect(history.series.atMs.length).toBeLessThanOrEqual(122);
  expect(history.series.values['upBps']).toHaveLength(history.series.atMs.length);
});
