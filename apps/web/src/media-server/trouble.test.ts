import type { SubscriptionWhy } from '@maru/signaling';
import type { MediaConnectionInfo } from '@maru/signaling/rest';
import { expect, test } from 'vitest';
import { heldBack, timeOf, troubleSentences } from './trouble.js';

const minji: MediaConnectionInfo = {
  connection: 'c-minji',
  session: 'moon',
  name: 'Minji',
  worker: 0,
  state: 'connected',
  protocol: 'udp',
  receivedBps: 100_000,
  sentBps: 250_000,
  lossUpFraction: 0.01,
  lossDownFraction: 0.052,
  rttMs: 82,
  estimateBps: 283_000,
  verdict: 'downlink-loss',
  troubles: ['downlink-loss', 'slow-downlink'],
};

const layer = { rid: 'q', spatial: 0, temporal: 2, width: 320, height: 180, framesPerSecond: 30, bitrateBps: 140_000 };
const why: SubscriptionWhy = {
  connection: 'c-minji',
  stream: 's-1',
  publisher: 'c-junho',
  track: 'video',
  layer,
  best: { ...layer, rid: 'f', width: 1_280, height: 720, bitrateBps: 1_700_000 },
  limitedBy: 'network',
  since: '2026-11-21T14:03:12.000Z',
  tile: { width: 1_280, height: 720, visible: true, priority: 1 },
  estimateBps: 283_000,
  spentBps: 140_000,
  rttMs: 82,
  lossFraction: 0.052,
  history: [],
};

test('all that is wrong with a link is said with its figures', () => {
  expect(troubleSentences(minji)).toEqual([
    'Loses 5 % on the way down: sees and hears others badly.',
    'The line carries only about 283 kbit/s: gets smaller pictures.',
  ]);
  expect(troubleSentences({ ...minji, troubles: [] })).toEqual([]);
});

test('of a picture it is said which layer comes instead of which, since when and why', () => {
  const [held] = heldBack([why], () => 'Junho');
  const since = timeOf(why.since);
  expect(held).toEqual({
    stream: 's-1',
    limitedBy: 'network',
    sentence: `Of Junho’s picture it gets 320 × 180 (q) instead of 1280 × 720 (f) since ${since}: the line carries no more.`,
  });
  expect(heldBack([{ ...why, layer: null }], () => 'Junho')[0]?.sentence).toContain('it gets nothing instead of 1280');
});

test('a picture of the same size that comes with fewer frames is told as that, and one that is the best there is not at all', () => {
  const slower = { ...why, best: { ...layer, temporal: 2 }, layer: { ...layer, temporal: 1 } };
  expect(heldBack([slower], () => 'Junho')[0]?.sentence).toContain('it gets 320 × 180 (q) with fewer frames a second since');
  expect(heldBack([{ ...slower, layer: slower.best }], () => 'Junho')).toEqual([]);
});

test('what is as people wanted it is no trouble', () => {
  const wanted = (['nothing', 'tile', 'hidden', 'publisher', 'muted', 'unsubscribed'] as const).map((limitedBy) => ({
    ...why,
    limitedBy,
  }));
  expect(heldBack([...wanted, { ...why, track: 'audio' }], () => 'Junho')).toEqual([]);
});
