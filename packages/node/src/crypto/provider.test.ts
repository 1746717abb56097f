import { createCipheriv, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { driver, nodeCrypto, pureCrypto, systemRandom } from '../index.js';

/** One suite for both: what @maru/native does faster, it does the same. */
const PROVIDERS = [['node', pureCrypto] as const, ...(driver.name === 'native' ? [['native', nodeCrypto] as const] : [])];
const CIPHERS = PROVIDERS.flatMap(([name, provider]) =>
  (['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'] as const).map((algorithm) => [algorithm, name, provider] as const),
);

describe.each(CIPHERS)('%s by %s', (algorithm, _, provider) => {
  const key = new Uint8Array(algorithm === 'aes-128-gcm' ? 16 : 32).fill(7);
  const nonce = new Uint8Array(12).fill(9);

  test('what is sealed opens, also in place, and a flipped bit anywhere does not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 20 }), fc.nat(), (plain, additional, where) => {
        const aead = provider.aead(algorithm, key);
        const out = new Uint8Array(plain.length + 16 + 5);
        expect(aead.seal(nonce, additional, plain, out, 5)).toBe(plain.length + 16);
        const sealed = out.slice(5);
        const opened = new Uint8Array(plain.length);
        expect(aead.open(nonce, additional, sealed, opened, 0)).toBe(plain.length);
        expect(opened).toEqual(plain);
        sealed[where % sealed.length]! ^= 1;
        expect(aead.open(nonce, additional, sealed, opened.fill(0), 0)).toBe(-1);
        expect(opened.every((byte) => byte === 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('text shorter than a tag does not open', () => {
    expect(provider.aead(algorithm, key).open(nonce, new Uint8Array(), new Uint8Array(15), new Uint8Array(), 0)).toBe(-1);
  });
});

describe.each(CIPHERS)('%s by %s, for packets in a slab', (algorithm, _, provider) => {
  const key = new Uint8Array(algorithm === 'aes-128-gcm' ? 16 : 32).fill(3);
  const nonce = new Uint8Array(12).fill(4);

  test('is the same as with views, in place and into another slot', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 40 }), fc.nat(20), (plain, additional, at) => {
        const aead = provider.aead(algorithm, key);
        const expected = new Uint8Array(plain.length + 16);
        aead.seal(nonce, additional, plain, expected, 0);
        const slab = new Uint8Array(1_000);
        slab.set(additional, at);
        slab.set(plain, at + 40);
        const { length } = plain;
        expect(aead.sealAt(nonce, slab, at, additional.length, slab, at + 40, length, slab, 500)).toBe(length + 16);
        expect(slab.slice(500, 516 + length)).toEqual(expected);
        expect(aead.sealAt(nonce, slab, at, additional.length, slab, at + 40, length, slab, at + 40)).toBe(length + 16);
        expect(slab.slice(at + 40, at + 56 + length)).toEqual(expected);
        expect(aead.openAt(nonce, slab, at, additional.length, slab, 500, length + 16, slab, 500)).toBe(length);
        expect(slab.slice(500, 500 + length)).toEqual(plain);
        slab[at + 40]! ^= 1;
        expect(aead.openAt(nonce, slab, at, additional.length, slab, at + 40, length + 16, slab, 0)).toBe(-1);
      }),
      { numRuns: 50 },
    );
  });
});

