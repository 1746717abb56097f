import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, test } from 'vitest';
import { readPublicKey, readX25519, writePublicKey, writeX25519 } from './public-keys.js';

const spki = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));
const P256 = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey;

test.each([
  ['P-256', P256],
  ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey],
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey],
])('a key of %s is read and written as OpenSSL does it', (_, make) => {
  for (let i = 0; i < 20; i++) {
    const key = make();
    expect(writePublicKey(key)).toEqual(spki(key));
    expect(spki(readPublicKey(spki(key)))).toEqual(spki(key));
    if (key.asymmetricKeyType === 'rsa') return;
  }
});

test('a key of X25519 survives being written and read', () => {
  const { publicKey } = generateKeyPairSync('x25519');
  expect(writeX25519(publicKey)).toEqual(spki(publicKey).slice(-32));
  expect(spki(readX25519(writeX25519(publicKey)))).toEqual(spki(publicKey));
});

test('S-40: a point off its curve, a cut one, and one of another length are no keys', () => {
  const der = spki(P256());
  expect(() => readPublicKey(der.map((byte, at) => (at === 40 ? byte ^ 1 : byte)))).toThrow();
  expect(() => readPublicKey(der.map((byte, at) => (at >= 27 ? 0 : byte)))).toThrow();
  expect(() => readPublicKey(der.map((byte, at) => (at >= 27 ? 0xff : byte)))).toThrow();
  expect(() => readPublicKey(der.subarray(0, -1))).toThrow();
});
