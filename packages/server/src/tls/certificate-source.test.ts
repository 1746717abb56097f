import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SILENT } from '../log/log.js';
import { ManualClock } from '../testing/manual-clock.js';
import { OwnAuthority, type TlsFiles } from './authority.js';
import { CertificateSource } from './certificate-source.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const authorityIn = (name: string, now = Date.now()) => new OwnAuthority(join(folder, name), () => now);
const NO_NAMES = () => names;

test('the operator’s files are read again when they change; a half-written one changes nothing', async () => {
  const [first, second] = [await authorityIn('a').certificateFor(names), await authorityIn('b').certificateFor(names)];
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const install = (from: string, at: number): void => {
    copyFileSync(join(folder, from, 'server.crt'), certFile);
    copyFileSync(join(folder, from, 'server.key'), keyFile);
    for (const path of [certFile, keyFile]) utimesSync(path, at, at);
  };
  install('a', 1_000);
  const files = { certFile, keyFile };
  const source = new CertificateSource({
    clock: new ManualClock(),
    log: SILENT,
    files,
    authority: authorityIn('c'),
    names: NO_NAMES,
  });
  expect(await source.load()).toEqual(first);
  const renewed: TlsFiles[] = [];
  await source.look((next) => renewed.push(next));
  expect(renewed).toEqual([]);
  writeFileSync(certFile, 'half');
  await source.look((next) => renewed.push(next));
  expect(renewed).toEqual([]);
  install('b', 2_000);
  await source.look((next) => renewed.push(next));
  expect(renewed).toEqual([second]);
});

test('the own certificate is made anew for a new address and before it ends; the authority stays', async () => {
  const authority = authorityIn('own');
  const first = await authority.certificateFor(names);
  const ca = authority.certificatePem;
  expect(await authority.certificateFor(names)).toEqual(first);
  const moved = await authority.certificateFor({ ...names, ipAddresses: ['127.0.0.1', '192.168.2.9'] });
  expect(moved.cert).not.toBe(first.cert);
  const later = authorityIn('own', Date.now() + 380 * 86_400_000);
  expect((await later.certificateFor(names)).cert).not.toBe(moved.cert);
  expect(authority.certificatePem).toBe(ca);
});

test('the own authority vouches for what is private and what it was made for; what the operator names later makes another', async () => {
  const authority = authorityIn('own');
  await authority.certificateFor(names);
  const ca = authority.certificatePem;
  const roamed = { dnsNames: ['localhost', 'other-machine'], ipAddresses: ['127.0.0.1', '192.168.3.4', '203.0.113.9'] };
  const leaf = new X509Certificate((await authority.certificateFor(roamed)).cert);
  expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:192.168.3.4');
  expect(authority.certificatePem).toBe(ca);
  const named = { ...roamed, dnsNames: ['localhost', 'talk.example.com'], required: ['talk.example.com'] };
  expect(new X509Certificate((await authority.certificateFor(named)).cert).checkHost('talk.example.com')).toBeDefined();
  expect(authority.certificatePem).not.toBe(ca);
});
