import { afterEach, expect, test } from 'vitest';
import { networkAddresses } from '../config/addresses.js';
import { TestClient } from '../testing/test-client.js';
import { TestServer } from '../testing/test-server.js';

let server: TestServer;
afterEach(() => server.close());

async function enter(hall: string, name: string): Promise<TestClient> {
  const { status, body } = await server.call('POST', `/app/halls/${hall}/join`, { name });
  expect(status).toBe(201);
  return new TestClient(server.base, body['token'] as string).join();
}

const newHall = async (): Promise<string> => (await server.call('POST', '/app/halls')).body['hall'] as string;

test('a hall belongs to whoever opens it, and when its moderators have left, to whoever comes next', async () => {
  server = await TestServer.start();
  const hall = await newHall();
  const ada = await enter(hall, 'Ada');
  const bo = await enter(hall, 'Bo');
  expect([ada, bo].map(({ welcome }) => welcome?.self.role)).toEqual(['moderator', 'publisher']);
  ada.send({ type: 'leave' });
  await bo.until('connection-left');
  expect((await enter(hall, 'Cy')).welcome?.self.role).toBe('moderator');
  expect((await enter(hall, 'Di')).welcome?.self.role).toBe('publisher');
});

test('of those who come to an empty hall at once, one is its moderator', async () => {
  server = await TestServer.start();
  const hall = await newHall();
  const seated = await Promise.all(['Ada', 'Bo', 'Cy'].map((name) => enter(hall, name)));
  expect(seated.filter(({ welcome }) => welcome?.self.role === 'moderator')).toHaveLength(1);
});

test('a page opened as localhost is told the address for the phone beside it, any other page uses its own', async () => {
  server = await TestServer.start({ host: '0.0.0.0' });
  const [address] = networkAddresses();
  const local = (await server.call('GET', '/app/config')).body['shareUrl'];
  if (address) expect(local).toMatch(new RegExp(`^https://.+:${server.running.port}$`));
  else expect(local).toBeNull();
  await server.close();
  server = await TestServer.start({ publicUrl: 'https://talk.example.com' });
  expect((await server.call('GET', '/app/config')).body['shareUrl']).toBe('https://talk.example.com');
});

test('every answer has an id of its own, which no caller chooses', async () => {
  server = await TestServer.start();
  const ids = new Set<string | null>();
  for (const path of ['/v1/health', '/nowhere', '/app/config'])
    ids.add((await server.call('GET', path, undefined, { 'x-request-id': 'mine' })).headers.get('x-request-id'));
  expect(ids.size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{12}$/);
});
