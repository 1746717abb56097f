import type { InspectedDescription, InspectionEntry } from '@maru/client';
import { describe, expect, test } from 'vitest';
import { connection } from '../testing/inspections.js';
import { completedMeaning, descriptionOf, formatDetail } from './entry.js';

const entry = (change: Partial<InspectionEntry>): InspectionEntry => ({
  id: 1,
  atMs: 1_000,
  kind: 'browser-call',
  connectionId: 'con_minji',
  name: 'setLocalDescription',
  detail: { type: 'offer' },
  meaning: { key: 'offer-made', params: {} },
  ...change,
});
const description = (id: number, atMs: number, side: 'local' | 'remote', type: 'offer' | 'answer'): InspectedDescription => ({
  id,
  atMs,
  side,
  type,
  sdp: '',
});

describe('the description of a step', () => {
  const pair = connection({
    descriptions: [
      description(1, 990, 'local', 'offer'),
      description(2, 1_100, 'remote', 'answer'),
      description(3, 9_000, 'local', 'offer'),
    ],
  });
  test.each([
    [{}, 1],
    [{ atMs: 8_900 }, 3],
    [{ name: 'setRemoteDescription', detail: { type: 'answer' } }, 2],
    [{ kind: 'wire-out', name: 'offer', detail: null }, 1],
    [{ kind: 'wire-in', name: 'answer', detail: null }, 2],
    [{ kind: 'wire-in', name: 'candidate', detail: null }, undefined],
    [{ name: 'addTrack' }, undefined],
    [{ atMs: 60_000 }, undefined],
  ] as const)('%o', (change, id) => expect(descriptionOf(entry(change), pair)?.id).toBe(id));

  test('is none where the pair is not known', () => expect(descriptionOf(entry({}), undefined)).toBeUndefined());
});

describe('the meaning of a step', () => {
  test('names the person of its pair', () => {
    expect(completedMeaning(entry({}), connection())?.params).toEqual({ name: 'Minji' });
  });
  test('learns the kind of a candidate from its line', () => {
    const line = 'candidate:1 1 udp 2122 192.0.2.1 50000 typ srflx raddr 10.0.0.1 rport 9';
    const found = entry({ name: 'addIceCandidate', detail: line, meaning: { key: 'remote-candidate-received', params: {} } });
    expect(completedMeaning(found, undefined)?.params).toEqual({ type: 'srflx' });
    const sent = entry({ kind: 'wire-out', detail: { content: { signal: { candidate: { candidate: line } } } } });
    expect(completedMeaning(sent, undefined)?.params['type']).toBe('srflx');
  });
  test('no candidate is the end of candidates', () => {
    const end = entry({ name: 'addIceCandidate', detail: null, meaning: { key: 'remote-candidate-received', params: {} } });
    expect(completedMeaning(end, connection())).toEqual({ key: 'gathering-done', params: { direction: 'in', name: 'Minji' } });
  });
  test('what the SDK says comes first', () => {
    const said = entry({ meaning: { key: 'someone-joined', params: { name: 'Oscar' } } });
    expect(completedMeaning(said, connection())?.params['name']).toBe('Oscar');
  });
});

test('content is shown with its line breaks', () => {
  expect(formatDetail({ sdp: 'v=0\r\ns=-' })).toBe('{\n  "sdp": "v=0\ns=-"\n}');
  expect(formatDetail('candidate:1')).toBe('candidate:1');
});
