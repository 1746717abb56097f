import { expect, test } from 'vitest';
import { placeOf, type WorkerCandidate } from './placement.js';
import type { WorkerReport } from './reports.js';

const ROOM = 10;

/** A worker that does so much; `joins` says that it refuses them. */
function worker(averageCpu: number, participants = 0, overload: WorkerReport['overload'] = 'none'): WorkerCandidate {
  const nothing = { receivedPackets: 0, sentPackets: 0, sentBytes: 0, lostPackets: 0, sends: 0, handedOverPackets: 0 };
  const report: WorkerReport = {
    worker: 0,
    driver: 'native',
    sessions: 0,
    participants,
    tracks: 0,
    cpu: averageCpu,
    averageCpu,
    eventLoopDelayMs: 0,
    ...nothing,
    pipedPackets: 0,
    pipeDrops: 0,
    overload,
    dropped: {},
  };
  return { isTaken: true, participants, report };
}

test('a new session begins where least is done; who joins one stays with it', () => {
  const [busy, idle] = [worker(0.5), worker(0.1)];
  expect(placeOf([busy, idle], [], ROOM)).toBe(idle);
  expect(placeOf([busy, idle], [busy], ROOM)).toBe(busy);
});

test('a session spreads when its worker is full or has much to do, and then goes on at both', () => {
  const [full, hot, idle] = [worker(0.1, ROOM), worker(0.65, 3), worker(0.2)];
  expect(placeOf([full, idle], [full], ROOM)).toBe(idle);
  expect(placeOf([hot, idle], [hot], ROOM)).toBe(idle);
  expect(placeOf([hot, idle, worker(0)], [hot, idle], ROOM)).toBe(idle);
});

test('where all have much to do, its own workers take more until they refuse', () => {
  const [own, other] = [worker(0.68, 5), worker(0.64, 0)];
  expect(placeOf([own, other], [own], ROOM)).toBe(own);
  const refusing = worker(0.8, 5, 'joins');
  expect(placeOf([refusing, other], [refusing], ROOM)).toBe(other);
  expect(placeOf([refusing], [refusing], ROOM)).toBe('overloaded');
  expect(placeOf([worker(0, ROOM)], [], ROOM)).toBe('full');
});

test('nobody is sent to where no worker is', () => {
  const gone = { ...worker(0), isTaken: false };
  expect(placeOf([gone], [gone], ROOM)).toBe('nobody');
});
