import { NEVER } from '@maru/protocol/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginningOf, type MediaInput, type MediaProgress, mediaDeadline, mediaStateOf, nextProgress } from './media-mode.js';

const people = (...ids: string[]): MediaInput => ({ type: 'people', people: ids });
const time = (...ids: string[]): MediaInput => ({ type: 'time', people: ids });
const ready = (connection: string, epoch: number, isReady = true): MediaInput => ({ type: 'ready', connection, epoch, isReady });

/** Runs inputs at their instants from the beginning of a session of mode `auto`. */
function after(...steps: readonly (readonly [at: number, input: MediaInput])[]): MediaProgress {
  return steps.reduce((progress, [at, input]) => nextProgress(at, progress, input), beginningOf('auto'));
}

test('two people talk from browser to browser', () => {
  expect(mediaStateOf(after([0, people('a')], [1, people('a', 'b')]))).toEqual({ way: 'p2p', epoch: 0, stage: 'settled' });
});

test('the third person moves everybody to the server, which is settled when all say that media comes from there', () => {
  const moving = after([0, people('a', 'b')], [1, people('a', 'b', 'c')]);
  expect(mediaStateOf(moving)).toEqual({ way: 'sfu', epoch: 1, stage: 'moving' });
  const most = nextProgress(3, nextProgress(2, moving, ready('a', 1)), ready('c', 1));
  expect(mediaStateOf(most).stage).toBe('moving');
  expect(mediaStateOf(nextProgress(4, most, ready('b', 1)))).toEqual({ way: 'sfu', epoch: 1, stage: 'settled' });
});

test('whoever leaves while media moves is not waited for', () => {
  const waiting = after([1, people('a', 'b', 'c')], [2, ready('a', 1)], [3, ready('b', 1)]);
  expect(mediaStateOf(nextProgress(4, waiting, people('a', 'b')))).toEqual({ way: 'sfu', epoch: 1, stage: 'settled' });
});

test('a report of an older move counts for nothing', () => {
  const moving = after([1, people('a', 'b', 'c')]);
  expect(nextProgress(2, moving, ready('a', 0))).toBe(moving);
});

const settled = after([1, people('a', 'b', 'c')], [2, ready('a', 1)], [2, ready('b', 1)], [2, ready('c', 1)]);

test('ten seconds after the third has left, the two find back to each other', () => {
  const small = nextProgress(100, settled, people('a', 'b'));
  expect(mediaDeadline(small)).toBe(10_100);
  const returning = nextProgress(10_100, small, time('a', 'b'));
  expect(mediaStateOf(returning)).toEqual({ way: 'p2p', epoch: 2, stage: 'moving' });
  const done = nextProgress(10_300, nextProgress(10_200, returning, ready('a', 2)), ready('b', 2));
  expect(done).toEqual({ name: 'direct', epoch: 2, failures: 0 });
});

test('somebody who comes back within those ten seconds moves nothing', () => {
  const again = nextProgress(5_000, nextProgress(100, settled, people('a', 'b')), people('a', 'b', 'd'));
  expect(mediaStateOf(again)).toEqual({ way: 'sfu', epoch: 1, stage: 'settled' });
  expect(mediaDeadline(again)).toBe(NEVER);
});

test('a third who comes while the two look for each other keeps all of them at the server', () => {
  const returning = nextProgress(10_100, nextProgress(100, settled, people('a', 'b')), time('a', 'b'));
  expect(mediaStateOf(nextProgress(10_500, returning, people('a', 'b', 'd')))).toEqual({ way: 'sfu', epoch: 3, stage: 'moving' });
});

test('two who find no way to each other stay with the server, and try again ever more rarely', () => {
  const returning = nextProgress(10_100, nextProgress(100, settled, people('a', 'b')), time('a', 'b'));
  const failed = nextProgress(20_000, returning, ready('a', 2, false));
  expect(mediaStateOf(failed)).toEqual({ way: 'sfu', epoch: 3, stage: 'settled' });
  expect(mediaDeadline(failed)).toBe(20_000 + 60_000);
  const silent = nextProgress(mediaDeadline(returning), returning, time('a', 'b'));
  expect(mediaStateOf(silent)).toEqual({ way: 'sfu', epoch: 3, stage: 'settled' });
});

test('whoever is alone needs no server', () => {
  const small = nextProgress(100, settled, people('a'));
  expect(nextProgress(10_100, small, time('a'))).toEqual({ name: 'direct', epoch: 2, failures: 0 });
});

test('whatever happens, epochs never go back, and what is settled stays so until somebody comes, goes or waits', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const inputs = fc.oneof(
    fc.subarray(ids).map((list): MediaInput => people(...list)),
    fc.subarray(ids).map((list): MediaInput => time(...list)),
    fc
      .tuple(fc.constantFrom(...ids), fc.nat(6), fc.boolean())
      .map(([connection, epoch, isReady]): MediaInput => ready(connection, epoch, isReady)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20_000), inputs), { maxLength: 60 }), (steps) => {
      let now = 0;
      let progress = beginningOf('auto');
      for (const [passedMs, input] of steps) {
        now += passedMs;
        const next = nextProgress(now, progress, input);
        expect(next.epoch).toBeGreaterThanOrEqual(progress.epoch);
        if (input.type === 'ready' && mediaStateOf(progress).stage === 'settled') expect(next).toBe(progress);
        const { way, epoch, stage } = mediaStateOf(next);
        if (epoch === progress.epoch) expect(way).toBe(mediaStateOf(progress).way);
        if (stage === 'moving' && 'waitingFor' in next) expect(next.waitingFor.length).toBeGreaterThan(0);
        progress = next;
      }
    }),
  );
});
