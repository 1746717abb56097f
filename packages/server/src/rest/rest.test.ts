import { ROUTES } from '@maru/signaling/rest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../testing/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.close());

describe('sessions, connections, streams, messages', () => {
  test('a session is made, listed, read and closed', async () => {
    const created = await server.call('POST', '/v1/sessions', {
      id: 'a-hall',
      metadata: { topic: '별' },
      limits: { connections: 3 },
    });
    expect(created).toMatchObject({
      status: 201,
      body: { id: 'a-hall', mode: 'p2p', metadata: { topic: '별' }, limits: { connections: 3 } },
    });
    expect((await server.call('GET', '/v1/sessions/a-hall')).body).toEqual(created.body);
    expect((await server.call('GET', '/v1/sessions?limit=1000')).body['items']).toContainEqual(created.body);
    expect((await server.call('DELETE', '/v1/sessions/a-hall')).status).toBe(204);
    expect(await server.call('GET', '/v1/sessions/a-hall')).toMatchObject({ status: 404, body: { code: 'session/not-found' } });
  });

  test('pages follow each other and lose nothing', async () => {
    const ids = Array.from({ length: 7 }, (_, index) => `page-${index}`);
    for (const id of ids) await server.createSession({ id });
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const { body } = await server.call('GET', `/v1/sessions?limit=3${after ? `&after=${after}` : ''}`);
      seen.push(...(body['items'] as { id: string }[]).map(({ id }) => id));
      after = body['next'] as string | undefined;
    } while (after);
    expect(seen.filter((id) => id.startsWith('page-'))).toEqual(ids);
  });

  test('a seat is reserved, taken, changed, listed and ended', async () => {
    const session = await server.createSession();
    const client = await server.seat(session, { role: 'subscriber', metadata: { name: 'Ada' } });
    const seats = `/v1/sessions/${session}/connections`;
    expect((await server.call('GET', seats)).body).toMatchObject({
      items: [{ state: 'reserved', joined: null, transport: null }],
    });
    await client.join();
    const one = `${seats}/${client.id}`;
    expect((await server.call('GET', one)).body).toMatchObject({ state: 'joined', role: 'subscriber', transport: 'websocket' });
    expect((await server.call('PATCH', one, { role: 'moderator' })).body).toMatchObject({ role: 'moderator' });
    await client.until('connection-updated', ({ role }) => role === 'moderator');
    expect((await server.call('DELETE', one)).status).toBe(204);
    expect(await server.call('GET', one)).toMatchObject({ status: 404, body: { code: 'connection/not-found' } });
  });

  test('streams are listed and ended', async () => {
    const session = await server.createSession();
    const client = await (await server.seat(session)).join();
    client.send({ type: 'publish', ref: 1, stream: { id: 'cam', kind: 'camera', hasAudio: true, hasVideo: false } });
    await client.until('done');
    const streams = `/v1/sessions/${session}/streams`;
    expect((await server.call('GET', streams)).body).toMatchObject({ items: [{ connection: client.id, stream: { id: 'cam' } }] });
    expect((await server.call('DELETE', `${streams}/cam`)).status).toBe(204);
    await client.until('stream-unpublished');
    expect(await server.call('DELETE', `${streams}/cam`)).toMatchObject({ status: 404, body: { code: 'stream/not-found' } });
  });

  test('a message goes to everybody, or to those named', async () => {
    const session = await server.createSession();
    const [ada, bo] = [await (await server.seat(session)).join(), await (await server.seat(session)).join()];
    const path = `/v1/sessions/${session}/messages`;
    expect(await server.call('POST', path, { type: 'note', data: 1 })).toMatchObject({ status: 201, body: { recipients: 2 } });
    expect(await server.call('POST', path, { type: 'note', data: 2, to: [bo.id] })).toMatchObject({ body: { recipients: 1 } });
    await bo.until('message', ({ data, from, direct }) => data === 2 && from === null && direct);
    await ada.until('message', ({ data, direct }) => data === 1 && !direct);
    expect((await server.call('POST', path, { type: 'note', data: 3, to: [bo.id, 'nobody'] })).body).toMatchObject({
      code: 'connection/not-found',
      field: 'to.1',
    });
  });

  test('server info and health', async () => {
    expect((await server.call('GET', '/v1/server')).body).toMatchObject({ name: 'maru', modes: ['p2p'], protocol: 1 });
    const health = await fetch(`${server.base}/v1/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
  });
});

describe('refusals', () => {
  test.each([
    ['POST', '/v1/sessions', { mode: 'sfu' }, 422, 'session/mode-unavailable', 'mode'],
    ['POST', '/v1/sessions', { mode: 'telepathy' }, 422, 'request/invalid', 'mode'],
    ['POST', '/v1/sessions', { limits: { connections: 0 } }, 422, 'request/invalid', 'limits.connections'],
    ['POST', '/v1/sessions', { limits: { conections: 5 } }, 422, 'request/invalid', 'limits'],
    ['POST', '/v1/sessions', { id: '../etc' }, 422, 'request/invalid', 'id'],
    ['POST', '/v1/sessions', { id: 'x'.repeat(129) }, 422, 'request/invalid', 'id'],
    ['POST', '/v1/sessions', { metadata: { pad: 'x'.repeat(70_000) } }, 413, 'request/too-large', 'metadata'],
    ['POST', '/v1/sessions', [], 422, 'request/invalid', undefined],
    ['GET', '/v1/sessions?limit=0', undefined, 422, 'request/invalid', 'limit'],
    ['GET', '/v1/sessions/nowhere', undefined, 404, 'session/not-found', undefined],
    ['GET', '/v1/sessions/%2e%2e%2fetc', undefined, 422, 'request/invalid', 'session'],
    ['POST', '/v1/sessions/nowhere/connections', {}, 404, 'session/not-found', undefined],
    ['POST', '/v1/sessions/nowhere/messages', { type: 'no spaces', data: 1 }, 422, 'request/invalid', 'type'],
    ['GET', '/v1/nothing', undefined, 404, 'request/not-found', undefined],
  ])('%s %s %j: %i %s', async (method, path, body, status, code, field) => {
    const answer = await server.call(method, path, body);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer).toMatchObject({ status, body: { status, code, detail: expect.any(String), ...(field && { field }) } });
  });

  const raw = (body: string, type = 'application/json') =>
    fetch(`${server.base}/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.running.apiKey}`, 'content-type': type },
      body,
    });

  test('bodies that are no JSON, of another type, too large, or that aim at the prototype', async () => {
    expect(await (await raw('{')).json()).toMatchObject({ status: 400, code: 'request/not-json' });
    expect(await (await raw('a=1', 'application/x-www-form-urlencoded')).json()).toMatchObject({ status: 415 });
    expect(await (await raw('x', 'text/plain')).json()).toMatchObject({ status: 415 });
    expect(await (await raw(JSON.stringify({ pad: 'x'.repeat(1_100_000) }))).json()).toMatchObject({
      status: 413,
      code: 'request/too-large',
    });
    expect(await (await raw('{"__proto__":{"polluted":1}}')).json()).toMatchObject({ status: 400 });
    expect(await (await raw(`{"metadata":{"deep":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`)).json()).toMatchObject({
      field: 'metadata',
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('without a key, and with wrong ones, everything that needs one says 401 and nothing else (S-89)', async () => {
    await server.createSession({ id: 'exists' });
    for (const route of Object.values(ROUTES).filter((one) => 'action' in one)) {
      const path = route.path.replace('{session}', 'exists').replace('{connection}', 'c').replace('{stream}', 's');
      for (const [authorization, code] of [
        [undefined, 'key/missing'],
        ['Basic x', 'key/missing'],
        ['Bearer wrong', 'key/invalid'],
        [`Bearer ${server.running.apiKey}x`, 'key/invalid'],
        [`Bearer ${server.running.apiKey.slice(0, -1)}`, 'key/invalid'],
      ] as const) {
        const response = await fetch(server.base + path, {
          method: route.method,
          headers: { ...(authorization && { authorization }) },
        });
        expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, code]);
      }
    }
  });
});

describe('idempotency', () => {
  const post = (key: string, body: object) => server.call('POST', '/v1/sessions', body, { 'idempotency-key': key });

  test('the same key makes one thing, also when asked at once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => post('one', { metadata: { a: 1 } })));
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
    expect((await post('one', { metadata: { a: 1 } })).body).toEqual(answers[0]!.body);
  });

  test('the same key with another request is refused', async () => {
    await post('two', { metadata: { a: 1 } });
    expect(await post('two', { metadata: { a: 2 } })).toMatchObject({
      status: 409,
      body: { code: 'request/idempotency-conflict' },
    });
  });

  test('a refusal is not remembered', async () => {
    await server.createSession({ id: 'taken' });
    expect((await post('three', { id: 'taken' })).body).toMatchObject({ code: 'session/exists' });
    await server.call('DELETE', '/v1/sessions/taken');
    expect((await post('three', { id: 'taken' })).status).toBe(201);
  });
});

test('documents: OpenAPI, readable pages without anything from elsewhere, under the strict policy', async () => {
  const openApi = (await (await fetch(`${server.base}/openapi.json`)).json()) as { openapi: string; paths: object };
  expect(openApi.openapi).toBe('3.1.0');
  expect(Object.keys(openApi.paths)).toHaveLength(new Set(Object.values(ROUTES).map(({ path }) => path)).size);
  for (const path of ['/docs', '/docs/protocol']) {
    const response = await fetch(server.base + path);
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(html).not.toMatch(/<script|style="|https?:\/\/(?!127\.0\.0\.1|localhost)/);
    expect(html).toContain('session/not-found');
  }
});

test('metrics: for this machine, and elsewhere with a key only', async () => {
  const text = await (await fetch(`${server.base}/metrics`)).text();
  expect(text).toMatch(/^maru_sessions \d+$/m);
  const forwarded = await fetch(`${server.base}/metrics`, { headers: { 'x-forwarded-for': '127.0.0.1' } });
  expect(forwarded.status).toBe(401);
});