describe.each(PROVIDERS)('AES-CTR and HMAC-SHA1 by %s', (_, provider) => {
  test('the key stream is that of node:crypto, for any length, in place and apart', () => {
    const bits = fc.uint8Array({ minLength: 14, maxLength: 14 });
    fc.assert(
      fc.property(fc.constantFrom(16, 32), bits, fc.nat(4_000), fc.nat(9), (keyBytes, head, length, at) => {
        const key = new Uint8Array(keyBytes).fill(length);
        const counter = new Uint8Array(16);
        counter.set(head);
        const text = new Uint8Array(length).fill(0x5a);
        const expected = new Uint8Array(createCipheriv(`aes-${keyBytes * 8}-ctr`, key, counter).update(text));
        const slab = new Uint8Array(10_000);
        slab.set(text, at);
        const ctr = provider.aesCtr(key);
        ctr.xor(counter, slab, at, length, slab, 5_000);
        expect(slab.slice(5_000, 5_000 + length)).toEqual(expected);
        ctr.xor(counter, slab, at, length, slab, at);
        expect(slab.slice(at, at + length)).toEqual(expected);
        expect(slab[5_000 + length]).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test('the code is that of node:crypto, and keys do not mix', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(9),
        (key, text, at) => {
          const slab = new Uint8Array(400);
          slab.set(text, at);
          const [hmac, other] = [provider.hmacSha1(key), provider.hmacSha1(Uint8Array.of(1, 2, 3))];
          other.sign(slab, 0, 10, slab, 360);
          hmac.sign(slab, at, text.length, slab, 350);
          expect(slab.slice(350, 370)).toEqual(new Uint8Array(createHmac('sha1', key).update(text).digest()));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe.each(['x25519', 'secp256r1', 'secp384r1'] as const)('key agreement over %s', (group) => {
  test('both ends find the same secret', () => {
    const [a, b] = [nodeCrypto.keyAgreement(group), nodeCrypto.keyAgreement(group)];
    expect(a.derive(b.publicKey)).toEqual(b.derive(a.publicKey));
  });

  test('S-40: what is no point of the group yields nothing', () => {
    const own = nodeCrypto.keyAgreement(group);
    expect(own.derive(new Uint8Array(own.publicKey.length))).toBeUndefined();
    expect(own.derive(new Uint8Array(3))).toBeUndefined();
    if (group !== 'x25519') expect(own.derive(own.publicKey.map((byte, i) => (i === 20 ? byte ^ 1 : byte)))).toBeUndefined();
  });
});

test('random draws differ from one another, small and large', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 2_000; i++) {
    const bytes = new Uint8Array(i % 2 ? 16 : 2_000);
    systemRandom.fill(bytes);
    seen.add(bytes.subarray(0, 16).join());
  }
  expect(seen.size).toBe(2_000);
});

describe('published vectors', () => {
  const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

  test.each([
    [
      'aes-128-gcm, GCM specification test case 4',
      'aes-128-gcm',
      'feffe9928665731c6d6a8f9467308308',
      'cafebabefacedbaddecaf888',
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
    ],
    [
      'aes-256-gcm, GCM specification test case 16',
      'aes-256-gcm',
      'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
      'cafebabefacedbaddecaf888',
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
    ],
    [
      'chacha20-poly1305, RFC 8439 §2.8.2',
      'chacha20-poly1305',
      '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
      '070000004041424344454647',
      '50515253c0c1c2c3c4c5c6c7',
      Buffer.from(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
      ).toString('hex'),
      'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
    ],
  ] as const)('%s', (_, algorithm, key, nonce, additional, plain, sealed) => {
    for (const [, provider] of PROVIDERS) {
      const aead = provider.aead(algorithm, hex(key));
      const out = new Uint8Array(sealed.length / 2);
      aead.seal(hex(nonce), hex(additional), hex(plain), out, 0);
      expect(Buffer.from(out).toString('hex')).toBe(sealed);
      const opened = new Uint8Array(plain.length / 2);
      expect(aead.open(hex(nonce), hex(additional), hex(sealed), opened, 0)).toBe(opened.length);
      expect(Buffer.from(opened).toString('hex')).toBe(plain);
    }
  });

  test('S-40: X25519 points of small order (RFC 7748 §6.1, curve25519 contributory behaviour) yield nothing', () => {
    const own = nodeCrypto.keyAgreement('x25519');
    for (const point of [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ]) {
      expect(own.derive(hex(point))).toBeUndefined();
    }
  });

  test.each(['secp256r1', 'secp384r1'] as const)('S-40: points off %s, at infinity, or compressed yield nothing', (group) => {
    const own = nodeCrypto.keyAgreement(group);
    const size = (own.publicKey.length - 1) / 2;
    const generatorOfTheOther = nodeCrypto.keyAgreement(group === 'secp256r1' ? 'secp384r1' : 'secp256r1').publicKey;
    expect(own.derive(new Uint8Array([0]))).toBeUndefined();
    expect(own.derive(new Uint8Array(own.publicKey.length))).toBeUndefined();
    expect(own.derive(new Uint8Array([4, ...new Uint8Array(2 * size).fill(0xff)]))).toBeUndefined();
    expect(own.derive(new Uint8Array([4, ...new Uint8Array(2 * size)]))).toBeUndefined();
    expect(own.derive(new Uint8Array([2, ...own.publicKey.subarray(1, 1 + size)]))).toBeUndefined();
    expect(own.derive(generatorOfTheOther)).toBeUndefined();
  });
});
