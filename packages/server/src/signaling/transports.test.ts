import { afterEach, describe, expect, test } from 'vitest';
import type { TestTransport } from '../testing/test-client.js';
import { TestServer } from '../testing/test-server.js';

let server: TestServer;
afterEach(() => server.close());

const TRANSPORTS: readonly TestTransport[] = ['websocket', 'events', 'polling'];

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('two join, see each other, and every kind of message arrives', async () => {
    server = await TestServer.start();
    const session = await server.createSession();
    const ada = await (await server.seat(session, { metadata: { name: 'Ada' } })).join(transport, { hand: false });
    const bo = await (await server.seat(session, { role: 'moderator' })).join(transport);
    expect(bo.welcome?.connections).toMatchObject([
      { id: ada.id, order: 1, metadata: { name: 'Ada' }, presence: { hand: false } },
    ]);
    await ada.until('connection-joined', ({ connection }) => connection.id === bo.id && connection.order === 2);

    ada.send({ type: 'publish', ref: 1, stream: { id: 'cam', kind: 'camera', hasAudio: true, hasVideo: true } });
    await ada.until('done', ({ ref }) => ref === 1);
    await bo.until('stream-published', ({ connection, stream }) => connection === ada.id && stream.id === 'cam');
    ada.send({ type: 'update-stream', stream: 'cam', muted: { audio: true } });
    await bo.until('stream-updated', ({ stream }) => stream.muted.audio && !stream.muted.video);
    bo.send({ type: 'update-subscription', stream: 'cam', audio: true, video: false });
    await ada.until('subscription-updated', ({ connection, video }) => connection === bo.id && !video);

    const candidate = {
      candidate: 'candidate:1 1 udp 1 192.0.2.1 1 typ host',
      sdpMid: '0',
      sdpMLineIndex: 0,
      usernameFragment: 'x',
    };
    ada.send({
      type: 'signal',
      to: bo.id,
      signal: { kind: 'description', generation: 1, description: { type: 'offer', sdp: 'v=0' } },
    });
    ada.send({ type: 'signal', to: bo.id, signal: { kind: 'candidate', generation: 1, candidate } });
    await bo.until('signal', ({ from, signal }) => from === ada.id && signal.kind === 'candidate');

    bo.send({ type: 'message', ref: 7, messageType: 'chat', data: { text: '안녕 👋' } });
    const done = await bo.until('done', ({ ref }) => ref === 7);
    const chat = await ada.until('message', ({ messageType }) => messageType === 'chat');
    expect(chat).toMatchObject({ from: bo.id, direct: false, data: { text: '안녕 👋' }, id: done.id });
    ada.send({ type: 'update-connection', presence: { hand: true } });
    await bo.until('connection-updated', ({ presence }) => presence?.['hand'] === true);

    bo.send({ type: 'request-mute', stream: 'cam', video: true });
    await ada.until('mute-requested', ({ by, video, audio }) => by === bo.id && video && !audio);
    bo.send({ type: 'unpublish', stream: 'cam' });
    await ada.until('stream-unpublished', ({ stream }) => stream === 'cam');
    bo.send({ type: 'leave' });
    expect(await bo.untilClosed()).toMatchObject({ code: 'left', resumable: false });
    await ada.until('connection-left', ({ connection, reason }) => connection === bo.id && reason === 'left');
  });

  test('who loses the transport comes back and has missed nothing', async () => {
    server = await TestServer.start();
    const session = await server.createSession();
    const ada = await (await server.seat(session)).join(transport);
    const bo = await (await server.seat(session)).join();
    await ada.until('connection-joined');
    ada.cut();
    for (let index = 0; index < 50; index += 1) bo.send({ type: 'message', ref: index + 1, messageType: 'count', data: index });
    await bo.until('done', ({ ref }) => ref === 50);
    expect(await ada.resume(transport)).toMatchObject({ type: 'resumed', received: 0 });
    await ada.until('message', ({ data }) => data === 49);
    const counts = ada.messages.filter((message) => message.type === 'message').map(({ data }) => data);
    expect(counts).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  test('the server says why when it ends the seat', async () => {
    server = await TestServer.start();
    const session = await server.createSession();
    const ada = await (await server.seat(session)).join(transport);
    await server.call('DELETE', `/v1/sessions/${session}/connections/${ada.id}`);
    await ada.until('disconnected', ({ reason }) => reason === 'disconnected');
    expect(await ada.untilClosed()).toMatchObject({ code: 'connection/gone', resumable: false });
    expect(await ada.resume(transport)).toMatchObject({ type: 'refused', code: 'connection/gone' });
  });
});

