import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { generateCertificate, generateCertificateSync, generateSigningKey, nodeCrypto, signingKeyOf } from '../index.js';

const data = new TextEncoder().encode('what is signed');

describe.each(['ecdsa-p256', 'ecdsa-p384', 'rsa-2048'] as const)('a signing key (%s)', (algorithm) => {
  test('signs with each of its schemes what verifies with that scheme and no other bytes', async () => {
    const key = await generateSigningKey(algorithm);
    for (const scheme of key.schemes) {
      const signature = key.sign(scheme, data);
      expect(nodeCrypto.verify(scheme, key.publicKeyDer, data, signature)).toBe(true);
      expect(nodeCrypto.verify(scheme, key.publicKeyDer, data.subarray(1), signature)).toBe(false);
      expect(nodeCrypto.verify(scheme, key.publicKeyDer, data, signature.subarray(1))).toBe(false);
      expect(nodeCrypto.verify(scheme, key.publicKeyDer.subarray(1), data, signature)).toBe(false);
    }
  });

  test('S-42: prints and serialises nothing of its private half', async () => {
    const key = await generateSigningKey(algorithm);
    const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
    expect(shown).not.toMatch(/PRIVATE|privateKey|"d"/);
    expect(Object.keys(key).sort()).toEqual(['publicKeyDer', 'schemes']);
  });
});

test('S-40: a signature of RSA that lacks its leading zero is none (RFC 8017 §8.1.2)', async () => {
  const key = await generateSigningKey('rsa-2048');
  let signature = key.sign('rsa-pss-sha256', data);
  while (signature[0] !== 0) signature = key.sign('rsa-pss-sha256', data); // one in 256 begins with it
  expect(nodeCrypto.verify('rsa-pss-sha256', key.publicKeyDer, data, signature)).toBe(true);
  expect(nodeCrypto.verify('rsa-pss-sha256', key.publicKeyDer, data, signature.subarray(1))).toBe(false);
});

test('S-42: two certificates share neither key nor number, and last 30 days', async () => {
  const [a, b] = [await generateCertificate(), generateCertificateSync()];
  const [first, second] = [new X509Certificate(a.chain[0]!), new X509Certificate(b.chain[0]!)];
  expect(first.serialNumber).not.toBe(second.serialNumber);
  expect(a.key.publicKeyDer).not.toEqual(b.key.publicKeyDer);
  const days = (Date.parse(first.validTo) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(29.9);
  expect(days).toBeLessThanOrEqual(30);
  expect(Date.parse(first.validFrom)).toBeLessThan(Date.now());
});

test('a lifetime above a year becomes a year', () => {
  const { expiresMs } = generateCertificateSync({ lifetimeMs: 1e15 });
  expect(expiresMs).toBeLessThanOrEqual(Date.now() + 365 * 86_400_000);
});

test('keys that TLS here cannot sign with are refused', () => {
  expect(() => signingKeyOf(generateKeyPairSync('ed25519').privateKey)).toThrow(RangeError);
  expect(() => signingKeyOf(generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).privateKey)).toThrow(RangeError);
});
