import { MaruError } from '@maru/client';
import type { TransferState } from '@maru/client/files';
import { describe, expect, test } from 'vitest';
import { sinkFor } from './sink-choice.js';
import { transfer } from './testing/transfers.js';
import { filesWords } from './texts.js';
import { arrivedBytes, describeState, formatBytes, formatTimeLeft, percentOf, sentBytes, sortForReading } from './wording.js';

const words = filesWords();

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1_000, '1.0 kB'],
  [27_400_000, '27.4 MB'],
  [999_499, '999 kB'],
  [999_600, '1.0 MB'],
  [200_000_000, '200 MB'],
  [5_000_000_000_000, '5.0 TB'],
  [5_000_000_000_000_000, '5000 TB'],
])('%s bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0.2, '1 s left'],
  [59.2, '60 s left'],
  [60, '1 min left'],
  [3_540, '59 min left'],
  [3_600, '1 h 0 min left'],
  [9_000, '2 h 30 min left'],
])('%s seconds are %s', (seconds, text) => expect(formatTimeLeft(seconds, words)).toBe(text));

test('when sending, arrived is what the other side says', () => {
  expect(arrivedBytes(transfer())).toBe(13_500_000);
  expect(sentBytes(transfer())).toBe(15_000_000);
});
test('when receiving, arrived is what we wrote', () => {
  expect(arrivedBytes(transfer({ direction: 'receiving', bytesDone: 5, bytesDoneRemote: 9 }))).toBe(5);
});
test('an empty file is whole', () => expect(percentOf(0, 0)).toBe(100));

describe('every state has its words', () => {
  const states: readonly [TransferState, string][] = [
    [{ name: 'offered' }, 'waits for Minji to accept'],
    [{ name: 'active' }, '13.5 MB of 27.0 MB · 2.1 MB/s · 7 s left'],
    [{ name: 'paused', by: 'us' }, 'paused by you'],
    [{ name: 'paused', by: 'them' }, 'paused by Minji'],
    [{ name: 'paused', by: 'both' }, 'paused by both of you'],
    [{ name: 'waiting' }, 'the way is broken for the moment; goes on by itself'],
    [{ name: 'verifying' }, 'comparing checksums…'],
    [{ name: 'done' }, 'complete and verified'],
    [{ name: 'declined', by: 'them' }, 'Minji declined'],
    [{ name: 'cancelled', by: 'us' }, 'you cancelled'],
    [
      { name: 'failed', error: new MaruError('files/source-changed', '') },
      'did not work. The file was changed while it was being sent. Send it again.',
    ],
    [{ name: 'failed', error: new MaruError('made/up', '') }, 'did not work. The way to the other side was lost. Send it again.'],
  ];
  test.each(states)('%o: %s', (state, text) => expect(describeState(transfer({ state }), 'Minji', words)).toBe(text));
});

test('an offer to us comes first, what is over comes last, newest first', () => {
  const sorted = sortForReading([
    transfer({ id: 'old', state: { name: 'done' } }),
    transfer({ id: 'running' }),
    transfer({ id: 'ours', state: { name: 'offered' } }),
    transfer({ id: 'theirs', state: { name: 'offered' }, direction: 'receiving' }),
    transfer({ id: 'gone', state: { name: 'cancelled', by: 'us' } }),
  ]);
  expect(sorted.map((each) => each.id)).toEqual(['theirs', 'ours', 'running', 'gone', 'old']);
});

test('small files stay in memory, large ones go to disk, however the browser offers it', () => {
  expect(sinkFor(1_000, ['save-picker', 'private-file', 'blob'])).toBe('blob');
  expect(sinkFor(200_000_000, ['save-picker', 'private-file', 'blob'])).toBe('private-file');
  expect(sinkFor(200_000_000, ['save-picker', 'blob'])).toBe('save-picker');
  expect(sinkFor(200_000_000, ['blob'])).toBe('blob');
});
