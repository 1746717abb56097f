import type { InspectedDescription } from '@maru/client';
import { expect, test } from 'vitest';
import { announcedFingerprint } from './fingerprint.js';

const said = (side: 'local' | 'remote', digest: string): InspectedDescription => ({
  id: 1,
  atMs: 0,
  side,
  type: 'offer',
  sdp: `v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=fingerprint:sha-256 ${digest}\r\n`,
});

test('the newest description of a side tells its fingerprint', () => {
  expect(announcedFingerprint([said('local', 'AA:01'), said('remote', 'BB:02'), said('local', 'CC:03')], 'local')).toBe('CC:03');
});
test('a side that has said nothing has none', () => {
  expect(announcedFingerprint([said('local', 'AA:01')], 'remote')).toBeUndefined();
});
