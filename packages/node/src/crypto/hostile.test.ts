// Cases of our own in the manner of Wycheproof (C2SP): keys, signatures and sealed texts that only look right.
import { type CipherGCM, createCipheriv, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { AeadAlgorithm } from '@maru/protocol/core';
import { describe, expect, test } from 'vitest';
import { driver, nodeCrypto, pureCrypto } from '../index.js';

const CURVES = {
  secp256r1: {
    node: 'prime256v1',
    scheme: 'ecdsa-secp256r1-sha256',
    hash: 'sha256',
    bytes: 32,
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  secp384r1: {
    node: 'secp384r1',
    scheme: 'ecdsa-secp384r1-sha384',
    hash: 'sha384',
    bytes: 48,
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
} as const;

const bytesOf = (value: bigint, length: number): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'));

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % modulus;
    b = (b * b) % modulus;
  }
  return result;
}

describe.each(['secp256r1', 'secp384r1'] as const)('S-40: points of %s', (group) => {
  const { p, b, bytes } = CURVES[group];
  const point = (x: bigint, y: bigint): Uint8Array => Uint8Array.of(4, ...bytesOf(x, bytes), ...bytesOf(y, bytes));
  /** x = 0 is on the curve: both primes are 3 modulo 4, so this is a root of b. */
  const root = power(b, (p + 1n) / 4n, p);

  test('at the edge of the curve, x = 0 and either y, are points like others', () => {
    const own = nodeCrypto.keyAgreement(group);
    expect(own.derive(point(0n, root))).toHaveLength(bytes);
    expect(own.derive(point(0n, p - root))).toEqual(own.derive(point(0n, root))); // only x is shared
  });

  test.each<[string, () => Uint8Array]>([
    ['x = p for x = 0', () => point(p, root)],
    ['y beyond p', () => (root + p < 2n ** BigInt(8 * bytes) ? point(0n, root + p) : point(0n, p))],
    ['of another curve of the same equation, (1, 1)', () => point(1n, 1n)],
    ['(0, 0)', () => point(0n, 0n)],
    ['y one beside', () => point(0n, root + 1n)],
    ['all ones', () => point(2n ** BigInt(8 * bytes) - 1n, 2n ** BigInt(8 * bytes) - 1n)],
    ['hybrid form', () => Uint8Array.of(6 + Number(root & 1n), ...point(0n, root).subarray(1))],
    ['a byte short', () => point(0n, root).subarray(0, -1)],
    ['a byte long', () => Uint8Array.of(...point(0n, root), 0)],
    ['of nothing', () => new Uint8Array(0)],
  ])('%s yields nothing', (_what, make) => {
    expect(nodeCrypto.keyAgreement(group).derive(make())).toBeUndefined();
  });

  test('a secret keeps its leading zeros (RFC 8422 §5.10)', () => {
    const own = nodeCrypto.keyAgreement(group);
    for (let i = 0; i < 60; i++) expect(own.derive(nodeCrypto.keyAgreement(group).publicKey)).toHaveLength(bytes);
  });
});

describe('S-40: points of x25519', () => {
  const P = 2n ** 255n - 19n;
  const little = (value: bigint): Uint8Array => bytesOf(value, 32).reverse();
  const withHighBit = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 31 ? byte | 0x80 : byte));
  /** Of order 1, 2, 4 and 8, on the curve and its twist, and the same not reduced (RFC 7748 §6.1). */
  const SMALL_ORDER = [
    0n,
    1n,
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
    P - 1n,
    P,
    P + 1n,
  ];

  test.each(SMALL_ORDER)('%d, of small order, yields nothing, with the highest bit set neither', (u) => {
    const own = nodeCrypto.keyAgreement('x25519');
    expect(own.derive(little(u))).toBeUndefined();
    expect(own.derive(withHighBit(little(u)))).toBeUndefined();
  });

  test.each([2n, 3n, 9n, 18n])('p + %d is taken for what it is modulo p, and the highest bit for nothing (RFC 7748 §5)', (k) => {
    const own = nodeCrypto.keyAgreement('x25519');
    const secret = own.derive(little(k));
    expect(secret).toHaveLength(32);
    expect(own.derive(little(P + k))).toEqual(secret);
    expect(own.derive(withHighBit(little(k)))).toEqual(secret);
  });
});

