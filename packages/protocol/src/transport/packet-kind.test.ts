import { expect, test } from 'vitest';
import { packetKind } from './packet-kind.js';

test('S-58: every first byte has one meaning (RFC 7983 §7), whatever follows', () => {
  const kinds = Array.from({ length: 256 }, (_, first) => packetKind(Uint8Array.of(first)));
  for (let first = 0; first < 256; first++) {
    const expected =
      first <= 3
        ? 'stun'
        : first < 20
          ? 'unknown'
          : first <= 63
            ? 'dtls'
            : first <= 79
              ? 'turn-channel'
              : first < 128 || first > 191
                ? 'unknown'
                : 'rtp';
    expect(kinds[first]).toBe(expected);
    for (let length = 1; length <= 64; length++) expect(packetKind(new Uint8Array(length).fill(first))).toBe(expected);
  }
  expect(packetKind(new Uint8Array(0))).toBe('unknown');
});
