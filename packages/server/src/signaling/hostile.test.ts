import type { ClientMessage } from '@maru/signaling';
import { PROTOCOL_LIMITS } from '@maru/signaling';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ManualClock } from '../testing/manual-clock.js';
import { TestClient } from '../testing/test-client.js';
import { limitsWith, TestServer } from '../testing/test-server.js';

let server: TestServer;
afterEach(() => server.close());

const chat = (data: unknown, ref?: number): ClientMessage => ({
  type: 'message',
  messageType: 'chat',
  data,
  ...(ref && { ref }),
});

/** A pair that talks undisturbed while something else happens. */
async function talkers() {
  const session = await server.createSession();
  const [ada, bo] = [await (await server.seat(session)).join(), await (await server.seat(session)).join()];
  return async (word: string) => {
    ada.send(chat(word));
    await bo.until('message', ({ data }) => data === word);
  };
}

const openSocket = async (headers: Record<string, string> = {}): Promise<WebSocket> => {
  const socket = new WebSocket(`${server.base.replace('http', 'ws')}/v1/signal/ws`, { headers });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
};
const closeOf = (socket: WebSocket): Promise<number> => new Promise((resolve) => socket.once('close', resolve));

describe('opening', () => {
  test('a token of another session, a forged one and a used one are refused, each with its reason', async () => {
    server = await TestServer.start();
    const session = await server.createSession();
    const seat = await server.seat(session);
    await seat.join();
    const { body } = await server.call('POST', `/v1/sessions/${session}/connections`, {});
    const token = body['token'] as string;
    expect((await new TestClient(server.base, `${token.slice(0, -3)}AAA`).join()).refused).toMatchObject({
      code: 'token/invalid',
    });
    expect((await new TestClient(server.base, token, 'attempt-aaaaaaaaaa').join()).welcome).toBeDefined();
    expect((await new TestClient(server.base, token, 'attempt-bbbbbbbbbb').join()).refused).toMatchObject({
      code: 'token/already-used',
    });
    await server.call('DELETE', `/v1/sessions/${session}`);
    expect((await new TestClient(server.base, token).join()).refused).toMatchObject({ code: 'session/ended' });
    expect(seat.welcome?.session.id).toBe(session);
  });

  test('a join that did something cannot be begun again with its token', async () => {
    server = await TestServer.start();
    const ada = await (await server.seat(await server.createSession())).join();
    ada.send(chat('x', 1));
    await ada.until('done');
    await ada.join();
    expect(ada.refused).toMatchObject({ code: 'token/already-used' });
  });

  test('who says nothing for five seconds is closed with 1008', async () => {
    const clock = new ManualClock();
    server = await TestServer.start({}, { clock });
    const socket = await openSocket();
    const said = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
    clock.pass(5_000);
    expect(JSON.parse(await said)).toMatchObject({ type: 'closed', code: 'protocol/auth-timeout' });
    expect(await closeOf(socket)).toBe(1008);
  });

  test.each([
    ['no JSON', 'hello', 'request/invalid'],
    ['another type', '{"type":"publish"}', 'request/unknown-type'],
    ['a frame before the opening', '{"seq":1,"ack":0,"message":{"type":"leave"}}', 'request/unknown-type'],
    ['another version', '{"type":"hello","protocol":2,"token":"x","attempt":"0123456789abcdef"}', 'protocol/unsupported-version'],
    ['a list', '[]', 'request/invalid'],
    ['null', 'null', 'request/invalid'],
  ])('%s is refused and closed', async (_, text, code) => {
    server = await TestServer.start();
    const socket = await openSocket();
    const said = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
    socket.send(text);
    expect(JSON.parse(await said)).toMatchObject({ type: 'refused', code });
    expect(await closeOf(socket)).toBe(1008);
  });

  test('pages of other origins are kept out, by exact comparison (S-83)', async () => {
    server = await TestServer.start({ origins: ['https://app.example.com'] });
    const host = server.base.replace('http://', '');
    for (const origin of [
      'https://evil-app.example.com',
      'https://app.example.com.evil.net',
      'http://app.example.com',
      'null',
      `https://${host}.evil`,
    ]) {
      await expect(openSocket({ origin })).rejects.toThrow('403');
      expect((await server.call('POST', '/v1/signal/open', {}, { origin })).body).toMatchObject({ code: 'origin/forbidden' });
    }
    for (const origin of ['https://app.example.com', `http://${host}`, `https://${host}`])
      (await openSocket({ origin })).terminate();
  });
});

