import { expect, test } from 'vitest';
import { AWAKE_MS, QuickExchange } from './quick-exchange.js';

/** Speaks and is answered after `answerMs`, so often; returns what the last `spoke` said. */
function takeTurns(exchange: QuickExchange, times: number, answerMs: number, from = 0): boolean {
  let isWorthIt = false;
  for (let i = 0; i < times; i++) {
    isWorthIt = exchange.spoke(from + i);
    exchange.heard(from + i + answerMs);
  }
  return isWorthIt;
}

test('who is answered quickly twice in a row stays awake, and who is not sleeps', () => {
  const quick = new QuickExchange();
  expect(takeTurns(quick, 2, 2 * AWAKE_MS)).toBe(false);
  expect(quick.spoke(100)).toBe(true);
  expect(takeTurns(new QuickExchange(), 100, 5 * AWAKE_MS)).toBe(false);
});

test('who stayed awake in vain sleeps, longer each time, until it pays again', () => {
  const exchange = new QuickExchange();
  takeTurns(exchange, 100, 0.5 * AWAKE_MS);
  const answers = Array.from({ length: 1_000 }, (_, i) => takeTurns(exchange, 1, 2 * AWAKE_MS, 200 + i));
  const vain = answers.flatMap((wasAwake, i) => (wasAwake ? [i] : []));
  expect(vain).toEqual([0, 5, 14, 31, 64, 129, 258, 515, 772]);
  takeTurns(exchange, 300, 0.5 * AWAKE_MS, 2_000);
  expect(takeTurns(exchange, 1, 2 * AWAKE_MS, 3_000)).toBe(true);
  expect(takeTurns(exchange, 5, 0.5 * AWAKE_MS, 4_000)).toBe(true);
});

test('streams of messages, either way, keep nobody awake', () => {
  const sender = new QuickExchange();
  takeTurns(sender, 20, 0.5 * AWAKE_MS);
  expect([sender.spoke(100), sender.spoke(100.01)]).toEqual([true, false]);
  const receiver = new QuickExchange();
  takeTurns(receiver, 20, 0.5 * AWAKE_MS);
  receiver.heard(100);
  expect(receiver.spoke(100.01)).toBe(false);
});
