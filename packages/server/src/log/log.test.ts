import { afterEach, expect, test } from 'vitest';
import { TestServer } from '../testing/test-server.js';
import { createLog } from './log.js';

let server: TestServer;
afterEach(() => server?.close());

test('a whole call with every log on tells no token, key, address, name or message (S-81, INV-6)', async () => {
  const lines: string[] = [];
  const log = await createLog('debug', { write: (line) => lines.push(line) });
  server = await TestServer.start({}, { log });
  const session = await server.createSession({ metadata: { topic: 'Secret-Topic' } });
  const ada = await (await server.seat(session, { metadata: { name: 'Ada-Lovelace' } })).join();
  const bo = await (await server.seat(session)).join('polling');
  ada.send({ type: 'message', messageType: 'chat', data: 'Whispered-Words' });
  await bo.until('message');
  await server.call('GET', '/v1/sessions', undefined, { authorization: 'Bearer wrong-key-that-leaks' });
  ada.send({ type: 'leave' });
  await ada.untilClosed();
  await server.close();
  const text = lines.join('\n');
  const secrets = [
    'Secret-Topic',
    'Ada-Lovelace',
    'Whispered-Words',
    'wrong-key-that-leaks',
    '127.0.0.1',
    server.running.apiKey,
    session,
    ada.welcome!.resumeKey,
  ];
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect(text).toContain('session/connection-joined');
});

test('a field that is secret by its name is blotted out, should it be logged after all', async () => {
  const lines: string[] = [];
  const log = await createLog('debug', { write: (line) => lines.push(line) });
  log.warn('test', { token: 'tttt', nested: { resumeKey: 'rrrr', deeper: { authorization: 'aaaa' } } });
  expect(lines.join()).not.toMatch(/tttt|rrrr|aaaa/);
});

test('the same warning is said once a second, with how many were not said', async () => {
  const lines: string[] = [];
  const log = await createLog('warn', { write: (line) => lines.push(line) });
  for (let index = 0; index < 1_000; index += 1) log.warn('flood');
  expect(lines.length).toBeLessThanOrEqual(2);
});
