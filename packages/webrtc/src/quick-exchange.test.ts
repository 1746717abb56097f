import { expect, test } from 'vitest';
import { AWAKE_MS, QuickExchange } from './quick-exchange.js';

const QUICK_MS = 0.05;
/** As quick as it is where both ends have to be woken. */
const WAKING_MS = 0.2;
const LATE_MS = 5 * AWAKE_MS;
const TURN_MS = 10;

/** Speaks and is answered so much later, for each of `answers`; a function is told whether we are awake. Returns whether we were. */
function takeTurns(exchange: QuickExchange, answers: readonly (number | ((isAwake: boolean) => number))[]): boolean[] {
  return answers.map((answer, turn) => {
    const isAwake = exchange.spoke(turn * TURN_MS);
    const wasAwake = exchange.heard(turn * TURN_MS + (typeof answer === 'number' ? answer : answer(isAwake)));
    expect(wasAwake).toBe(isAwake);
    return isAwake;
  });
}

const times = <Item>(count: number, item: Item): Item[] => new Array<Item>(count).fill(item);

/** Of an end that shares its core with the other: awake, it keeps that from answering. */
const onOneCore = (isAwake: boolean): number => (isAwake ? LATE_MS : WAKING_MS);

test('who is answered quickly twice in a row stays awake, and who is not sleeps', () => {
  expect(takeTurns(new QuickExchange(), times(4, WAKING_MS))).toEqual([false, false, true, true]);
  expect(takeTurns(new QuickExchange(), times(100, 2 * WAKING_MS))).toEqual(times(100, false));
});

test('who stayed awake in vain twice sleeps, longer each time, until it pays again', () => {
  const exchange = new QuickExchange();
  takeTurns(exchange, times(100, QUICK_MS));
  const wasAwake = takeTurns(exchange, times(1_000, onOneCore));
  const vain = wasAwake.flatMap((was, turn) => (was ? [turn] : []));
  expect(vain).toEqual([0, 1, 6, 7, 16, 17, 34, 35, 68, 69, 134, 135, 264, 265, 522, 523, 780, 781]);
  takeTurns(exchange, times(300, QUICK_MS));
  expect(takeTurns(exchange, times(6, onOneCore))).toEqual([true, true, false, false, false, false]);
});

test('one late answer among quick ones changes nothing: something else had the core', () => {
  const exchange = new QuickExchange();
  takeTurns(exchange, times(10, QUICK_MS));
  expect(takeTurns(exchange, times(20, [LATE_MS, QUICK_MS]).flat())).toEqual(times(40, true));
});

test('streams of messages, either way, keep nobody awake', () => {
  const sender = new QuickExchange();
  takeTurns(sender, times(20, QUICK_MS));
  expect([sender.spoke(1_000), sender.spoke(1_000.01)]).toEqual([true, false]);
  const receiver = new QuickExchange();
  takeTurns(receiver, times(20, QUICK_MS));
  expect(receiver.heard(1_000)).toBe(false);
  expect(receiver.spoke(1_000.01)).toBe(false);
});
