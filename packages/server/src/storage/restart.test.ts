import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ServerProcess } from '../testing/server-process.js';
import { TestClient, type TestTransport } from '../testing/test-client.js';

let folder: string;
let server: ServerProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-test-'));
});
afterEach(async () => {
  await server?.kill();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
  const response = await fetch(server!.base + path, {
    method,
    headers: { authorization: `Bearer ${server!.apiKey}`, ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
};

const seat = async (session: string): Promise<TestClient> => {
  const { token } = await call('POST', `/v1/sessions/${session}/connections`, {});
  return new TestClient(server!.base, token as string);
};

const restart = async (): Promise<void> => {
  const { port } = server!;
  await server!.kill();
  server = await ServerProcess.start(folder, port);
};

test('a server that was killed knows every session, seat, stream and key that anybody was told of', async () => {
  server = await ServerProcess.start(folder, 0);
  const key = { 'idempotency-key': 'one' };
  const created = await call('POST', '/v1/sessions', { id: 'hall', metadata: { topic: 'stars' } }, key);
  const ada = await (await seat('hall')).join();
  ada.send({ type: 'publish', ref: 1, stream: { id: 'cam', kind: 'camera', hasAudio: true, hasVideo: true } });
  await ada.until('done');
  const reserved = await seat('hall');
  await restart();

  expect(await call('GET', '/v1/sessions/hall')).toMatchObject({ metadata: { topic: 'stars' }, connections: 1, streams: 1 });
  expect(await call('GET', `/v1/sessions/hall/connections/${ada.id}`)).toMatchObject({ state: 'away' });
  expect(await call('POST', '/v1/sessions', { id: 'hall', metadata: { topic: 'stars' } }, key)).toEqual(created);
  expect(await ada.resume()).toMatchObject({ type: 'resumed', received: 1 });
  await reserved.join();
  expect(reserved.welcome?.connections).toMatchObject([{ id: ada.id, away: false, streams: [{ id: 'cam' }] }]);
});

test('clients resume after kill -9, whenever it strikes, on any transport, and miss nothing and get nothing twice', async () => {
  server = await ServerProcess.start(folder, 0);
  await call('POST', '/v1/sessions', { id: 'hall' });
  const [ada, bo] = [await (await seat('hall')).join(), await (await seat('hall')).join('polling')];
  let count = 0;
  for (const transport of ['websocket', 'events', 'polling', 'websocket'] satisfies TestTransport[]) {
    const before = count;
    for (let index = 0; index < 20; index += 1) {
      ada.send({ type: 'message', messageType: 'a', data: count });
      bo.send({ type: 'message', messageType: 'b', data: count });
      count += 1;
    }
    // some are on their way, some arrived, some were kept and not yet passed on: now
    await Promise.race([
      bo.until('message', ({ data }) => data === before + 3),
      ada.until('message', ({ data }) => data === before + 3),
    ]);
    await restart();
    expect(await ada.resume(transport)).toMatchObject({ type: 'resumed' });
    expect(await bo.resume(transport === 'events' ? 'websocket' : 'events')).toMatchObject({ type: 'resumed' });
    await bo.until('message', ({ data }) => data === count - 1);
    await ada.until('message', ({ data }) => data === count - 1);
  }
  const all = Array.from({ length: count }, (_, index) => index);
  expect(bo.messages.flatMap((message) => (message.type === 'message' ? [message.data] : []))).toEqual(all);
  expect(ada.messages.flatMap((message) => (message.type === 'message' ? [message.data] : []))).toEqual(all);
});
