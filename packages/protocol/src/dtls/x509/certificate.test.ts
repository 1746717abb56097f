import { spawnSync } from 'node:child_process';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateCertificate, generateSigningKey, generateSigningKeySync, nodeCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../../core/index.js';
import { type CertificateTemplate, readCertificate, writeCertificate, type X509Certificate } from '../index.js';
import { derElement, derInteger, derOid, derSequence } from './der-writer.js';
import { parseIpAddress } from './ip-address.js';
import { readPublicKeyKind } from './public-key.js';

const key = generateSigningKeySync();

function template(extra: Partial<CertificateTemplate> = {}): CertificateTemplate {
  return {
    serialNumber: Uint8Array.of(0x80, 1),
    subject: { commonName: 'test' },
    notBeforeMs: Date.UTC(2026, 0, 31, 23, 59, 58),
    notAfterMs: Date.UTC(2052, 1, 29, 1, 2, 3),
    publicKeyDer: key.publicKeyDer,
    ...extra,
  };
}

function read(der: Uint8Array): X509Certificate {
  const certificate = readCertificate(der);
  if (certificate instanceof Malformed) throw new Error(certificate.reason);
  return certificate;
}

describe('a certificate that we write', () => {
  test.each(['ecdsa-p256', 'ecdsa-p384', 'rsa-2048'] as const)(
    'with %s is one to node:crypto, signed by its own key',
    async (algorithm) => {
      const { chain } = await generateCertificate({ algorithm, commonName: 'né' });
      const certificate = new NodeCertificate(chain[0]!);
      expect(certificate.subject).toBe('CN=né');
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(read(chain[0]!).publicKey).toEqual(
        algorithm === 'rsa-2048'
          ? { type: 'rsa', modulusBits: 2048 }
          : { type: 'ec', curve: algorithm === 'ecdsa-p256' ? 'secp256r1' : 'secp384r1' },
      );
    },
  );

  test('reads back as what was asked for', () => {
    const der = writeCertificate(template(), { key }, nodeCrypto);
    const certificate = read(der);
    expect(certificate.notBeforeMs).toBe(template().notBeforeMs);
    expect(certificate.notAfterMs).toBe(template().notAfterMs);
    expect(certificate.serialNumber).toEqual(Uint8Array.of(0, 0x80, 1));
    expect(certificate.publicKeyDer).toEqual(key.publicKeyDer);
    expect(certificate.der).toEqual(der);
    expect(certificate.issuerDer).toEqual(certificate.subjectDer);
  });

  test('names hosts and addresses, and chains to the authority that signed it', async () => {
    const authorityKey = await generateSigningKey('ecdsa-p384');
    const authorityDer = writeCertificate(
      template({
        subject: { organization: 'Maru', commonName: 'authority' },
        publicKeyDer: authorityKey.publicKeyDer,
        isCa: true,
      }),
      { key: authorityKey },
      nodeCrypto,
    );
    const serverDer = writeCertificate(
      template({ dnsNames: ['localhost', '*.example.org'], ipAddresses: ['127.0.0.1', '2001:db8::5'] }),
      { key: authorityKey, subjectDer: read(authorityDer).subjectDer },
      nodeCrypto,
    );
    const [authority, server] = [new NodeCertificate(authorityDer), new NodeCertificate(serverDer)];
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.checkIssued(authority)).toBe(true);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkHost('a.example.org')).toBe('*.example.org');
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.subjectAltName).toContain('2001:DB8:0:0:0:0:0:5');
  });

  test('an authority with permitted names vouches for nothing else (openssl agrees)', async ({ skip }) => {
    if (spawnSync('openssl', ['version']).status !== 0) skip();
    const authorityKey = await generateSigningKey('ecdsa-p256');
    const authorityDer = writeCertificate(
      template({
        subject: { organization: 'Maru', commonName: 'authority' },
        publicKeyDer: authorityKey.publicKeyDer,
        isCa: true,
        permitted: { dnsNames: ['localhost', 'hall.example'], ipNetworks: ['192.168.0.0/16', '172.16.0.0/12', '10.1.2.3/32'] },
      }),
      { key: authorityKey },
      nodeCrypto,
    );
    const folder = mkdtempSync(join(tmpdir(), 'maru-x509-'));
    const accepts = (names: Pick<CertificateTemplate, 'dnsNames' | 'ipAddresses'>): boolean => {
      const issuer = { key: authorityKey, subjectDer: read(authorityDer).subjectDer };
      const leaf = writeCertificate(template({ subject: { organization: 'Maru' }, ...names }), issuer, nodeCrypto);
      writeFileSync(join(folder, 'ca.pem'), new NodeCertificate(authorityDer).toString());
      writeFileSync(join(folder, 'leaf.pem'), new NodeCertificate(leaf).toString());
      const at = String(Date.UTC(2030, 0) / 1_000);
      const parameters = ['verify', '-attime', at, '-CAfile', join(folder, 'ca.pem'), join(folder, 'leaf.pem')];
      return spawnSync('openssl', parameters, { timeout: 20_000 }).status === 0;
    };
    const inside = [{ dnsNames: ['localhost', 'a.hall.example'] }, { ipAddresses: ['192.168.7.9', '172.31.0.1', '10.1.2.3'] }];
    const outside = [
      { dnsNames: ['bank.example'] },
      { dnsNames: ['localhost', 'xhall.example'] },
      { ipAddresses: ['172.32.0.1'] },
      { ipAddresses: ['10.1.2.4'] },
      { ipAddresses: ['::1'] }, // no network of this family is permitted
    ];
    try {
      for (const names of inside) expect([names, accepts(names)]).toEqual([names, true]);
      for (const names of outside) expect([names, accepts(names)]).toEqual([names, false]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('keeps every second from 1970 to 2200', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2200) / 1_000 }), (second) => {
        const certificate = read(writeCertificate(template({ notAfterMs: second * 1_000 }), { key }, nodeCrypto));
        expect(certificate.notAfterMs).toBe(second * 1_000);
      }),
      { numRuns: 200 },
    );
  });
});

