import { readFileSync } from 'node:fs';
import { nodeCrypto } from '@maru/node';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../core/index.js';
import {
  decodeHeader,
  encodeHeader,
  SFRAME_CIPHER_SUITES,
  type SFrameCipherSuiteName,
  SFrameKey,
  SFrameReceiver,
  SFrameSender,
} from './index.js';

interface Vectors {
  headers: { kid: string; ctr: string; encoded: string }[];
  baseKey: string;
  kid: string;
  ctr: string;
  metadata: string;
  plain: string;
  sealed: Record<SFrameCipherSuiteName, string>;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/sframe/rfc9605-appendix-c.json', import.meta.url), 'utf8'),
) as Vectors;
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const names = Object.keys(SFRAME_CIPHER_SUITES) as SFrameCipherSuiteName[];
const baseKey = bytesOf(vectors.baseKey);
const frame = fc.uint8Array({ maxLength: 200 });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('headers (RFC 9605 §4.3)', () => {
  test.each(vectors.headers)('of key $kid, frame $ctr', ({ kid, ctr, encoded }) => {
    expect(hexOf(encodeHeader(BigInt(kid), BigInt(ctr)))).toBe(encoded);
  });

  test('survive encoding and decoding', () => {
    fc.assert(
      fc.property(uint64, uint64, frame, (kid, ctr, behind) => {
        const header = encodeHeader(kid, ctr);
        expect(decodeHeader(Uint8Array.from([...header, ...behind]))).toEqual({ kid, ctr, bytes: header.length });
      }),
    );
  });

  test('that are cut off are refused', () => {
    const header = encodeHeader(2n ** 40n, 2n ** 40n);
    for (let length = 0; length < header.length; length++)
      expect(decodeHeader(header.subarray(0, length))).toBeInstanceOf(Malformed);
  });
});

describe.each(names)('%s', (name) => {
  const suite = SFRAME_CIPHER_SUITES[name];

  test('seals what RFC 9605 Appendix C seals', () => {
    const key = new SFrameKey(nodeCrypto, suite, BigInt(vectors.kid), baseKey);
    const sealed = key.seal(BigInt(vectors.ctr), bytesOf(vectors.plain), bytesOf(vectors.metadata));
    expect(hexOf(sealed)).toBe(vectors.sealed[name]);
  });

  test('opens what it sealed, and nothing that was changed', () => {
    const sender = new SFrameSender(nodeCrypto, suite);
    const receiver = new SFrameReceiver(nodeCrypto, suite);
    sender.setKey(7n, baseKey);
    receiver.setKey(7n, baseKey);
    fc.assert(
      fc.property(frame, fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, at, flip) => {
        const sealed = sender.seal(plain)!;
        expect(receiver.open(sealed)).toEqual(plain);
        sealed[at % sealed.length]! ^= flip;
        expect(receiver.open(sealed)).toHaveProperty('reason');
      }),
    );
  });

  test('frames longer than a million bytes too', () => {
    const sender = new SFrameSender(nodeCrypto, suite);
    const receiver = new SFrameReceiver(nodeCrypto, suite);
    sender.setKey(0n, baseKey);
    receiver.setKey(0n, baseKey);
    const plain = new Uint8Array(2 ** 20 + 1_000).map((_, i) => i % 251);
    expect(Buffer.compare(receiver.open(sender.seal(plain)!) as Uint8Array, plain)).toBe(0);
  });
});

const suite = SFRAME_CIPHER_SUITES.AES_128_GCM_SHA256_128;

test('a sender counts on when it goes back to a former key', () => {
  const sender = new SFrameSender(nodeCrypto, suite);
  const other = bytesOf('ff'.repeat(16));
  const headers = [baseKey, other, baseKey].map((key) => {
    sender.setKey(1n, key);
    return decodeHeader(sender.seal(new Uint8Array(1))!);
  });
  expect(headers).toMatchObject([{ ctr: 0n }, { ctr: 0n }, { ctr: 1n }]);
});

test('without a key nothing is sealed', () => {
  expect(new SFrameSender(nodeCrypto, suite).seal(new Uint8Array(1))).toBeUndefined();
});

test('a receiver says which key it lacks', () => {
  const sender = new SFrameSender(nodeCrypto, suite);
  sender.setKey(9n, baseKey);
  const receiver = new SFrameReceiver(nodeCrypto, suite);
  expect(receiver.open(sender.seal(new Uint8Array(1))!)).toEqual({ reason: 'unknown-key', kid: 9n });
  expect(receiver.open(new Uint8Array(0))).toEqual({ reason: 'syntax' });
});

test('whatever the bytes, opening returns and never throws', () => {
  const receiver = new SFrameReceiver(nodeCrypto, suite);
  for (let kid = 0n; kid < 8n; kid++) receiver.setKey(kid, baseKey);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void expect(receiver.open(bytes)).toHaveProperty('reason')));
});
