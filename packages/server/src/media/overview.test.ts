import { expect, test } from 'vitest';
import { troublesOf } from './overview.js';

test('a line of which little is asked has a low estimate, and that is no trouble; one that holds pictures back is slow', () => {
  const quiet = { state: 'connected', estimateBps: 200_000 } as const;
  expect(troublesOf(quiet)).toEqual([]);
  expect(troublesOf({ ...quiet, heldBack: 2 })).toEqual(['slow-downlink']);
  expect(troublesOf({ ...quiet, heldBack: 1, lossFrom: 0.2, lossToward: 0.04, roundTripMs: 400 })).toEqual([
    'uplink-loss',
    'downlink-loss',
    'slow-downlink',
    'long-way',
  ]);
  expect(troublesOf({ state: 'failed' })).toEqual(['not-connected']);
});
