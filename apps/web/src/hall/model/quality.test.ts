import type { QualityReason } from '@maru/client';
import { expect, test } from 'vitest';
import { en } from '../../i18n/en.js';
import { ko } from '../../i18n/ko.js';
import { explainQuality, formatBitrate, formatShare } from './quality.js';

const weak = (...reasons: QualityReason[]) => ({ quality: { level: 'weak', reasons } as const, stats: undefined });

test('a weak upload is told with its rate and its loss', () => {
  const view = weak({ type: 'loss', direction: 'receiving', side: 'them', lossFraction: 0.06, bitrateBps: 180_000 });
  expect(explainQuality(en, 'Minji', view)).toBe("Minji's upload is weak: 180 kbit/s, 6 % lost.");
  expect(explainQuality(ko, '민지', view)).toBe('민지 님이 보내는 연결이 약해요: 180 kbit/s, 6 % 손실.');
});

test('a loss on our own line is not blamed on the other', () => {
  const ours = { type: 'loss', side: 'us', lossFraction: 0.1, bitrateBps: 90_000 } as const;
  expect(explainQuality(en, 'Minji', weak({ ...ours, direction: 'receiving' }))).toContain('Your download');
  expect(explainQuality(en, 'Minji', weak({ ...ours, direction: 'sending' }))).toContain('Your upload');
});

test('every kind of reason has words in both languages', () => {
  const reasons: QualityReason[] = [
    { type: 'disconnected' },
    { type: 'loss', direction: 'sending', side: 'them', lossFraction: 0.2, bitrateBps: 1 },
    { type: 'delay', rttMs: 900 },
    { type: 'jitter', direction: 'receiving', side: 'either', jitterMs: 80 },
    { type: 'low-bitrate', direction: 'receiving', side: 'them', bitrateBps: 60_000 },
    { type: 'frozen', streamId: 's', frozenFraction: 0.4 },
    { type: 'cpu', direction: 'sending' },
  ];
  for (const words of [en, ko]) {
    const sentences = reasons.map((reason) => explainQuality(words, 'Minji', weak(reason)));
    expect(new Set(sentences).size).toBe(reasons.length);
    for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|NaN/);
  }
});

test('figures are as precise as they are useful', () => {
  expect([formatBitrate(180_400), formatBitrate(2_440_000), formatBitrate(999_700)]).toEqual([
    '180 kbit/s',
    '2.4 Mbit/s',
    '1.0 Mbit/s',
  ]);
  expect([formatShare(0), formatShare(0.004), formatShare(0.061)]).toEqual(['0 %', '0.4 %', '6 %']);
});