describe('S-39: the certificate reader', () => {
  const valid = writeCertificate(template(), { key }, nodeCrypto);

  test('returns for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readCertificate(bytes)));
  });

  test('returns for a certificate damaged anywhere', () => {
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, value, length) => {
        const damaged = valid.slice(0, length);
        if (at < length) damaged[at] = value;
        const result = readCertificate(damaged);
        if (length < valid.length) expect(result).toBeInstanceOf(Malformed);
      }),
      { numRuns: 2_000 },
    );
  });

  test('refuses nesting of 1 000, 100 KB, and trailing bytes, at once', () => {
    let nested: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < 1_000; i++) nested = derSequence(nested);
    for (const bytes of [nested, new Uint8Array(100_000).fill(0x30), Uint8Array.of(...valid, 0)]) {
      expect(readCertificate(bytes)).toBeInstanceOf(Malformed);
    }
  });

  test('refuses RSA 1024 and 16 384, a long exponent, explicit curves and compressed points', () => {
    const rsa = (bits: number, exponent: number): Uint8Array =>
      spki(
        derSequence(derOid('1.2.840.113549.1.1.1'), derElement(5)),
        derSequence(derInteger(new Uint8Array(bits / 8).fill(0xff)), derInteger(new Uint8Array(exponent).fill(1))),
      );
    expect(readPublicKeyKind(rsa(2048, 3))).toEqual({ type: 'rsa', modulusBits: 2048 });
    expect(readPublicKeyKind(rsa(1024, 3))).toBeUndefined();
    expect(readPublicKeyKind(rsa(16_384, 3))).toBeUndefined();
    expect(readPublicKeyKind(rsa(2048, 256))).toBeUndefined();
    const ec = (parameters: Uint8Array, point: Uint8Array): Uint8Array =>
      spki(derSequence(derOid('1.2.840.10045.2.1'), parameters), point);
    const p256 = derOid('1.2.840.10045.3.1.7');
    expect(readPublicKeyKind(ec(p256, new Uint8Array(65).fill(4)))).toEqual({ type: 'ec', curve: 'secp256r1' });
    expect(readPublicKeyKind(ec(p256, new Uint8Array(33).fill(2)))).toBeUndefined();
    expect(readPublicKeyKind(ec(derSequence(derInteger(Uint8Array.of(1))), new Uint8Array(65).fill(4)))).toBeUndefined();
    expect(readPublicKeyKind(ec(derOid('1.3.132.0.35'), new Uint8Array(133).fill(4)))).toBeUndefined();
  });
});

function spki(algorithm: Uint8Array, keyBits: Uint8Array): Uint8Array {
  return derSequence(algorithm, derElement(3, Uint8Array.of(0), keyBits));
}

test.each([
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['10.0.0.255', '0a0000ff'],
  ['1:2:3:4:5:6:7', undefined],
  ['1::2::3', undefined],
  ['1:2:3:4:5:6:7::8', undefined],
  ['10.0.0.256', undefined],
  ['example.org', undefined],
])('the address %s is %s', (text, hex) => {
  const address = parseIpAddress(text);
  expect(address && Buffer.from(address).toString('hex')).toBe(hex);
});
