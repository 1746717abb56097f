import { expect, test } from 'vitest';
import { RemoteClock } from './remote-clock.js';

test('the clock of the other side is known by the report that waited least', () => {
  const clock = new RemoteClock();
  expect(clock.offsetMs).toBeUndefined();
  for (const [at, waitedMs] of [
    [0, 40],
    [1_000, 0],
    [2_000, 300],
  ] as const)
    clock.reported(at + 5_000, at + 10 + waitedMs, 20);
  expect(clock.offsetMs).toBe(5_000);
});

test('a clock that was set is followed after eight reports', () => {
  const clock = new RemoteClock();
  clock.reported(9_000, 0, 0);
  for (let i = 0; i < 8; i++) clock.reported(i, i, 0);
  expect(clock.offsetMs).toBe(0);
});
