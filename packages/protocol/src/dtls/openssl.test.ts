import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshSerialNumber, nodeCrypto, signingKeyOf } from '@maru/node';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type CipherSuiteName, type DtlsOptions, fingerprintOf, writeCertificate } from './index.js';
import { IDENTITIES, Peer } from './testing/peers.js';
import { freeUdpPort, UdpPeer } from './testing/udp.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'maru-dtls-'));
const children: ChildProcessWithoutNullStreams[] = [];
const opened: UdpPeer[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const peer of opened.splice(0)) peer.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A certificate and key as PEM files for openssl, and the fingerprint that we must see. */
function pemIdentity(kind: 'ecdsa' | 'rsa') {
  const { privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const key = signingKeyOf(privateKey);
  const validity = { notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 86_400_000 };
  const template = {
    serialNumber: freshSerialNumber(),
    subject: { commonName: 'openssl' },
    publicKeyDer: key.publicKeyDer,
    ...validity,
  };
  const der = writeCertificate(template, { key }, nodeCrypto);
  const base64 = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
  const [certFile, keyFile] = [join(folder, `${kind}.crt`), join(folder, `${kind}.key`)];
  writeFileSync(certFile, `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`);
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { arguments: ['-cert', certFile, '-key', keyFile], fingerprint: fingerprintOf(nodeCrypto, der) };
}

const identities = { ecdsa: pemIdentity('ecdsa'), rsa: pemIdentity('rsa') };

/** Runs openssl and watches what it prints. */
class Openssl {
  output = '';
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: (() => void)[] = [];

  constructor(...parameters: string[]) {
    this.child = spawn('timeout', ['20', 'openssl', ...parameters]);
    children.push(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk) => {
        this.output += chunk;
        for (const check of this.waiting.splice(0)) check();
      });
    }
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  until(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      const check = (): void => {
        const match = pattern.exec(this.output);
        if (match) resolve(match);
        else this.waiting.push(check);
      };
      check();
    });
  }
}

const EXPORT = ['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', '56'];
const SRTP = ['-use_srtp', 'SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM'];

async function ours(role: 'client' | 'server', theirs: keyof typeof identities, options: Partial<DtlsOptions> = {}) {
  const udp = await UdpPeer.open(new Peer(role, options));
  opened.push(udp);
  udp.peer.connection.expectFingerprints(performance.now(), [identities[theirs].fingerprint]);
  return udp;
}

/** What openssl printed as keying material is what we export. */
async function expectSameExport(openssl: Openssl, udp: UdpPeer): Promise<void> {
  const [, hex] = await openssl.until(/Keying material: ([0-9A-F]+)/);
  expect(Buffer.from(udp.peer.connection.exportKeyingMaterial('EXTRACTOR-dtls_srtp', 56)!).toString('hex').toUpperCase()).toBe(
    hex,
  );
}

