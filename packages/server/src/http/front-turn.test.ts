import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { expect, test } from 'vitest';
import { testCertificate } from '../turn/testing/certificate.js';
import { DEFAULT_HTTP_LIMITS, Front } from './front.js';

test('clients of TURN are told apart from those of HTTP, in the open by their first byte, over TLS by ALPN or that byte', async () => {
  const tls = await testCertificate();
  const front = new Front(tls, DEFAULT_HTTP_LIMITS, {
    request: (_, response) => response.end('http'),
    upgrade: () => {},
    turn: (socket, transport) => {
      socket.on('data', (bytes: Buffer) => socket.end(`turn ${transport} ${bytes.length}`));
      socket.resume();
    },
  });
  const { port } = await front.listen(0, '127.0.0.1');
  const ask = (isSecure: boolean, ALPNProtocols: string[] | undefined, first: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, rejectUnauthorized: false, ...(ALPNProtocols && { ALPNProtocols }) };
      const socket: Socket = isSecure
        ? tlsConnect(options, () => socket.write(first))
        : connect(options, () => socket.write(first));
      const parts: Buffer[] = [];
      socket.on('data', (part) => parts.push(part));
      socket.on('close', () => resolve(Buffer.concat(parts).toString().split('\r\n').at(-1)!));
      socket.on('error', reject);
    });
  const binding = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');
  const get = Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  expect(await ask(false, undefined, binding)).toBe('turn tcp 20');
  expect(await ask(false, undefined, get)).toContain('http');
  expect(await ask(true, undefined, binding)).toBe('turn tls 20');
  expect(await ask(true, undefined, get)).toContain('http');
  expect(await ask(true, ['http/1.1'], get)).toContain('http');
  expect(await ask(true, ['stun.turn'], binding)).toBe('turn tls 20');
  await expect(ask(true, ['h2'], get)).rejects.toThrow('alert');
  await front.close(0);
});
