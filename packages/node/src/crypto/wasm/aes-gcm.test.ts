import { type CipherGCM, createCipheriv } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_GCM_ADDITIONAL_BYTES, MAX_GCM_TEXT_BYTES, wasmAesGcm } from './aes-gcm.js';

function opensslSeal(key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array): Buffer {
  const algorithm = key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm';
  const cipher: CipherGCM = createCipheriv(algorithm, key, nonce, { authTagLength: 16 });
  cipher.setAAD(additional, { plaintextLength: plain.length });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const anyKey = fc.oneof(bytes(16), bytes(32));
const anyText = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 1_500, size: 'max' }));

test('whatever key, nonce, additional data and text: the bytes are those of OpenSSL, and open again', () => {
  fc.assert(
    fc.property(anyKey, bytes(12), fc.uint8Array({ maxLength: 100 }), anyText, (key, nonce, additional, plain) => {
      const aead = wasmAesGcm(key)!;
      const out = new Uint8Array(plain.length + 19);
      expect(aead.seal(nonce, additional, plain, out, 3)).toBe(plain.length + 16);
      expect(Buffer.from(out.subarray(3)).equals(opensslSeal(key, nonce, additional, plain))).toBe(true);
      expect(aead.open(nonce, additional, out.subarray(3), out, 3)).toBe(plain.length);
      expect(Buffer.from(out.subarray(3, 3 + plain.length)).equals(plain)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('every number of blocks up to the largest, with keys in turn', () => {
  const keys = [1, 2, 3].map((seed) => new Uint8Array(seed === 3 ? 32 : 16).fill(seed));
  const aeads = keys.map((key) => wasmAesGcm(key)!);
  const nonce = new Uint8Array(12).fill(0xff);
  const plain = new Uint8Array(MAX_GCM_TEXT_BYTES).map((_, i) => (i * 7) & 0xff);
  const additional = new Uint8Array(MAX_GCM_ADDITIONAL_BYTES).map((_, i) => i & 0xff);
  for (let length = 0; length <= MAX_GCM_TEXT_BYTES; length += length < 600 ? 1 : 317) {
    const text = plain.subarray(0, length);
    const beside = additional.subarray(0, length % (MAX_GCM_ADDITIONAL_BYTES + 1));
    const out = new Uint8Array(length + 16);
    aeads[length % 3]!.seal(nonce, beside, text, out, 0);
    expect(Buffer.from(out).equals(opensslSeal(keys[length % 3]!, nonce, beside, text))).toBe(true);
  }
});

test('packets are sealed and opened where they lie in a slab, large or small, and nothing around them changes', () => {
  const where = fc.tuple(fc.constantFrom(1_500, 2_048, 8_192, 70_000), fc.nat(), fc.nat(1_200), fc.nat(40), fc.boolean());
  const aead = wasmAesGcm(new Uint8Array(16).fill(9))!;
  const nonce = new Uint8Array(12).fill(3);
  fc.assert(
    fc.property(where, ([size, at, textBytes, headBytes, isInPlace]) => {
      const slab = new Uint8Array(size).map((_, i) => (i * 13) & 0xff);
      const before = new Uint8Array(slab);
      const offset = at % (size - headBytes - textBytes - 16 + 1);
      const textAt = offset + headBytes;
      const expected = opensslSeal(
        new Uint8Array(16).fill(9),
        nonce,
        slab.subarray(offset, textAt),
        slab.subarray(textAt, textAt + textBytes),
      );
      const out = isInPlace ? slab : new Uint8Array(slab);
      expect(aead.sealAt(nonce, slab, offset, headBytes, slab, textAt, textBytes, out, textAt)).toBe(textBytes + 16);
      expect(Buffer.from(out.subarray(textAt, textAt + textBytes + 16)).equals(expected)).toBe(true);
      expect(aead.openAt(nonce, out, offset, headBytes, out, textAt, textBytes + 16, out, textAt)).toBe(textBytes);
      before.set(out.subarray(textAt + textBytes, textAt + textBytes + 16), textAt + textBytes); // the tag stays
      expect(Buffer.from(out).equals(before)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
