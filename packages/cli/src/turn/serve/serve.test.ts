import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CommandIo } from '../../command-io.js';
import { main } from '../../index.js';
import type { CheckReport } from '../check/report.js';
import { freePort } from '../testing/coturn.js';

const SECRET = 'the-secret-of-the-serve-test-0123';
const ADMIN_KEY = 'the-admin-key-of-the-serve-test-0123';

let folder: string;
let stops: (() => Promise<void>)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-serve-'));
  stops = [];
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A world for a command: what it prints is kept, what it would stop is stopped after the test. */
function world(environment: NodeJS.ProcessEnv = {}) {
  const printed: string[] = [];
  const complained: string[] = [];
  const reloads: (() => Promise<void>)[] = [];
  const io: CommandIo = {
    environment: { MARU_TURN_DATA: folder, MARU_TURN_LOG_LEVEL: 'silent', MARU_TURN_ADMIN: 'off', ...environment },
    isTerminal: false,
    columns: 100,
    progress() {},
    out: (text) => void printed.push(text),
    err: (text) => void complained.push(text),
    onReload: (task) => void reloads.push(task),
    onStop: (task) => void stops.push(task),
  };
  return { io, reloads, out: () => printed.join('\n'), err: () => complained.join('\n') };
}

async function check(port: number, secret: string, transport = 'udp', scheme = 'turn'): Promise<CheckReport> {
  const { io, out } = world({ MARU_TURN_SECRET: secret });
  await main(['turn', 'check', `${scheme}:127.0.0.1:${port}?transport=${transport}`, '--json'], io);
  return JSON.parse(out());
}

test('alone, it says where it is, how clients authenticate and what browsers may be given; the secret stays in its file', async () => {
  const port = await freePort();
  const { io, out } = world();
  expect(await main(['turn', '--listen', `udp:127.0.0.1:${port},tcp:127.0.0.1:${port}`], io)).toBe(0);
  const text = out();
  expect(text).toContain(`UDP        127.0.0.1:${port}`);
  expect(text).toContain('time-limited credentials by one shared secret');
  expect(text).toContain(`"turn:127.0.0.1:${port}?transport=tcp"`);
  const secret = readFileSync(join(folder, 'turn.secret'), 'utf8').trim();
  expect(text).toContain(join(folder, 'turn.secret'));
  expect(text).not.toContain(secret);
  for (const transport of ['udp', 'tcp']) expect(await check(port, secret, transport)).toMatchObject({ works: true });
});

test('over DTLS the certificate is judged as over TLS, and a packet goes through', async () => {
  const port = await freePort();
  const { io } = world({ MARU_TURN_SECRET: SECRET });
  expect(await main(['turn', '--listen', `dtls:127.0.0.1:${port}`], io)).toBe(0);
  const { steps, relayRttMs, works } = await check(port, SECRET, 'udp', 'turns');
  expect(steps.slice(0, 4).map(({ name, state }) => `${name} ${state}`)).toEqual([
    'connect ok',
    'tls problem',
    'challenge ok',
    'allocate ok',
  ]);
  expect(steps[0]?.detail).toContain('DTLS over UDP');
  expect(relayRttMs).toBeGreaterThan(0);
  expect(works).toBe(false); // its certificate is one of its own
});

test('what coturn was told is what it does: imported, started, checked with the same secret', async () => {
  const port = await freePort();
  const conf = join(folder, 'turnserver.conf');
  const written = join(folder, 'turn.json');
  writeFileSync(
    conf,
    `listening-ip=127.0.0.1\nlistening-port=${port}\nno-tls\nno-dtls\nrealm=old.example.org\nuse-auth-secret\nstatic-auth-secret=${SECRET}\n`,
  );
  expect(await main(['turn', '--import', conf, '--write', written], world().io)).toBe(0);
  expect(await main(['turn', '--config', written], world().io)).toBe(0);
  const report = await check(port, SECRET);
  expect(report.works).toBe(true);
  expect(report.steps.find(({ name }) => name === 'challenge')?.detail).toContain('old.example.org');
});