const SUITES: [keyof typeof identities, CipherSuiteName][] = [
  ['ecdsa', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  ['ecdsa', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
  ['ecdsa', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
  ['rsa', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
  ['rsa', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'],
];

describe.skipIf(!hasOpenssl)('a client of openssl', () => {
  test.each(SUITES)('(%s) shakes hands with our server over %s; data and exporters agree', async (kind, suite) => {
    const certificate = IDENTITIES[kind];
    const udp = await ours('server', kind, { cipherSuites: [suite], certificate });
    udp.start();
    const openssl = new Openssl(
      's_client',
      '-dtls1_2',
      '-connect',
      `127.0.0.1:${udp.port}`,
      ...identities[kind].arguments,
      ...SRTP,
      ...EXPORT,
    );
    await udp.until(() => udp.peer.connection.state === 'connected');
    expect(udp.peer.eventsOf('connected')[0]!.srtpProfile).toBe('SRTP_AEAD_AES_128_GCM');
    await expectSameExport(openssl, udp);
    openssl.write('from openssl\n');
    await udp.until(() => udp.peer.received.length > 0);
    expect(Buffer.from(udp.peer.received[0]!).toString()).toBe('from openssl\n');
    udp.peer.connection.send(Buffer.from('from us\n'));
    udp.settle();
    await openssl.until(/from us/);
    openssl.write('Q\n');
    await udp.until(() => udp.peer.connection.state === 'closed');
  });

  test('with a small MTU is understood', async () => {
    const udp = await ours('server', 'rsa', { mtuBytes: 256 });
    udp.start();
    new Openssl(
      's_client',
      '-dtls1_2',
      '-mtu',
      '300',
      '-timeout',
      '-connect',
      `127.0.0.1:${udp.port}`,
      ...identities.rsa.arguments,
    );
    await udp.until(() => udp.peer.connection.state === 'connected');
  });

  test('with another certificate than was signaled is refused (S-30a)', async () => {
    const udp = await ours('server', 'rsa');
    udp.start();
    const openssl = new Openssl('s_client', '-dtls1_2', '-connect', `127.0.0.1:${udp.port}`, ...identities.ecdsa.arguments);
    await udp.until(() => udp.peer.connection.state === 'failed');
    expect(udp.peer.eventsOf('failed')[0]!.failure.code).toBe('dtls/fingerprint-mismatch');
    await openssl.until(/alert bad certificate/);
  });

  test('without a certificate is refused (S-31)', async () => {
    const udp = await ours('server', 'rsa');
    udp.start();
    const openssl = new Openssl('s_client', '-dtls1_2', '-connect', `127.0.0.1:${udp.port}`);
    await udp.until(() => udp.peer.connection.state === 'failed');
    expect(udp.peer.eventsOf('failed')[0]!.failure.code).toBe('dtls/handshake-refused');
    await openssl.until(/alert handshake failure/);
  });

  test.each([
    [['-cipher', 'AES128-SHA']],
    [['-cipher', 'ECDHE-ECDSA-AES128-SHA']],
    [['-cipher', 'ECDHE-ECDSA-AES128-CCM']],
    [['-cipher', 'aNULL:@SECLEVEL=0']],
    [['-curves', 'P-521']],
    [['-sigalgs', 'ECDSA+SHA1', '-cipher', 'ALL:@SECLEVEL=0']],
    [['-dtls1', '-cipher', 'ALL:@SECLEVEL=0']],
  ])('S-38: with %j is refused', async (weak) => {
    const udp = await ours('server', 'ecdsa');
    udp.start();
    const version = weak.includes('-dtls1') ? [] : ['-dtls1_2'];
    new Openssl(
      's_client',
      ...version,
      '-connect',
      `127.0.0.1:${udp.port}`,
      ...identities.ecdsa.arguments,
      ...weak.filter(Boolean),
    );
    await udp.until(() => udp.peer.connection.state === 'failed');
    expect(udp.peer.eventsOf('failed')[0]!.failure.code).toBe('dtls/handshake-refused');
  });
});

describe.skipIf(!hasOpenssl)('a server of openssl', () => {
  async function openServer(kind: keyof typeof identities, ...parameters: string[]): Promise<{ openssl: Openssl; port: number }> {
    const port = await freeUdpPort();
    const openssl = new Openssl(
      's_server',
      '-dtls1_2',
      '-accept',
      `127.0.0.1:${port}`,
      ...identities[kind].arguments,
      ...parameters,
    );
    await openssl.until(/ACCEPT/);
    return { openssl, port };
  }

  test.each(SUITES)('(%s) shakes hands with our client over %s; data and exporters agree', async (kind, suite) => {
    const { openssl, port } = await openServer(kind, '-Verify', '1', ...SRTP, ...EXPORT);
    const udp = await ours('client', kind, { cipherSuites: [suite] });
    udp.start(port);
    await udp.until(() => udp.peer.connection.state === 'connected');
    expect(udp.peer.eventsOf('connected')[0]!.srtpProfile).toBe('SRTP_AES128_CM_HMAC_SHA1_80');
    await expectSameExport(openssl, udp);
    udp.peer.connection.send(Buffer.from('from us\n'));
    udp.settle();
    await openssl.until(/from us/);
    openssl.write('from openssl\n');
    await udp.until(() => udp.peer.received.length > 0);
    expect(Buffer.from(udp.peer.received[0]!).toString()).toBe('from openssl\n');
  });

  test('that asks for a cookie and for no certificate', async () => {
    const { port } = await openServer('ecdsa', '-listen');
    const udp = await ours('client', 'ecdsa');
    udp.start(port);
    await udp.until(() => udp.peer.connection.state === 'connected');
  });

  test.each(['P-256', 'P-384', 'X25519'])('over %s', async (curve) => {
    const { port } = await openServer('rsa', '-curves', curve, '-mtu', '500', '-timeout');
    const udp = await ours('client', 'rsa', { mtuBytes: 200 });
    udp.start(port);
    await udp.until(() => udp.peer.connection.state === 'connected');
    expect(udp.peer.connection.stats().group).toBe({ 'P-256': 'secp256r1', 'P-384': 'secp384r1', X25519: 'x25519' }[curve]);
  });

  test('that renegotiates is told no, and the connection lives on (S-38)', async () => {
    const { openssl, port } = await openServer('ecdsa');
    const udp = await ours('client', 'ecdsa');
    udp.start(port);
    await udp.until(() => udp.peer.connection.state === 'connected');
    udp.peer.connection.send(Buffer.from('one\n'));
    udp.settle();
    await openssl.until(/one/);
    const before = udp.peer.connection.stats().datagramsSent;
    openssl.write('r\n');
    await udp.until(() => udp.peer.connection.stats().datagramsSent > before);
    expect(udp.peer.connection.state).toBe('connected');
  });

  test('without extended master secret is refused (S-38)', async () => {
    const configuration = join(folder, 'no-ems.cnf');
    writeFileSync(
      configuration,
      'openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = weak\n[weak]\nOptions = -ExtendedMasterSecret\n',
    );
    process.env['OPENSSL_CONF'] = configuration;
    const { port } = await openServer('ecdsa').finally(() => delete process.env['OPENSSL_CONF']);
    const udp = await ours('client', 'ecdsa');
    udp.start(port);
    await udp.until(() => udp.peer.connection.state === 'failed');
    expect(udp.peer.eventsOf('failed')[0]!.failure).toMatchObject({ code: 'dtls/handshake-refused', sentAlert: 40 });
  });
});
