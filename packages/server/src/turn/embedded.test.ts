import { afterEach, expect, test } from 'vitest';
import { TestServer } from '../testing/test-server.js';

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