const PROVIDERS = [['node', pureCrypto] as const, ...(driver.name === 'native' ? [['native', nodeCrypto] as const] : [])];
const SIGNERS = PROVIDERS.flatMap(([name, provider]) =>
  (['secp256r1', 'secp384r1'] as const).map((curve) => [curve, name, provider] as const),
);

describe.each(SIGNERS)('S-31: ECDSA signatures over %s by %s', (curve, _name, provider) => {
  const { node, scheme, hash, bytes, n } = CURVES[curve];
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: node });
  const spki = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));
  const message = new TextEncoder().encode('what both sides have said');
  const raw = sign(hash, message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const r = BigInt(`0x${raw.subarray(0, bytes).toString('hex')}`);
  const s = BigInt(`0x${raw.subarray(bytes).toString('hex')}`);

  const length = (count: number): number[] => (count < 128 ? [count] : [0x81, count]);
  const integer = (value: bigint): number[] => {
    const positive = bytesOf(value < 0n ? 2n ** BigInt(8 * (bytes + 1)) + value : value, bytes + 1);
    let at = 0;
    while (at < bytes && positive[at] === 0 && positive[at + 1]! < 0x80) at += 1;
    const content = [...positive.subarray(at)];
    return [2, ...length(content.length), ...content];
  };
  const sequence = (...content: number[]): Uint8Array => Uint8Array.of(0x30, ...length(content.length), ...content);
  const signature = (...values: bigint[]): Uint8Array => sequence(...values.flatMap(integer));
  const verifies = (bytesOfSignature: Uint8Array, der = spki(publicKey), text = message): boolean =>
    provider.verify(scheme, der, text, bytesOfSignature);

  test('are good as they were made, and with -s for s, which ECDSA allows', () => {
    expect(verifies(signature(r, s))).toBe(true);
    expect(verifies(signature(r, n - s))).toBe(true);
  });

  test.each<[string, () => Uint8Array]>([
    ['r = 0', () => signature(0n, s)],
    ['s = 0', () => signature(r, 0n)],
    ['both 0', () => signature(0n, 0n)],
    ['both 1', () => signature(1n, 1n)],
    ['r = n', () => signature(n, s)],
    ['s = n', () => signature(r, n)],
    ['r + n', () => signature(r + n, s)],
    ['s + n', () => signature(r, s + n)],
    ['-r', () => signature(-r, s)],
    ['-s', () => signature(r, -s)],
    ['n - r', () => signature(n - r, s)],
    ['r and s exchanged', () => signature(s, r)],
    ['s off by one', () => signature(r, s + 1n)],
    ['only r', () => signature(r)],
    ['a third number', () => signature(r, s, 1n)],
    ['r padded with a zero', () => sequence(2, integer(r)[1]! + 1, 0, ...integer(r).slice(2), ...integer(s))],
    [
      'a length in more bytes than it needs',
      () => Uint8Array.of(0x30, 0x82, 0, signature(r, s).length - 2, ...integer(r), ...integer(s)),
    ],
    ['an indefinite length', () => Uint8Array.of(0x30, 0x80, ...integer(r), ...integer(s), 0, 0)],
    ['a byte behind it', () => Uint8Array.of(...signature(r, s), 0)],
    ['a byte short', () => signature(r, s).subarray(0, -1)],
    ['a SET instead of a SEQUENCE', () => Uint8Array.of(0x31, ...signature(r, s).subarray(1))],
    ['an INTEGER of no bytes', () => sequence(...integer(r), 2, 0)],
    ['r and s bare, as in P1363', () => new Uint8Array(raw)],
    ['nothing', () => new Uint8Array(0)],
    ['zeros', () => new Uint8Array(70)],
    ['a long one of random look', () => new Uint8Array(4_096).fill(0x30)],
  ])('are bad with %s', (_what, make) => {
    expect(verifies(make())).toBe(false);
  });

  test('are bad under other keys, other words and keys that are none', () => {
    const good = signature(r, s);
    const other = generateKeyPairSync('ec', { namedCurve: node }).publicKey;
    const der = spki(publicKey);
    expect(verifies(good, spki(other))).toBe(false);
    expect(verifies(good, der, message.subarray(1))).toBe(false);
    expect(
      verifies(
        good,
        der.map((byte, i) => (i === der.length - 1 ? byte ^ 1 : byte)),
      ),
    ).toBe(false); // off the curve
    expect(verifies(good, der.subarray(0, -1))).toBe(false);
    const [x, y] = [der.length - 2 * bytes, der.length - bytes];
    expect(verifies(good, Uint8Array.of(...der.subarray(0, x), ...new Uint8Array(2 * bytes)))).toBe(false); // nowhere
    expect(verifies(good, Uint8Array.of(...der.subarray(0, y), ...bytesOf(CURVES[curve].p, bytes)))).toBe(false); // beyond the field
    expect(verifies(good, der)).toBe(true); // and the bad ones have left nothing behind
    expect(verifies(good, new Uint8Array(0))).toBe(false);
    expect(verifies(good, new Uint8Array(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })))).toBe(
      false,
    );
    for (const namedCurve of ['secp256k1', 'secp521r1']) {
      const pair = generateKeyPairSync('ec', { namedCurve });
      expect(verifies(sign(hash, message, pair.privateKey), spki(pair.publicKey))).toBe(false);
    }
  });
});

