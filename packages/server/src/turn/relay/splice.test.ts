import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { splice } from './splice.js';

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** The two ends of a connection, both paused. */
async function connection(): Promise<[Socket, Socket]> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: false }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [near] = (await once(server, 'connection')) as [Socket];
  endings.push(() => {
    for (const socket of [near, far]) socket.destroy();
    server.close();
  });
  return [near, far];
}

const freely = (): number => 0;

test('bytes go both ways, and when one side ends, the other does after the last of them', async () => {
  const [client, clientFar] = await connection();
  const [peer, peerFar] = await connection();
  splice(client, peer, freely, freely);
  const heard: Buffer[] = [];
  peerFar.on('data', (bytes: Buffer) => heard.push(bytes)).resume();
  const sent = Buffer.alloc(3_000_000, 'maru');
  clientFar.resume().end(sent);
  await once(peerFar, 'close');
  expect(Buffer.concat(heard).equals(sent)).toBe(true);
});

test('nothing is read from one side that the other does not take', async () => {
  const [client, clientFar] = await connection();
  const [peer, peerFar] = await connection();
  let metered = 0;
  splice(
    client,
    peer,
    (bytes) => {
      metered += bytes;
      return 0;
    },
    freely,
  );
  const chunk = Buffer.alloc(1_000_000);
  while (clientFar.writableLength < 20_000_000) clientFar.write(chunk);
  // the sockets of the system take some megabytes; then it stands still
  let before = -1;
  while (metered !== before) {
    before = metered;
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
  expect(peer.writableLength).toBeLessThan(1_000_000);
  peerFar.resume();
  while (metered < 20_000_000) await once(client, 'data');
});

test('a side that is over its rate rests', async () => {
  const [client, clientFar] = await connection();
  const [peer, peerFar] = await connection();
  let rests = 0;
  splice(
    client,
    peer,
    () => {
      rests += 1;
      expect(client.isPaused()).toBe(false);
      return rests === 1 ? 5 : 0;
    },
    freely,
  );
  clientFar.write('one');
  const [first] = (await once(peerFar.resume(), 'data')) as [Buffer];
  expect(String(first)).toBe('one');
  expect(client.isPaused()).toBe(true);
  clientFar.write('two');
  const [second] = (await once(peerFar, 'data')) as [Buffer];
  expect(String(second)).toBe('two');
});
