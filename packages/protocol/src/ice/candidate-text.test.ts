import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../core/index.js';
import { canonicalIpAddress } from '../stun/index.js';
import { formatCandidate, type IceCandidate, parseCandidate, parseIceServerUrl } from './index.js';

const VECTORS = new URL('../../vectors/ice/', import.meta.url);
const vectors: { source: string; line: string; candidate?: Partial<IceCandidate>; reason?: string }[] = JSON.parse(
  readFileSync(new URL('candidates.json', VECTORS), 'utf8'),
);

describe('candidates in text (RFC 8839 §5.1)', () => {
  test.each(vectors)('$source: $line', ({ line, candidate, reason }) => {
    const parsed = parseCandidate(line);
    if (reason !== undefined) return expect(parsed).toEqual(Malformed.of(reason));
    expect(parsed).toMatchObject(candidate!);
    if (!(parsed instanceof Malformed)) expect(parseCandidate(formatCandidate(parsed))).toEqual(parsed);
  });

  const iceChars = (min: number, max: number) =>
    fc.string({ unit: fc.constantFrom(...'abcXYZ019+/'), minLength: min, maxLength: max });
  const candidate: fc.Arbitrary<IceCandidate> = fc
    .record({
      foundation: iceChars(1, 32),
      component: fc.integer({ min: 1, max: 256 }),
      protocol: fc.constantFrom('udp', 'tcp'),
      priority: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      address: fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => canonicalIpAddress(text)!),
      port: fc.nat(0xffff),
      type: fc.constantFrom('host', 'srflx', 'prflx', 'relay'),
      tcpType: fc.constantFrom('active', 'passive', 'so'),
      relatedAddress: fc.option(fc.ipV4(), { nil: undefined }),
      relatedPort: fc.option(fc.nat(0xffff), { nil: undefined }),
      usernameFragment: fc.option(iceChars(4, 20), { nil: undefined }),
      extensions: fc.array(fc.record({ name: fc.constantFrom('generation', 'network-id', 'x'), value: iceChars(1, 5) }), {
        maxLength: 4,
      }),
    })
    .map((fields) => ({ ...fields, tcpType: fields.protocol === 'tcp' ? fields.tcpType : undefined }));

  test('survive formatting and parsing, unknown extensions included', () => {
    fc.assert(fc.property(candidate, (value) => void expect(parseCandidate(formatCandidate(value))).toEqual(value)));
  });

  test('no text makes the parser throw', () => {
    const words = fc.array(
      fc.constantFrom('candidate:1', '1', 'udp', 'tcp', '99', '::1', '1.2.3.4', 'typ', 'host', 'raddr', '-1', 'x.local', ''),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          words.map((list) => list.join(' ')),
        ),
        (text) => void parseCandidate(text),
      ),
    );
  });
});

test.each([
  ['stun:example.org', { kind: 'stun', host: 'example.org', port: 3478, transport: 'udp', isSecure: false }],
  ['stuns:example.org:99', { kind: 'stun', port: 99, isSecure: true }],
  ['turn:[2001:db8::1]:3479?transport=tcp', { kind: 'turn', host: '2001:db8::1', port: 3479, transport: 'tcp' }],
  ['turns:example.org', { kind: 'turn', port: 5349, transport: 'tcp', isSecure: true }],
  ['turns:example.org?transport=udp', { transport: 'udp', isSecure: true }],
  ['TURN:1.2.3.4?transport=UDP', { kind: 'turn', transport: 'udp' }],
])('%s is a server', (url, expected) => expect(parseIceServerUrl(url)).toMatchObject({ url, ...expected }));

test.each([
  '',
  'http://x',
  'stun:',
  'stun:x?transport=udp',
  'turn:x:70000',
  'turn:x?transport=sctp',
  'turn://x',
  'turn:x y',
  'stun:x:0',
])('"%s" is none', (url) => expect(parseIceServerUrl(url)).toBeUndefined());