describe('frames that break the rules (S-85)', () => {
  const joined = async () => (await server.seat(await server.createSession())).join();

  test('a message that is not valid is answered with its field and ref, and the connection goes on', async () => {
    server = await TestServer.start();
    const ada = await joined();
    ada.sendRaw({
      seq: 1,
      ack: 0,
      message: { type: 'publish', ref: 9, stream: { id: '../x', kind: 'camera', hasAudio: true, hasVideo: true } },
    });
    expect(await ada.until('failed')).toMatchObject({ ref: 9, code: 'request/invalid', field: 'stream.id' });
    ada.sendRaw({ seq: 2, ack: 1, message: { type: 'dance', ref: 10 } });
    expect(await ada.until('failed', ({ ref }) => ref === 10)).toMatchObject({ code: 'request/unknown-type' });
    ada.sendRaw({ seq: 3, ack: 2, message: chat('still here', 11) });
    await ada.until('done', ({ ref }) => ref === 11);
  });

  test('the third one closes the transport; the seat may be resumed', async () => {
    server = await TestServer.start();
    const ada = await joined();
    for (let seq = 1; seq <= 3; seq += 1) ada.sendRaw({ seq, ack: 0, message: { type: 'nonsense' } });
    expect(await ada.untilClosed()).toMatchObject({ code: 'request/unknown-type', resumable: true });
    expect(await ada.resume()).toMatchObject({ type: 'resumed', received: 3 });
  });

  test('a replayed message is dropped, a number that skips one closes the transport', async () => {
    server = await TestServer.start();
    const session = await server.createSession();
    const ada = await (await server.seat(session)).join();
    const bo = await (await server.seat(session)).join();
    for (const seq of [1, 1, 2, 1, 2]) ada.sendRaw({ seq, ack: 0, message: chat(seq) });
    await bo.until('message', ({ data }) => data === 2);
    ada.sendRaw({ seq: 4, ack: 0, message: chat(4) });
    expect(await ada.untilClosed()).toMatchObject({ code: 'protocol/out-of-order', resumable: true });
    expect(bo.messages.flatMap((message) => (message.type === 'message' ? [message.data] : []))).toEqual([1, 2]);
  });

  test('acknowledging what was never sent closes the transport', async () => {
    server = await TestServer.start();
    const ada = await joined();
    ada.sendRaw({ ack: 5 });
    expect(await ada.untilClosed()).toMatchObject({ code: 'protocol/out-of-order' });
  });

  test('a frame that is too long is cut off with 1009, and others go on', async () => {
    server = await TestServer.start();
    const talk = await talkers();
    const ada = await joined();
    ada.sendRaw({ seq: 1, ack: 0, message: chat('x'.repeat(PROTOCOL_LIMITS.frameBytes)) });
    await ada.untilClosed();
    expect(await ada.untilCloseCode()).toBe(1009);
    await talk('undisturbed');
  });

  test('messages after leaving go nowhere', async () => {
    server = await TestServer.start();
    const ada = await joined();
    ada.send({ type: 'leave' });
    ada.send(chat('too late', 3));
    expect(await ada.untilClosed()).toMatchObject({ code: 'left' });
    expect(ada.messages).toEqual([]);
  });

  test('a subscriber that publishes is refused', async () => {
    server = await TestServer.start();
    const session = await server.createSession();
    const ada = await (await server.seat(session, { role: 'subscriber' })).join();
    ada.send({ type: 'publish', ref: 1, stream: { id: 'cam', kind: 'camera', hasAudio: true, hasVideo: true } });
    expect(await ada.until('failed')).toMatchObject({ ref: 1, code: 'connection/forbidden' });
    expect((await server.call('GET', `/v1/sessions/${session}/streams`)).body).toEqual({ items: [] });
  });
});

