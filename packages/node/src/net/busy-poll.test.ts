import { expect, test } from 'vitest';
import { BusyPoll, type BusyPollHost, busyPollFrom } from './busy-poll.js';

/** An event loop by hand: each turn takes 10 us. */
class Loop implements BusyPollHost {
  ms = 0;
  waiting: (() => void) | undefined;

  now(): number {
    return this.ms;
  }

  nextTurn(step: () => void): void {
    expect(this.waiting).toBeUndefined();
    this.waiting = step;
  }

  /** Turns until it would sleep, at most `most`. */
  turns(most: number): number {
    for (let turn = 0; turn < most; turn++) {
      const step = this.waiting;
      if (!step) return turn;
      this.waiting = undefined;
      this.ms += 0.01;
      step();
    }
    return most;
  }
}

test('the loop stays awake for the span after the last datagram, and then sleeps', () => {
  const loop = new Loop();
  const poll = new BusyPoll(loop, 0.1);
  poll.heard();
  expect(loop.turns(5)).toBe(5);
  poll.heard();
  const more = loop.turns(1_000);
  expect(more).toBeGreaterThanOrEqual(10);
  expect(more).toBeLessThanOrEqual(12);
  poll.heard();
  expect(loop.turns(1_000)).toBeGreaterThan(0);
});

test('without a sensible number of microseconds there is none', () => {
  for (const text of [undefined, '', '0', '-5', 'yes', '1e9']) expect(busyPollFrom(text)).toBeUndefined();
  expect(busyPollFrom('50')).toBeInstanceOf(BusyPoll);
});
