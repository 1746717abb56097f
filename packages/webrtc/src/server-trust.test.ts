import { freshSerialNumber, generateSigningKeySync, nodeCrypto } from '@maru/node';
import { writeCertificate } from '@maru/protocol/dtls';
import { expect, test } from 'vitest';
import { isTrustedServer } from './server-trust.js';

const DAY_MS = 86_400_000;
const now = Date.now();
const authorityKey = generateSigningKeySync();

function certificate({
  isCa = false,
  dnsNames = [] as string[],
  notAfterMs = now + DAY_MS,
  key = generateSigningKeySync(),
  issuer = authorityKey,
} = {}): Uint8Array {
  const subject = { commonName: isCa ? 'Test Authority' : 'Test Server' };
  const template = {
    serialNumber: freshSerialNumber(),
    subject,
    notBeforeMs: now - DAY_MS,
    notAfterMs,
    publicKeyDer: key.publicKeyDer,
    isCa,
    ...(dnsNames.length > 0 && { dnsNames }),
  };
  return writeCertificate(template, { key: issuer, ...(!isCa && { subjectDer: authorityName }) }, nodeCrypto);
}

function pem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
}

// A name of one relative distinguished name, the common name "Test Authority" (RFC 5280 §4.1.2.4).
const authorityName = Uint8Array.from(
  Buffer.from('3019311730150603550403' + '0c0e' + Buffer.from('Test Authority').toString('hex'), 'hex'),
);
const authority = certificate({ isCa: true, key: authorityKey });

test('a server is trusted by an authority that was named, under its own name, in its time', () => {
  const own = certificate({ dnsNames: ['turn.example.com'] });
  expect(isTrustedServer([own], 'turn.example.com', now, [pem(authority)])).toBe(true);
  expect(isTrustedServer([own, authority], 'turn.example.com', now, [pem(authority)])).toBe(true);
  expect(isTrustedServer([own], 'other.example.com', now, [pem(authority)])).toBe(false);
  expect(isTrustedServer([own, authority], 'turn.example.com', now)).toBe(false);
  expect(isTrustedServer([own], 'turn.example.com', now + 2 * DAY_MS, [pem(authority)])).toBe(false);
  expect(isTrustedServer([], 'turn.example.com', now, [pem(authority)])).toBe(false);
});

test('a certificate that another key signed is not trusted, whatever issuer it names', () => {
  const forged = certificate({ dnsNames: ['turn.example.com'], issuer: generateSigningKeySync() });
  expect(isTrustedServer([forged], 'turn.example.com', now, [pem(authority)])).toBe(false);
});