test('SIGHUP rotates a secret; a configuration that is wrong is refused and changes nothing', async () => {
  const port = await freePort();
  const config = join(folder, 'turn.json');
  const write = (secrets: string[], deny: string[] = []) =>
    writeFileSync(config, JSON.stringify({ listeners: [`udp:127.0.0.1:${port}`], credentials: { secrets }, policy: { deny } }));
  write([SECRET]);
  const { io, reloads, err } = world();
  expect(await main(['turn', '--config', config], io)).toBe(0);
  // the second question is answered after the first one has given its allocation back
  expect([(await check(port, SECRET)).works, (await check(port, 'a-secret-that-nobody-knows')).works]).toEqual([true, false]);
  write(['another-secret-of-the-serve-test']);
  await reloads[0]!();
  expect([(await check(port, SECRET)).works, (await check(port, 'another-secret-of-the-serve-test')).works]).toEqual([
    false,
    true,
  ]);
  write(['yet-another-secret-of-the-test'], ['10.0.0.0/33']);
  await reloads[0]!();
  expect(err()).toContain('the configuration stays as it was: policy.deny[0]');
  expect((await check(port, 'another-secret-of-the-serve-test')).works).toBe(true);
});

test('the admin port opens with the key that it made, or with that of the environment', async () => {
  const [port, adminPort] = [await freePort(), await freePort()];
  const { io, out } = world({ MARU_TURN_ADMIN: `127.0.0.1:${adminPort}`, MARU_TURN_ADMIN_KEY: ADMIN_KEY });
  expect(await main(['turn', '--listen', `udp:127.0.0.1:${port}`, '--json'], io)).toBe(0);
  expect(JSON.parse(out())).toMatchObject({ realm: 'maru', admin: { url: `http://127.0.0.1:${adminPort}/`, keyFile: null } });
  expect(out()).not.toContain(ADMIN_KEY);
  const ask = (key: string) =>
    fetch(`http://127.0.0.1:${adminPort}/api/overview`, { headers: { authorization: `Bearer ${key}` } });
  expect([(await ask(ADMIN_KEY)).status, (await ask('not-the-key-not-the-key-not-the-key')).status]).toEqual([200, 401]);
});

describe('what it cannot do, it says in a sentence, and does not start', () => {
  async function refusal(argv: string[], environment: NodeJS.ProcessEnv = {}): Promise<[number, string]> {
    const { io, err } = world(environment);
    return [await main(['turn', ...argv], io), err()];
  }

  test('S-04 a list that is malformed', async () => {
    const config = join(folder, 'turn.json');
    for (const entry of ['10.0.0.0/33', 'foo', '10.0.0.9-10.0.0.1']) {
      writeFileSync(config, JSON.stringify({ policy: { deny: ['192.0.2.0/24', entry] } }));
      const [status, said] = await refusal(['--config', config]);
      expect([status, said.split('\n').length]).toEqual([1, 1]);
      expect(said).toContain(`policy.deny[1] in the TURN configuration is "${entry}"`);
    }
  });

  test('a file that is none, a port that is taken, an admin key that is short', async () => {
    expect(await refusal(['--config', join(folder, 'missing.json')])).toEqual([1, expect.stringContaining('cannot be read')]);
    const taken: Server = createServer();
    const port = await freePort();
    await new Promise<void>((listening) => taken.listen(port, '127.0.0.1', listening));
    expect(await refusal(['--listen', `tcp:127.0.0.1:${port}`])).toEqual([
      1,
      expect.stringContaining('Another program has the port'),
    ]);
    taken.close();
    const short = { MARU_TURN_ADMIN: '127.0.0.1:1', MARU_TURN_ADMIN_KEY: 'short' };
    expect(await refusal([], short)).toEqual([1, expect.stringContaining('at least 32 characters')]);
  });

  test('wrong usage', async () => {
    expect(await refusal(['--lisen', 'udp:1'])).toEqual([2, expect.stringContaining("Unknown option '--lisen'")]);
    expect(await refusal(['--write', 'x'])).toEqual([2, expect.stringContaining('--import')]);
    expect(await refusal(['--cert', 'x'])).toEqual([1, expect.stringContaining('--cert and --key go together')]);
  });
});

test('there is no flag for a secret, and help says how', async () => {
  const { io, out } = world();
  expect(await main(['turn', '--help'], io)).toBe(0);
  expect(out()).toContain('MARU_TURN_SECRET');
  expect(out()).not.toMatch(/--(?:secret|password|admin-key)/);
});
