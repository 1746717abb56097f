import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@maru/node/clock';
import { systemRandom } from '@maru/node/random';
import { validate } from '@maru/signaling';
import { TurnOverview } from '@maru/signaling/turn';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../../log/log.js';
import { readTurnConfig } from '../config/read-turn-config.js';
import type { TurnConfigFile } from '../config/turn-config-file.js';
import { TurnUser } from '../testing/turn-user.js';
import { turnMetrics } from './metrics.js';
import { overviewOf } from './overview.js';
import { TurnOperation } from './turn-operation.js';

const SECRET = 'the-secret-of-the-operation-test';
const BASE: TurnConfigFile = {
  listeners: ['udp:127.0.0.1:1'],
  relay: { addresses: ['127.0.0.1'] },
  credentials: { secrets: [SECRET] },
};

let folder: string;
let closers: (() => unknown)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-turn-'));
  closers = [];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A relay at loopback, on any port, whose configuration a test may change. */
async function start(file: TurnConfigFile = {}) {
  const held = { file: { ...BASE, ...file } };
  const read = () => {
    const config = readTurnConfig(held.file, () => '');
    return { ...config, listeners: [{ transport: 'udp' as const, address: '127.0.0.1', port: 0 }] };
  };
  const lines: string[] = [];
  const log = await createLog('debug', { write: (line) => lines.push(line) });
  const world = {
    clock: systemClock,
    wallClock: () => Date.now(),
    random: systemRandom,
    log,
    ownAddresses: () => ['198.51.100.1'],
  };
  const operation = await TurnOperation.open({ config: read(), readAgain: read, folder }, world);
  closers.push(() => operation.close());
  const { port } = operation.listeners[0]!;
  const user = async (name: string, password?: string): Promise<TurnUser> => {
    const made = operation.issue(name, 300)!;
    const one =
      password === undefined
        ? await TurnUser.open(port, made.username, made.credential)
        : await TurnUser.open(port, name, password);
    closers.push(() => one.close());
    return one;
  };
  return { operation, user, held, lines };
}

test('what it hands out is good for an allocation, which the overview shows', async () => {
  const { operation, user } = await start();
  const ada = await user('ada');
  expect(await ada.allocate()).toMatchObject({ type: 'allocated', relayedAddress: '127.0.0.1' });
  const overview = overviewOf(await operation.state());
  expect(validate(TurnOverview, overview)).toMatchObject({ ok: true });
  expect(overview.allocations).toMatchObject([
    { user: 'ada', transport: 'udp', relayTransport: 'udp', client: { address: '127.0.0.1' } },
  ]);
  expect(overview).toMatchObject({ allocationCount: 1, allocationsCreated: 1, isDraining: false, realm: 'maru' });
});

test('a reload drops no allocation: a secret is rotated, the old allocation goes on, the old secret opens no new one', async () => {
  const { operation, user, held } = await start();
  const before = operation.issue('bo', 300)!;
  const ada = await user('ada');
  await ada.allocate();
  held.file = { ...held.file, credentials: { secrets: ['a-wholly-new-secret-of-the-test', SECRET] } };
  expect(await operation.reload()).toEqual({ needsRestart: [] });
  expect(await ada.refresh()).toMatchObject({ type: 'verified' });
  expect(await (await user(before.username, before.credential)).allocate()).toMatchObject({ type: 'allocated' });
  expect(await (await user('cy')).allocate()).toMatchObject({ type: 'allocated' });
  held.file = { ...held.file, credentials: { secrets: ['a-wholly-new-secret-of-the-test'] } };
  await operation.reload();
  expect(await (await user(before.username, before.credential)).allocate()).toMatchObject({ type: 'failed', code: 401 });
  expect((await operation.state()).allocations).toHaveLength(3);
});

test('a configuration that is wrong changes nothing', async () => {
  const { operation, user, held } = await start();
  held.file = { ...held.file, policy: { deny: ['10.0.0.0/33'] } };
  await expect(operation.reload()).rejects.toThrow('policy.deny[0]');
  expect(await (await user('ada')).allocate()).toMatchObject({ type: 'allocated' });
});

test('an allocation, a user, and all that is new can be ended from outside', async () => {
  const { operation, user } = await start();
  const [ada, bo, late] = [await user('ada'), await user('bo'), await user('cy')];
  await ada.allocate();
  await bo.allocate();
  const id = (await operation.state()).allocations.find(({ group }) => group === 'ada')!.id;
  expect([await operation.end(id), await operation.end(id)]).toEqual([true, false]);
  expect(await operation.revoke('bo')).toBe(1);
  expect(await bo.refresh()).toMatchObject({ type: 'failed' });
  operation.setDraining(true);
  expect(await late.allocate()).toMatchObject({ type: 'failed', code: 508 });
  await operation.drained(1_000);
  expect((await operation.state()).isDraining).toBe(true);
});

test('the bytes of a month outlive a restart, and a damaged file of them harms nothing', async () => {
  writeFileSync(
    join(folder, 'turn-month.json'),
    JSON.stringify({ month: new Date().toISOString().slice(0, 7), bytes: { ada: 1_000 } }),
  );
  const { operation } = await start();
  expect((await operation.state()).monthBytes.get('ada')).toBe(1_000);
  await operation.close();
  writeFileSync(join(folder, 'turn-month.json'), '{"month":');
  expect((await (await start()).operation.state()).monthBytes.size).toBe(0);
});

describe('S-17 what comes from the wire is text for a screen: no label, no log line, no format', () => {
  const NAMES = [
    'user%s%x',
    "' OR 1=1;--",
    'a\r\nevil: 1',
    '\u001b[2Jcleared',
    '{reason="x"} 1',
    '1700000000:\u202egnp',
    'x'.repeat(500),
  ];

  test.each(NAMES)('%j', async (name) => {
    const { operation, user, lines } = await start();
    expect(await (await user(name, 'wrong')).allocate()).toMatchObject({ type: 'failed', code: 401 });
    const state = await operation.state();
    const metrics = turnMetrics(state);
    for (const row of metrics.trimEnd().split('\n'))
      expect(row).toMatch(/^(?:# (?:HELP|TYPE) [\x20-\x7e]+|maru_turn_[a-z_]+(?:\{[a-z]+="[a-z0-9/-]+"\})? [0-9.+Inf]+)$/);
    expect(metrics).not.toContain(name.slice(0, 20));
    const log = lines.join('');
    expect(log).not.toContain(name.slice(0, 20));
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    for (const { username } of overviewOf(state).refusals) expect(username ?? '').not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  });
});

test('no secret, password or credential is logged', async () => {
  const { operation, user, lines } = await start();
  const { credential } = operation.issue('ada', 300)!;
  await (await user('ada')).allocate();
  await (await user('bo', 'a-password-of-bo')).allocate();
  await operation.reload();
  const log = lines.join('');
  for (const secret of [SECRET, credential, 'a-password-of-bo', '127.0.0.1']) expect(log).not.toContain(secret);
});