const CIPHERS = PROVIDERS.flatMap(([name, provider]) =>
  (['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'] as const).map((algorithm) => [algorithm, name, provider] as const),
);

describe.each(CIPHERS)('%s by %s', (algorithm: AeadAlgorithm, _name, provider) => {
  const key = Uint8Array.from({ length: algorithm === 'aes-128-gcm' ? 16 : 32 }, (_, i) => 255 - i);
  const nonce = Uint8Array.from({ length: 12 }, (_, i) => i);
  const additional = Uint8Array.from({ length: 13 }, (_, i) => 100 + i);
  const aead = provider.aead(algorithm, key);

  function sealed(plain: Uint8Array): Uint8Array {
    const out = new Uint8Array(plain.length + 16);
    expect(aead.seal(nonce, additional, plain, out, 0)).toBe(out.length);
    return out;
  }
  const opens = (text: Uint8Array, withNonce = nonce, withAdditional = additional): boolean =>
    aead.open(withNonce, withAdditional, text, new Uint8Array(text.length), 0) >= 0;

  test.each([0, 1, 15, 16, 17, 31, 32, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1_200, 16_384])(
    '%d bytes are sealed as OpenSSL seals them',
    (size) => {
      const plain = Uint8Array.from({ length: size }, (_, i) => (i * 31) & 0xff);
      const cipher = createCipheriv(algorithm as 'aes-128-gcm', key, nonce, { authTagLength: 16 }) as CipherGCM;
      cipher.setAAD(additional, { plaintextLength: size });
      const expected = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      expect(Buffer.compare(Buffer.from(sealed(plain)), expected)).toBe(0);
      expect(opens(expected)).toBe(true);
    },
  );

  test('nothing opens with one bit of its tag changed, with none of it, or with a part of it', () => {
    const good = sealed(Uint8Array.from({ length: 40 }, (_, i) => i));
    for (let bit = 0; bit < 128; bit++) {
      const bad = good.slice();
      bad[40 + (bit >> 3)]! ^= 1 << (bit & 7);
      expect(opens(bad)).toBe(false);
    }
    for (let left = 0; left < 16; left++) expect(opens(good.subarray(0, 40 + left))).toBe(false);
    expect(opens(good.map((byte, i) => (i < 40 ? byte : 0)))).toBe(false);
    expect(opens(Uint8Array.of(...good, 0))).toBe(false);
    expect(opens(good)).toBe(true); // and the bad ones have left nothing behind
  });

  test('nothing opens under another nonce, other additional data or another key', () => {
    const good = sealed(new Uint8Array(20));
    expect(
      opens(
        good,
        nonce.map((byte) => byte ^ 1),
      ),
    ).toBe(false);
    expect(opens(good, nonce, additional.subarray(1))).toBe(false);
    expect(opens(good, nonce, new Uint8Array(0))).toBe(false);
    const other = provider.aead(
      algorithm,
      key.map((byte) => byte ^ 1),
    );
    expect(other.open(nonce, additional, good, new Uint8Array(20), 0)).toBe(-1);
  });
});
