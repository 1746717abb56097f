import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MaruError } from '../errors.js';
import { formatAddress, parseAddress } from './address.js';
import { decodeBase64Url, encodeBase64Url } from './base64url.js';
import { readChannelSdp, writeChannelSdp } from './channel-sdp.js';
import { type DirectCode, decodeDirectCode, encodeDirectCode, kindOfDirectCode } from './direct-code.js';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const iceText = (min: number, max: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[A-Za-z0-9+/]{${min},${max}}$`), { size: 'max' });
const candidate = fc.record({
  type: fc.constantFrom('host' as const, 'srflx' as const, 'prflx' as const, 'relay' as const),
  address: fc.oneof(
    fc.record({ family: fc.constant('ipv4' as const), bytes: bytes(4) }),
    fc.record({ family: fc.constant('ipv6' as const), bytes: bytes(16) }),
    fc.record({ family: fc.constant('mdns' as const), bytes: bytes(16) }),
  ),
  port: fc.nat(0xffff),
  priority: fc.nat(0x7fff_ffff),
});
const codes: fc.Arbitrary<DirectCode> = fc.record({
  kind: fc.constantFrom('invite' as const, 'answer' as const),
  callId: fc.nat(0x7fff_ffff),
  offer: fc.record({
    setup: fc.constantFrom('actpass' as const, 'active' as const, 'passive' as const),
    fingerprint: bytes(32),
    ufrag: iceText(4, 32),
    password: iceText(22, 64),
    candidates: fc.array(candidate, { maxLength: 24 }),
  }),
});

test('a code survives writing and reading', () => {
  fc.assert(
    fc.property(codes, (code) => {
      expect(decodeDirectCode(encodeDirectCode(code))).toEqual(code);
    }),
  );
});

test('a description made of a code says what the code says', () => {
  fc.assert(
    fc.property(codes, ({ offer }) => {
      const candidates = [...new Map(offer.candidates.map((one) => [JSON.stringify(one), one])).values()];
      const once = { ...offer, candidates };
      expect(readChannelSdp(writeChannelSdp(once), [])).toEqual(once);
    }),
  );
});

test('no text makes reading do anything but return or say what is wrong', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 300 }).map(encodeBase64Url)), (text) => {
      expect(kindOfDirectCode(text)).toBeUndefined();
      expect(() => decodeDirectCode(text)).toThrow(MaruError);
    }),
  );
});

test('a code that lost a sign is refused', () => {
  fc.assert(
    fc.property(codes, fc.nat(), (code, seed) => {
      const text = encodeDirectCode(code);
      const at = seed % text.length;
      expect(kindOfDirectCode(text.slice(0, at) + text.slice(at + 1))).toBeUndefined();
    }),
  );
});

test('bytes survive base64url', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (some) => {
      expect(decodeBase64Url(encodeBase64Url(some))).toEqual(some);
      expect(encodeBase64Url(some)).toBe(Buffer.from(some).toString('base64url'));
    }),
  );
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '2001:db8:0:0:0:0:0:1'],
  ['::', '0:0:0:0:0:0:0:0'],
  ['fd00::2', 'fd00:0:0:0:0:0:0:2'],
  ['4C9D1A5E-0001-4c4c-8888-0123456789ab.local', '4c9d1a5e-0001-4c4c-8888-0123456789ab.local'],
])('address %s is read', (text, written) => {
  expect(formatAddress(parseAddress(text)!)).toBe(written);
});

test.each(['', '1.2.3', '256.1.1.1', '1::2::3', '1:2:3:4:5:6:7:8:9', 'fe80::1%eth0', 'printer.local', '::ffff:1.2.3.4'])(
  'address %j is refused',
  (text) => {
    expect(parseAddress(text)).toBeUndefined();
  },
);

test('an ordinary invite fits a small QR code', () => {
  const lines = [
    'candidate:1 1 udp 2122260223 192.168.1.20 50000 typ host generation 0 ufrag abcd network-id 1',
    'candidate:2 1 udp 2122194687 2001:db8::abcd 50001 typ host generation 0 ufrag abcd network-id 2',
    'candidate:3 1 udp 1685987071 203.0.113.7 50000 typ srflx raddr 192.168.1.20 rport 50000 generation 0',
    'candidate:4 1 tcp 1518280447 192.168.1.20 9 typ host tcptype active generation 0',
  ];
  const sdp = `a=ice-ufrag:20917ebf\r\na=ice-pwd:5224aa3ccc7567ff631dd0f3f5cd7193\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\na=setup:actpass\r\n`;
  const offer = readChannelSdp(sdp, lines)!;
  expect(offer.candidates).toHaveLength(3);
  expect(encodeDirectCode({ kind: 'invite', callId: 1, offer }).length).toBeLessThan(220);
});
