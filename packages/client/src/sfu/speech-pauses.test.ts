import { expect, test } from 'vitest';
import { withSpeechPauses } from './speech-pauses.js';

const lines = (...all: readonly string[]): string => `${all.join('\r\n')}\r\n`;
const SESSION = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0'];
const sound = (mid: string, ...more: readonly string[]): string[] => [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63',
  `a=mid:${mid}`,
  'a=rtpmap:111 opus/48000/2',
  ...more,
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
];
const picture = ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:1', 'a=rtpmap:96 VP8/90000'];

test('the sections of those who speak pause, whatever else they say; all others are as they were', () => {
  const said = ['a=fmtp:111 minptime=10;useinbandfec=1'];
  const answer = lines(...SESSION, ...sound('0', ...said), ...picture, ...sound('2', ...said), ...sound('3'));
  expect(withSpeechPauses(answer, new Set(['0', '1', '3']))).toBe(
    lines(
      ...SESSION,
      ...sound('0', 'a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1'),
      ...picture,
      ...sound('2', ...said),
      ...sound('3', 'a=fmtp:111 usedtx=1'),
    ),
  );
});

test('what the server says of pauses counts, and nobody who speaks is nothing to change', () => {
  const answer = lines(...SESSION, ...sound('0', 'a=fmtp:111 usedtx=0'));
  expect(withSpeechPauses(answer, new Set(['0']))).toBe(answer);
  const other = lines(...SESSION, ...sound('0', 'a=fmtp:111 useinbandfec=1'));
  expect(withSpeechPauses(other, new Set())).toBe(other);
});
