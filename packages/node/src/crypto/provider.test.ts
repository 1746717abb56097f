import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeCrypto, systemRandom } from '../index.js';

describe.each(['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'] as const)('%s', (algorithm) => {
  const key = new Uint8Array(algorithm === 'aes-128-gcm' ? 16 : 32).fill(7);
  const nonce = new Uint8Array(12).fill(9);

  test('what is sealed opens, also in place, and a flipped bit anywhere does not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 20 }), fc.nat(), (plain, additional, where) => {
        const aead = nodeCrypto.aead(algorithm, key);
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
    expect(nodeCrypto.aead(algorithm, key).open(nonce, new Uint8Array(), new Uint8Array(15), new Uint8Array(), 0)).toBe(-1);
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
