import { expect, test } from 'vitest';
import { parseStunAddress } from './stun-address.js';

test.each([
  ['', ''],
  ['  ', ''],
  ['stun.example.org', 'stun:stun.example.org'],
  ['stun:stun.example.org:3478', 'stun:stun.example.org:3478'],
  ['192.0.2.1:19302', 'stun:192.0.2.1:19302'],
  ['[2001:db8::1]:3478', 'stun:[2001:db8::1]:3478'],
  ['https://example.org', undefined],
  ['example.org:99999', undefined],
  ['example.org:0', undefined],
  ['two words', undefined],
  ['-x', undefined],
])('"%s" is read as %s', (text, uri) => expect(parseStunAddress(text)).toBe(uri));