describe('floods', () => {
  test('ten thousand messages at once cost the seat, and nobody else notices (S-84)', async () => {
    server = await TestServer.start({}, { clock: new ManualClock() }); // no time passes: only the burst gets through
    const talk = await talkers();
    const session = await server.createSession();
    const flooder = await (await server.seat(session)).join();
    const witness = await (await server.seat(session)).join();
    for (let index = 0; index < 10_000; index += 1) flooder.send(chat(index));
    await talk('before the end');
    expect(await flooder.untilClosed()).toMatchObject({ code: 'connection/flood', resumable: false });
    expect(await flooder.untilCloseCode()).toBe(1008);
    await witness.until('connection-left', ({ reason }) => reason === 'flood');
    expect(witness.messages.filter(({ type }) => type === 'message')).toHaveLength(100);
    await talk('after the end');
  });

  test('a burst of candidates in a large session is no flood', async () => {
    server = await TestServer.start();
    const session = await server.createSession();
    const clients = await Promise.all(Array.from({ length: 6 }, async () => (await server.seat(session)).join()));
    const [ada] = clients;
    for (const other of clients.slice(1)) {
      for (let index = 0; index < 40; index += 1) {
        const candidate = { candidate: `candidate:${index}`, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null };
        ada!.send({ type: 'signal', to: other.id, signal: { kind: 'candidate', generation: 1, candidate } });
      }
    }
    ada!.send(chat('through', 1));
    await ada!.until('done');
  });

  test('a client that never acknowledges loses its seat; the memory it holds is bounded (S-88)', async () => {
    server = await TestServer.start({ limits: limitsWith({ mailbox: { messages: 100, bytes: 1024 * 1024 } }) });
    const session = await server.createSession();
    const sleeper = await (await server.seat(session)).join();
    sleeper.acknowledges = false;
    const witness = await (await server.seat(session)).join();
    for (let index = 0; index < 120; index += 1)
      await server.call('POST', `/v1/sessions/${session}/messages`, { type: 'tick', data: index });
    await sleeper.until('disconnected', ({ reason }) => reason === 'overflow');
    expect(await sleeper.untilClosed()).toMatchObject({ code: 'connection/overflow' });
    expect(await sleeper.untilCloseCode()).toBe(1013);
    await witness.until('connection-left', ({ reason }) => reason === 'overflow');
    await witness.until('message', ({ data }) => data === 119);
  });

  test('a client that reads nothing from its socket is cut off, and nobody else notices', async () => {
    server = await TestServer.start({ limits: limitsWith({ webSocket: { closeMs: 50 } }) });
    const session = await server.createSession();
    const { body } = await server.call('POST', `/v1/sessions/${session}/connections`, {});
    const socket = await openSocket();
    socket.send(JSON.stringify({ type: 'hello', protocol: 1, token: body['token'], attempt: 'attempt-0123456789' }));
    await new Promise((resolve) => socket.once('message', resolve));
    socket.pause();
    const witness = await (await server.seat(session)).join();
    const data = 'x'.repeat(60_000);
    for (let index = 0; index < 60; index += 1)
      await server.call('POST', `/v1/sessions/${session}/messages`, { type: 'load', data });
    await witness.until('connection-left', ({ reason }) => reason === 'overflow');
    socket.terminate();
  });

  test('a client that falls silent is away, and its transport is closed', async () => {
    const clock = new ManualClock();
    server = await TestServer.start({}, { clock });
    const session = await server.createSession();
    const silent = await (await server.seat(session)).join();
    const bo = await (await server.seat(session)).join();
    await silent.until('connection-joined');
    silent.acknowledges = false;
    for (let second = 0; second < 28; second += 1) {
      clock.pass(1_000);
      bo.acknowledge();
      const { received } = bo;
      bo.send(chat(second, second + 1));
      await bo.until('done', ({ ref }) => ref === second + 1);
      expect(bo.received).toBeGreaterThan(received);
    }
    expect(await silent.untilClosed()).toMatchObject({ code: 'connection/silent', resumable: true });
    await bo.until('connection-away', ({ connection }) => connection === silent.id);
  });
});
