import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookEvent } from '@maru/signaling/rest';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { TestServer } from '../testing/test-server.js';
import { httpPoster, type PostResult } from './poster.js';
import { isPublicAddress } from './public-address.js';
import { type WebhookContext, WebhookQueue } from './webhook-queue.js';

const event = (id: string, session = 'hall'): WebhookEvent => ({
  id,
  at: '2026-01-01T00:00:00.000Z',
  session,
  type: 'session-ended',
  reason: 'closed',
});

/** A queue whose receiver answers as told, one post at a time. */
function world() {
  const clock = new ManualClock();
  const posts: {
    id: string;
    url: string;
    headers: Readonly<Record<string, string>>;
    body: string;
    answer: (result: PostResult) => void;
  }[] = [];
  const kept: string[] = [];
  const dropped: string[] = [];
  const context: WebhookContext = {
    clock,
    wallClock: () => 1_700_000_000_000,
    targets: [{ url: 'https://app.example.com/hook', secret: 'a secret of the receiver' }],
    post: (url, headers, body) =>
      new Promise((answer) => posts.push({ id: (JSON.parse(body) as { id: string }).id, url, headers, body, answer })),
    keep: (record) => kept.push(record),
    onDropped: ({ id }) => dropped.push(id),
  };
  const queue = new WebhookQueue(context);
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { clock, posts, kept, dropped, context, queue, turn };
}

test('events of a session are posted in order, one after the other; sessions do not wait for each other', async () => {
  const { queue, posts, turn } = world();
  for (const [id, session] of [
    ['1', 'a'],
    ['2', 'a'],
    ['3', 'b'],
  ] as const)
    queue.add(event(id, session));
  await turn();
  expect(posts.map(({ id }) => id)).toEqual(['1', '3']);
  posts[0]!.answer({ status: 204 });
  await turn();
  expect(posts.map(({ id }) => id)).toEqual(['1', '3', '2']);
});

test('a receiver that is down is tried again, later each time, and the order stays', async () => {
  const { queue, posts, turn, clock } = world();
  queue.add(event('1'));
  queue.add(event('2'));
  await turn();
  for (const [index, delayMs] of [1_000, 2_000, 4_000, 8_000].entries()) {
    posts[index]!.answer(index % 2 ? { status: 503 } : { failure: 'refused' });
    await turn();
    clock.pass(delayMs - 1);
    expect(posts).toHaveLength(index + 1);
    clock.pass(1);
    expect(posts).toHaveLength(index + 2);
  }
  posts.at(-1)!.answer({ status: 200 });
  await turn();
  expect(posts.map(({ id }) => id)).toEqual(['1', '1', '1', '1', '1', '2']);
});

test('at most a thousand wait; the oldest make room (R-33)', async () => {
  const { queue, dropped } = world();
  for (let index = 0; index < 1_010; index += 1) queue.add(event(String(index), `s${index}`));
  expect(queue.depth).toBe(1_000);
  expect(dropped).toHaveLength(10);
});

test('after a restart, what was not taken is posted again, and what was taken is not', async () => {
  const { queue, posts, turn, context, kept } = world();
  const records = [queue.add(event('1'))!, queue.add(event('2'))!];
  await turn();
  posts[0]!.answer({ status: 200 });
  await turn();
  const again = world();
  const restored = new WebhookQueue({ ...context, post: again.context.post });
  for (const record of [...records, ...kept]) restored.restore(JSON.parse(record) as never);
  restored.resume();
  expect(again.posts.map(({ id }) => id)).toEqual(['2']);
  const image = new WebhookQueue(context);
  for (const record of restored.image()) image.restore(JSON.parse(record) as never);
  expect(image.depth).toBe(1);
});

test('the signature is over timestamp and body, as documented', async () => {
  const { queue, posts, turn } = world();
  queue.add(event('1'));
  await turn();
  const { headers, body } = posts[0]!;
  const expected = createHmac('sha256', 'a secret of the receiver').update(`1700000000.${body}`).digest('hex');
  expect(headers).toMatchObject({
    'maru-timestamp': '1700000000',
    'maru-signature': `v1=${expected}`,
    'maru-event': 'session-ended',
  });
});

describe('posting reaches nothing internal (S-91)', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '224.0.0.1',
    'localhost',
    '',
  ])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));
  test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111'])('%s is', (address) => expect(isPublicAddress(address)).toBe(true));

  test.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://localhost:1/',
    'http://[::ffff:127.0.0.1]:1/',
    'http://2130706433:1/',
  ])('%s is refused', async (url) => {
    expect(await httpPoster(false)(url, {}, '{}')).toMatchObject({
      failure: expect.stringContaining('not of the public internet'),
    });
  });
});

describe('with a real receiver', () => {
  let receiver: Server;
  let server: TestServer;
  afterEach(async () => {
    await server.close();
    receiver.closeAllConnections();
    receiver.close();
  });

  test('redirects are not followed, failures are repeated, and calls do not wait for any of it', async () => {
    const got: string[] = [];
    let wake = (): void => {};
    receiver = createServer((request, response) => {
      got.push(`${request.url} ${request.headers['maru-event']}`);
      wake();
      if (got.length === 1) response.writeHead(302, { location: '/elsewhere' }).end();
      else response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const clock = new ManualClock();
    server = await TestServer.start(
      { webhooks: [{ url, secret: 'a secret of the receiver' }], webhooksMayBePrivate: true },
      { clock },
    );
    const received = async (count: number): Promise<void> => {
      while (got.length < count) {
        await Promise.race([new Promise<void>((resolve) => (wake = resolve)), new Promise((resolve) => setImmediate(resolve))]);
        clock.pass(100); // retries wait for time
      }
    };
    const session = await server.createSession();
    const client = await (await server.seat(session)).join();
    client.send({ type: 'leave' });
    await client.untilClosed();
    await server.call('DELETE', `/v1/sessions/${session}`);
    await received(5);
    expect(got).toEqual([
      '/hook session-started',
      '/hook session-started',
      '/hook connection-joined',
      '/hook connection-left',
      '/hook session-ended',
    ]);
  });
});