test('a client may change the transport at any moment, in every direction', async () => {
  server = await TestServer.start();
  const session = await server.createSession();
  const ada = await (await server.seat(session)).join('websocket');
  const bo = await (await server.seat(session)).join('polling');
  let count = 0;
  for (const transport of ['events', 'polling', 'websocket', 'polling', 'events', 'websocket'] as const) {
    for (let index = 0; index < 5; index += 1) ada.send({ type: 'message', messageType: 'count', data: count++ });
    expect(await ada.resume(transport)).toMatchObject({ type: 'resumed' });
    for (let index = 0; index < 5; index += 1) ada.send({ type: 'message', messageType: 'count', data: count++ });
    bo.send({ type: 'message', messageType: 'echo', data: transport });
    await ada.until('message', ({ data }) => data === transport);
  }
  await bo.until('message', ({ data }) => data === count - 1);
  const counts = bo.messages.filter((message) => message.type === 'message').map(({ data }) => data);
  expect(counts).toEqual(Array.from({ length: count }, (_, index) => index));
});

test('a hello whose answer was lost is said again and takes the same seat', async () => {
  server = await TestServer.start();
  const session = await server.createSession();
  const ada = await server.seat(session);
  await ada.join('websocket');
  const first = ada.id;
  await ada.join('polling');
  expect(ada.refused).toBeUndefined();
  expect(ada.id).toBe(first);
  const bo = await (await server.seat(session)).join();
  await ada.until('connection-joined', ({ connection }) => connection.id === bo.id);
  expect(bo.welcome?.connections).toHaveLength(1);
});

test('of two transports that resume at once, one stays and works', async () => {
  server = await TestServer.start();
  const session = await server.createSession();
  const ada = await (await server.seat(session)).join();
  const bo = await (await server.seat(session)).join();
  const twin = Object.assign(await server.seat(session), { welcome: ada.welcome });
  await ada.until('connection-joined');
  twin.received = ada.received;
  ada.cut();
  await Promise.all([twin.resume('websocket'), ada.resume('websocket')]);
  await Promise.race([ada.untilClosed(), twin.untilClosed()]);
  const [gone, stays] = ada.closed ? [ada, twin] : [twin, ada];
  expect(gone.closed).toMatchObject({ code: 'connection/replaced' });
  bo.send({ type: 'message', messageType: 'chat', data: 'here' });
  await stays.until('message');
});

test('who asks for what it has acknowledged long ago is refused, and the seat is not harmed', async () => {
  server = await TestServer.start();
  const session = await server.createSession();
  const ada = await (await server.seat(session)).join();
  const bo = await (await server.seat(session)).join();
  await ada.until('connection-joined');
  ada.send({ type: 'message', ref: 1, messageType: 'chat', data: 1 });
  await ada.until('done'); // by then the server has the acknowledgement of what came before
  const stale = Object.assign(await server.seat(session), { welcome: ada.welcome });
  expect(await stale.resume('polling')).toMatchObject({ type: 'refused', code: 'connection/gone' });
  bo.send({ type: 'message', messageType: 'chat', data: 2 });
  await ada.until('message', ({ data }) => data === 2);
});
