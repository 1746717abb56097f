import type { IceServer } from '@maru/signaling';
import { afterEach, expect, test } from 'vitest';
import { TestServer } from '../testing/test-server.js';
import { TurnUser } from './testing/turn-user.js';

let server: TestServer;
afterEach(() => server.close());

test('GET /v1/ice-servers hands out the relay with a credential that ends in five minutes', async () => {
  server = await TestServer.start();
  const relay = await server.running.relay;
  expect(relay?.listeners.map(({ transport }) => transport)).toContain('udp');
  const { status, body, headers } = await server.call('GET', '/v1/ice-servers?user=ada');
  expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
  const port = server.running.port;
  expect(body['iceServers']).toEqual([
    { urls: [`stun:127.0.0.1:${port}`] },
    {
      urls: [`turn:127.0.0.1:${port}?transport=udp`, `turn:127.0.0.1:${port}?transport=tcp`],
      username: expect.stringMatching(/^\d+:ada$/),
      credential: expect.stringMatching(/^[A-Za-z0-9+/]{27}=$/),
    },
  ]);
  const endsInMs = Date.parse(String(body['expiresAt'])) - Date.now();
  expect(endsInMs).toBeGreaterThan(297_000);
  expect(endsInMs).toBeLessThan(302_000);
});

/** The relay of an offer, as a client takes it. */
const relayOf = ({ iceServers }: { iceServers?: readonly IceServer[] | undefined }): { username: string; credential: string } =>
  iceServers!.find(({ username }) => username !== undefined) as { username: string; credential: string };

test('whoever joins gets a relay of his own, fresh ones when asked, and none after leaving', async () => {
  server = await TestServer.start();
  await server.running.relay;
  const session = await server.createSession();
  const client = await (await server.seat(session)).join();
  const welcome = client.welcome!;
  expect(welcome.iceServersTtlMs).toBeGreaterThan(297_000);
  const first = relayOf(welcome);
  expect(first.username).toMatch(/^\d+:seat\/.+$/);
  const user = await TurnUser.open(server.running.port, first.username, first.credential);
  expect(await user.allocate()).toMatchObject({ type: 'allocated' });

  client.send({ type: 'get-ice-servers', ref: 7 });
  const done = await client.until('done');
  expect(done).toMatchObject({ ref: 7, iceServersTtlMs: expect.any(Number) });
  expect(relayOf(done).username).toMatch(/^\d+:seat\/.+$/);

  client.send({ type: 'leave' });
  await client.untilClosed();
  expect(await user.refresh()).toMatchObject({ type: 'failed' }); // S-09: replay after the participant has left
  const again = await TurnUser.open(server.running.port, first.username, first.credential);
  expect(await again.allocate()).toMatchObject({ type: 'failed', code: 401 });
  for (const one of [user, again]) one.close();
});

test('nobody gets the credentials of a seat over REST', async () => {
  server = await TestServer.start();
  expect((await server.call('GET', '/v1/ice-servers?user=seat/abc')).status).toBe(422);
  expect((await server.call('GET', '/v1/ice-servers?ttlSeconds=86401')).status).toBe(422);
  expect((await fetch(`${server.base}/v1/ice-servers`)).status).toBe(401);
});

test('without a relay there are the servers that the operator named, and no end', async () => {
  const iceServers = [{ urls: ['stun:stun.example.org'] }];
  server = await TestServer.start({ turn: null, iceServers });
  expect(await server.running.relay).toBeUndefined();
  expect((await server.call('GET', '/v1/ice-servers')).body).toEqual({ iceServers });
});

test('S-04 a server whose relay is configured wrongly does not start', async () => {
  const turn = { written: { policy: { deny: ['10.0.0.0/33'] } } };
  await expect(TestServer.start({ turn })).rejects.toThrow('policy.deny[0] in the TURN configuration is "10.0.0.0/33"');
  server = await TestServer.start({ turn: null });
});

test('the metrics of the relay stand among the others', async () => {
  server = await TestServer.start();
  await server.running.relay;
  const text = await (await fetch(`${server.base}/metrics`)).text();
  expect(text).toContain('maru_turn_allocations{transport="udp"} 0');
  expect(text).toContain('maru_sessions 0');
});
