import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import type { TestClient } from '../testing/test-client.js';
import { TestServer } from '../testing/test-server.js';

let server: TestServer;
afterEach(() => server.close());

/** Opens a channel by hand, whose stream of events can be ended while posts go on. */
async function openEvents(seat: TestClient) {
  const headers = { 'content-type': 'application/json' };
  const opened = await fetch(`${server.base}/v1/signal/open`, { method: 'POST', headers, body: JSON.stringify(seat.hello()) });
  const { channel } = (await opened.json()) as { channel: string };
  const authorization = `Bearer ${channel}`;
  const reading = new AbortController();
  await fetch(`${server.base}/v1/signal/events`, { headers: { authorization }, signal: reading.signal });
  const post = async (path: string, body: object) => {
    const response = await fetch(`${server.base}/v1/signal/${path}`, {
      method: 'POST',
      headers: { ...headers, authorization },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { endReading: () => reading.abort(), post };
}

test('a farewell that is posted after the stream of events has ended still reaches the seat', async () => {
  server = await TestServer.start();
  const session = await server.createSession();
  const bo = await (await server.seat(session)).join();
  const ada = await openEvents(await server.seat(session));
  ada.endReading();
  await bo.until('connection-away');
  expect((await ada.post('poll', { ack: 0 })).status).toBe(404);
  const farewell = { seq: 1, ack: 0, message: { type: 'leave' } };
  expect(await ada.post('send', { frames: [farewell] })).toMatchObject({ status: 200, body: { ack: 1 } });
  await bo.until('connection-left', ({ reason }) => reason === 'left');
  expect((await ada.post('send', { frames: [farewell] })).body).not.toHaveProperty('code');
});

test('later than some seconds nobody posts for a seat that is away', async () => {
  const clock = new ManualClock();
  server = await TestServer.start({}, { clock });
  const session = await server.createSession();
  const bo = await (await server.seat(session)).join();
  const ada = await openEvents(await server.seat(session));
  ada.endReading();
  await bo.until('connection-away');
  clock.pass(5_001);
  expect(await ada.post('send', { frames: [] })).toMatchObject({ status: 404, body: { code: 'channel/not-found' } });
});

test('once another transport has taken over, the old channel says nothing any more', async () => {
  server = await TestServer.start();
  const session = await server.createSession();
  const bo = await (await server.seat(session)).join();
  const seat = await server.seat(session);
  const old = await openEvents(seat);
  old.endReading();
  await bo.until('connection-away');
  await seat.join('websocket');
  await old.post('send', { frames: [{ seq: 1, ack: 0, message: { type: 'leave' } }] });
  seat.send({ type: 'message', messageType: 'chat', data: 'still here' });
  await bo.until('message', ({ data }) => data === 'still here');
  expect(bo.messages.some(({ type }) => type === 'connection-left')).toBe(false);
});
