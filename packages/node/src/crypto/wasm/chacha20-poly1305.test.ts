import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_WASM_ADDITIONAL_BYTES, MAX_WASM_TEXT_BYTES, wasmChaCha20Poly1305 } from './chacha20-poly1305.js';

const wasm = (key: Uint8Array) => wasmChaCha20Poly1305(key)!;

/** What OpenSSL makes of the same. */
function reference(key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(additional, { plaintextLength: plain.length });
  return new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('ChaCha20-Poly1305 in WebAssembly', () => {
  test('is byte for byte what OpenSSL makes, for any lengths, and opens again', () => {
    const text = fc.oneof(
      fc.uint8Array({ maxLength: 700 }),
      fc.nat(MAX_WASM_TEXT_BYTES).map((length) => new Uint8Array(length).fill(length)),
    );
    const additional = fc.uint8Array({ maxLength: 70 });
    fc.assert(
      fc.property(bytes(32), bytes(12), additional, text, (key, nonce, aad, plain) => {
        const aead = wasm(key);
        const out = new Uint8Array(plain.length + 16 + 3);
        expect(aead.seal(nonce, aad, plain, out, 3)).toBe(plain.length + 16);
        expect(Buffer.compare(out.subarray(3), reference(key, nonce, aad, plain))).toBe(0);
        const opened = new Uint8Array(plain.length + 1);
        expect(aead.open(nonce, aad, out.subarray(3), opened, 1)).toBe(plain.length);
        expect(Buffer.compare(opened.subarray(1), plain)).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  test('agrees with OpenSSL where Poly1305 is at its edges: keys and texts of ones and zeros', () => {
    for (const fill of [0x00, 0xff, 0x80, 0x7f, 0xfb, 0xfc]) {
      for (const length of [0, 1, 15, 16, 17, 63, 64, 65, 191, 192, 193, 255, 256, 257, 1_200, MAX_WASM_TEXT_BYTES]) {
        for (const additionalBytes of [0, 1, 13, 16, 17, MAX_WASM_ADDITIONAL_BYTES]) {
          const [key, nonce] = [new Uint8Array(32).fill(fill), new Uint8Array(12).fill(fill)];
          const [aad, plain] = [new Uint8Array(additionalBytes).fill(fill), new Uint8Array(length).fill(fill)];
          const out = new Uint8Array(length + 16);
          wasm(key).seal(nonce, aad, plain, out, 0);
          expect(Buffer.compare(out, reference(key, nonce, aad, plain))).toBe(0);
        }
      }
    }
  });

  test('makes the right tag for texts chosen so that the sum passes the prime', () => {
    // A text that is itself a key stream leaves zeros to be authenticated; all-ones blocks drive the limbs to their limits.
    const [key, nonce, aad] = [new Uint8Array(32).fill(1), new Uint8Array(12), new Uint8Array(0)];
    const stream = reference(key, nonce, aad, new Uint8Array(4_096)).subarray(0, 4_096);
    for (const target of [0x00, 0xff]) {
      const plain = stream.map((byte) => byte ^ target);
      const out = new Uint8Array(plain.length + 16);
      wasm(key).seal(nonce, aad, plain, out, 0);
      expect(out[0]).toBe(target);
      expect(Buffer.compare(out, reference(key, nonce, aad, plain))).toBe(0);
    }
  });

  test('opens nothing with a bit changed anywhere, and hands out none of it', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 300 }), fc.nat(), (key, plain, where) => {
        const aead = wasm(key);
        const sealed = new Uint8Array(plain.length + 16);
        const nonce = new Uint8Array(12);
        aead.seal(nonce, Uint8Array.of(1), plain, sealed, 0);
        sealed[where % sealed.length]! ^= 1 << (where % 8);
        const opened = new Uint8Array(plain.length);
        expect(aead.open(nonce, Uint8Array.of(1), sealed, opened, 0)).toBe(-1);
        expect(opened.every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  test('keys do not mix, though they share one memory', () => {
    const [a, b] = [wasm(new Uint8Array(32).fill(1)), wasm(new Uint8Array(32).fill(2))];
    const plain = new Uint8Array(100).fill(3);
    const [first, second, again] = [new Uint8Array(116), new Uint8Array(116), new Uint8Array(116)];
    const [nonce, aad] = [new Uint8Array(12), new Uint8Array(13)];
    a.seal(nonce, aad, plain, first, 0);
    b.seal(nonce, aad, plain, second, 0);
    a.seal(nonce, aad, plain, again, 0);
    expect(again).toEqual(first);
    expect(second).not.toEqual(first);
    expect(b.open(nonce, aad, first, new Uint8Array(100), 0)).toBe(-1);
  });
});
