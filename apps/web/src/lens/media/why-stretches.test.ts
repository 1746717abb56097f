import type { SubscriptionWhy } from '@maru/client';
import { expect, test } from 'vitest';
import { sizeIn, stretchesOf } from './why-stretches.js';

const entry = (second: number, layer: string, limitedBy: SubscriptionWhy['limitedBy'], change = {}) => ({
  at: new Date(second * 1_000).toISOString(),
  layer,
  limitedBy,
  bitrateBps: 100_000,
  estimateBps: 500_000,
  lossFraction: 0,
  ...change,
});

test('what is noted without a change is one stretch with its mean rate, least estimate and most loss; the newest comes first', () => {
  const history = [
    entry(0, 'f 1280x720', 'nothing', { bitrateBps: 1_500_000, estimateBps: 3_000_000 }),
    entry(10, 'q 320x180', 'network', { estimateBps: 300_000, lossFraction: 0.05 }),
    entry(20, 'q 320x180', 'network', { bitrateBps: 140_000, estimateBps: 250_000, lossFraction: 0.02 }),
    entry(30, 'q 320x180', 'tile'),
  ];
  expect(stretchesOf(history)).toMatchObject([
    { from: '1970-01-01T00:00:30.000Z', layer: 'q 320x180', limitedBy: 'tile' },
    { from: '1970-01-01T00:00:10.000Z', limitedBy: 'network', bitrateBps: 120_000, leastEstimateBps: 250_000, mostLoss: 0.05 },
    { from: '1970-01-01T00:00:00.000Z', layer: 'f 1280x720', limitedBy: 'nothing', bitrateBps: 1_500_000, mostLoss: 0 },
  ]);
});

test('a layer that comes back for the same reason is a stretch of its own; without a history there is none', () => {
  const history = [entry(0, 'f', 'nothing'), entry(1, '', 'muted'), entry(2, 'f', 'nothing')];
  expect(stretchesOf(history).map(({ limitedBy }) => limitedBy)).toEqual(['nothing', 'muted', 'nothing']);
  expect(stretchesOf([])).toEqual([]);
});

test.each([
  ['f 1280x720', '1280 × 720'],
  ['h', ''],
  ['', ''],
])('the size in "%s" is "%s"', (layer, size) => {
  expect(sizeIn(layer)).toBe(size);
});
