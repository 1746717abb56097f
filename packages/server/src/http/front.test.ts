import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { limitsWith, TestServer } from '../testing/test-server.js';

let folder: string;
let server: TestServer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-test-'));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const authority = async (): Promise<string> => (await fetch(`${server.base}/app/ca.crt`)).text();

/** What a TLS client that trusts the server's authority gets. */
async function getSecurely(path: string, host = 'localhost'): Promise<{ status: number; body: string }> {
  const ca = await authority();
  return new Promise((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', servername: host, port: server.running.port, path, ca, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
    })
      .on('error', reject)
      .end();
  });
}

test('one port speaks HTTP, HTTPS and WebSocket over both, and a device that trusts the authority sees no warning', async () => {
  server = await TestServer.start();
  expect((await fetch(`${server.base}/v1/health`)).status).toBe(200);
  expect(await getSecurely('/v1/health')).toMatchObject({ status: 200 });
  for (const scheme of ['ws', 'wss']) {
    const socket = new WebSocket(`${scheme}://localhost:${server.running.port}/v1/signal/ws`, { ca: await authority() });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.terminate();
  }
});

test('the certificate is for every name and address of this machine, and survives a restart', async () => {
  server = await TestServer.start({ dataFolder: folder });
  const read = (): Promise<X509Certificate> =>
    new Promise((resolve, reject) => {
      const socket = tlsConnect({ host: '127.0.0.1', port: server.running.port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()!);
        socket.destroy();
      }).on('error', reject);
    });
  const first = await read();
  expect(first.checkHost('localhost')).toBe('localhost');
  expect(first.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(first.checkIP('::1')).toBeDefined();
  const ca = new X509Certificate(await authority());
  expect(ca.ca).toBe(true);
  expect(first.verify(ca.publicKey)).toBe(true);
  await server.close();
  server = await TestServer.start({ dataFolder: folder });
  expect((await read()).fingerprint256).toBe(first.fingerprint256);
});

/** Opens a plain TCP connection, sends `text`, and resolves with all that came back before the end. */
function talk(text: string | Buffer, then?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.running.port, '127.0.0.1', () => {
      socket.write(text);
      then?.(socket);
    });
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('close', () => resolve(Buffer.concat(parts).toString()));
    socket.on('error', () => socket.destroy());
  });
}

test('slow and nonsensical clients are cut off, others are served (S-86, S-87)', async () => {
  const limits = limitsWith({ http: { firstByteMs: 100, headersMs: 200, requestMs: 300 } });
  server = await TestServer.start({ limits });
  const host = 'host: localhost\r\n';
  const [silent, halfHeaders, halfBody, nonsense, manyHeaders, halfTls] = await Promise.all([
    talk(''),
    talk(`GET / HTTP/1.1\r\n${host}x: y`),
    talk(`POST /v1/signal/open HTTP/1.1\r\n${host}content-type: application/json\r\ncontent-length: 100\r\n\r\n{`),
    talk('\r\n\r\nEHLO nobody\r\n\r\n'),
    talk(`GET / HTTP/1.1\r\n${host}${Array.from({ length: 2_000 }, (_, index) => `x-${index}: ${index}`).join('\r\n')}\r\n\r\n`),
    talk(Buffer.from([0x16, 0x03, 0x01])),
  ]);
  expect(silent).toBe('');
  expect(halfHeaders).toContain('408');
  expect(halfBody).toContain('408');
  expect(nonsense).toContain('400');
  expect(manyHeaders).toContain('431');
  expect(halfTls).toBe('');
  expect((await fetch(`${server.base}/v1/health`)).status).toBe(200);
});

test('a TLS client that vanishes leaves nothing open', async () => {
  server = await TestServer.start();
  for (let index = 0; index < 20; index += 1) {
    await new Promise<void>((resolve, reject) => {
      const socket = tlsConnect({ host: '127.0.0.1', port: server.running.port, rejectUnauthorized: false }, () => {
        socket.destroy();
        resolve();
      }).on('error', reject);
    });
  }
  let open = 20;
  while (open > 2) open = Number(/^maru_tcp_connections (\d+)$/m.exec(await (await fetch(`${server.base}/metrics`)).text())?.[1]);
});

