import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { StreamClient } from './stream-client.js';

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** Both ends of a connection; the far one reads nothing yet. */
async function connected(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  far.pause();
  endings.push(() => {
    for (const socket of [near, far]) socket.destroy();
    server.close();
  });
  return { near, far };
}

test('frames of one batch leave in one write, each padded to four bytes', async () => {
  const { near, far } = await connected();
  const queued: StreamClient[] = [];
  const client = new StreamClient(near, (one) => queued.push(one));
  client.channelData(0x4000, Uint8Array.of(9, 1, 2, 3, 9), 1, 3);
  client.channelData(0x4001, Uint8Array.of(4, 5, 6, 7), 0, 4);
  client.indication(Uint8Array.of(0, 0x17, 0, 0), 0, 4);
  expect(queued).toEqual([client]);
  client.flush();
  far.resume();
  const [bytes] = (await once(far, 'data')) as [Buffer];
  expect([...bytes]).toEqual([0x40, 0, 0, 3, 1, 2, 3, 0, 0x40, 1, 0, 4, 4, 5, 6, 7, 0, 0x17, 0, 0]);
});

test('relayed data that a client does not read is dropped, answers are not, until they too are too many', async () => {
  const { near, far } = await connected();
  const client = new StreamClient(near, () => {});
  const data = new Uint8Array(60_000);
  while (client.dropped < 100) {
    client.channelData(0x4000, data, 0, data.length);
    client.flush();
  }
  const queued = near.writableLength;
  expect(queued).toBeLessThan(320 * 1_024);
  client.answer(Uint8Array.of(1, 1, 0, 0));
  client.flush();
  expect(near.writableLength).toBe(queued + 4);
  while (!near.destroyed) {
    client.answer(data);
    client.flush();
  }
  expect(near.writableLength).toBeLessThan(700 * 1_024);
  far.resume();
});
