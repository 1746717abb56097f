import { systemClock } from '@maru/node/clock';
import { systemRandom } from '@maru/node/random';
import { afterEach, describe, expect, test } from 'vitest';
import { SILENT } from '../../log/log.js';
import { ManualClock } from '../../testing/manual-clock.js';
import { readTurnConfig } from '../config/read-turn-config.js';
import { TurnOperation } from '../operation/turn-operation.js';
import { TurnUser } from '../testing/turn-user.js';
import { TurnAdmin } from './turn-admin.js';

const KEY = 'the-admin-key-of-this-test-0123456789';

let closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

async function start({ key = KEY, address = '127.0.0.1' } = {}) {
  const written = { relay: { addresses: ['127.0.0.1'] }, credentials: { secrets: ['the-secret-of-the-admin-test'] } };
  const config = {
    ...readTurnConfig(written, () => ''),
    listeners: [{ transport: 'udp' as const, address: '127.0.0.1', port: 0 }],
  };
  const world = { clock: systemClock, wallClock: () => Date.now(), random: systemRandom, log: SILENT, ownAddresses: () => [] };
  const operation = await TurnOperation.open({ config, readAgain: () => config, folder: null }, world);
  closers.push(() => operation.close());
  const clock = new ManualClock();
  const admin = await TurnAdmin.open({ address, port: 0, key, webFolder: null }, operation, { clock, log: SILENT });
  closers.push(() => admin.close());
  const call = async (
    path: string,
    { method = 'GET', bearer = key as string | null, body }: { method?: string; bearer?: string | null; body?: unknown } = {},
  ) => {
    const response = await fetch(new URL(path, admin.url), {
      method,
      headers: {
        ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : text,
      headers: response.headers,
    };
  };
  const allocate = async (name: string): Promise<void> => {
    const { username, credential } = operation.issue(name, 300)!;
    const user = await TurnUser.open(operation.listeners[0]!.port, username, credential);
    closers.push(() => user.close());
    await user.allocate();
  };
  return { operation, admin, clock, call, allocate };
}

describe('S-18 the admin plane', () => {
  test('shows nothing without the key', async () => {
    const { call } = await start();
    for (const path of ['/api/overview', '/api/allocations', '/api/users', '/metrics'])
      expect((await call(path, { bearer: null })).status).toBe(401);
    for (const path of ['/api/reload', '/api/drain', '/api/users/ada/revoke'])
      expect((await call(path, { method: 'POST', bearer: null })).status).toBe(401);
    expect((await call('/api/allocations/1', { method: 'DELETE', bearer: null })).status).toBe(401);
  });

  test('locks an address out for a minute after five wrong keys, the right key included', async () => {
    const { call, clock } = await start();
    for (let i = 0; i < 5; i++)
      expect((await call('/api/overview', { bearer: `wrong-${i}-wrong-wrong-wrong-wrong-wrong` })).status).toBe(401);
    const locked = await call('/api/overview');
    expect([locked.status, Number(locked.headers.get('retry-after'))]).toEqual([429, 60]);
    clock.pass(60_000);
    expect((await call('/api/overview')).status).toBe(200);
  });

  test('asks in vain without a key do not count, and a right key forgives', async () => {
    const { call } = await start();
    for (let i = 0; i < 20; i++) await call('/api/overview', { bearer: null });
    for (let i = 0; i < 4; i++) await call('/api/overview', { bearer: 'wrong-wrong-wrong-wrong-wrong-wrong' });
    expect((await call('/api/overview')).status).toBe(200);
    for (let i = 0; i < 4; i++) await call('/api/overview', { bearer: 'wrong-wrong-wrong-wrong-wrong-wrong' });
    expect((await call('/api/overview')).status).toBe(200);
  });

  test('does not open with a short key, nor in the clear where others reach it', async () => {
    await expect(start({ key: 'k'.repeat(31) })).rejects.toThrow('at least 32 characters');
    await expect(start({ address: '0.0.0.0' })).rejects.toThrow('needs TLS');
  });
});

test('the API says what is there, page by page, and ends what it is told to', async () => {
  const { call, allocate, operation } = await start();
  for (const name of ['ada', 'bo', 'cy']) await allocate(name);
  const first = await call('/api/allocations?limit=2');
  expect(first.body).toMatchObject({ items: [{ user: 'ada' }, { user: 'bo' }] });
  const { next } = first.body as { next: string };
  expect((await call(`/api/allocations?limit=2&after=${next}`)).body).toMatchObject({ items: [{ user: 'cy' }] });
  const overview = (await call('/api/overview')).body as { allocations: { id: number }[] };
  expect((await call(`/api/allocations/${overview.allocations[0]!.id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await call('/api/allocations/12345', { method: 'DELETE' })).status).toBe(404);
  expect((await call('/api/users/bo/revoke', { method: 'POST' })).body).toEqual({ ended: 1 });
  expect((await operation.state()).allocations).toHaveLength(1);
  expect((await call('/api/allocations?limit=0')).status).toBe(422);
});

test('draining, reloading and metrics are a request each', async () => {
  const { call, operation } = await start();
  expect((await call('/api/drain', { method: 'POST', body: { draining: true } })).body).toEqual({ draining: true });
  expect((await operation.state()).isDraining).toBe(true);
  expect((await call('/api/drain', { method: 'POST', body: { draining: 'yes' } })).status).toBe(422);
  expect((await call('/api/reload', { method: 'POST' })).body).toEqual({ needsRestart: [] });
  expect(String((await call('/metrics')).body)).toContain('maru_turn_draining 1');
});