test('WebSockets that break RFC 6455 are closed, and the server stays (S-86)', async () => {
  server = await TestServer.start({ limits: limitsWith({ webSocket: { openingMs: 300 } }) });
  const upgrade = (extra = ''): string =>
    `GET /v1/signal/ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n${extra}\r\n`;
  const afterUpgrade = (bytes: number[]): Promise<string> =>
    talk(upgrade(), (socket) => socket.once('data', () => socket.write(Buffer.from(bytes))));
  const unmasked = await afterUpgrade([0x81, 0x02, 0x68, 0x69]);
  const reserved = await afterUpgrade([0xf1, 0x80, 0, 0, 0, 0]);
  const huge = await afterUpgrade([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  for (const answer of [unmasked, reserved, huge]) expect(answer).toContain('101 Switching Protocols');
  expect(
    await talk(upgrade('sec-websocket-extensions: permessage-deflate\r\n'), (socket) => setImmediate(() => socket.end())),
  ).not.toContain('deflate');
  expect(await talk(upgrade(`sec-websocket-protocol: a${' '.repeat(10_000)}x\r\n`))).toContain('400');
  expect(await talk(upgrade().replace('/v1/signal/ws', '/elsewhere'))).toContain('404');
  expect((await fetch(`${server.base}/v1/health`)).status).toBe(200);
});

/** Of a page that is one file, its script named by its hash. */
const SEALED_POLICY = "default-src 'none'; script-src 'sha256-x/+9='; base-uri 'none'";

test('the web app: pages by address, assets forever, nothing outside its folder, and a strict policy', async () => {
  mkdirSync(join(folder, 'web/assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'web/index.html'), '<!doctype html><title>maru</title>');
  writeFileSync(join(folder, 'web/assets/app-Ab12Cd34.js'), 'export {};'.repeat(200));
  writeFileSync(
    join(folder, 'web/direct.html'),
    `<head><meta http-equiv="Content-Security-Policy" content="${SEALED_POLICY}" /></head><script>1</script>`,
  );
  server = await TestServer.start({ webFolder: join(folder, 'web') });
  for (const path of ['/', '/h/abcde-fghij', '/direct', '/lens']) {
    const response = await fetch(server.base + path);
    expect(await response.text()).toContain('<title>maru</title>');
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) expect(policy).toContain(part);
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('permissions-policy')).toContain('camera=(self)');
  }
  const sealed = await fetch(`${server.base}/direct.html`);
  expect(sealed.headers.get('content-security-policy')).toBe(`${SEALED_POLICY}; frame-ancestors 'none'`);
  const asset = await fetch(`${server.base}/assets/app-Ab12Cd34.js`, { headers: { 'accept-encoding': 'gzip, br' } });
  expect(asset.headers.get('cache-control')).toContain('immutable');
  expect(asset.headers.get('content-encoding')).toBe('br');
  expect((await asset.text()).length).toBe(2_000);
  const again = await fetch(server.base, { headers: { 'if-none-match': (await fetch(server.base)).headers.get('etag')! } });
  expect(again.status).toBe(304);
  for (const path of [
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/%00',
    '/assets',
  ]) {
    expect(await talk(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 (?:404|400)/);
  }
});

test('pages under a network address move to https, where browsers give cameras', async () => {
  mkdirSync(join(folder, 'web'));
  writeFileSync(join(folder, 'web/index.html'), '<title>maru</title>');
  server = await TestServer.start({ webFolder: join(folder, 'web') });
  const answer = await talk('GET /h/x?y=1 HTTP/1.1\r\nhost: 192.0.2.7:8443\r\nconnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 308/);
  expect(answer).toContain('location: https://192.0.2.7:8443/h/x?y=1');
  expect((await fetch(server.base, { redirect: 'manual' })).status).toBe(200);
});

test('the operator’s own certificate is used, and read again when the files change', async () => {
  const other = await TestServer.start({ dataFolder: join(folder, 'other') });
  await other.close();
  const files = { certFile: join(folder, 'other/tls/server.crt'), keyFile: join(folder, 'other/tls/server.key') };
  server = await TestServer.start({ certificate: files });
  expect(server.running.certificate).toEqual({ kind: 'given' });
  expect((await fetch(`${server.base}/app/ca.crt`)).status).toBe(404);
  await server.close();
  await expect(TestServer.start({ certificate: { ...files, keyFile: join(folder, 'nowhere') } })).rejects.toThrow('--key');
  await expect(TestServer.start({ certificate: { ...files, keyFile: join(folder, 'other/tls/ca.key') } })).rejects.toThrow(
    'does not belong',
  );
});

test('a server that is ending says so, and leaves nothing open', async () => {
  server = await TestServer.start();
  const client = await (await server.seat(await server.createSession())).join();
  await server.close();
  expect(await client.untilClosed()).toMatchObject({ code: 'server/restarting', resumable: true });
  await expect(fetch(`${server.base}/v1/health`)).rejects.toThrow();
});
