import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommandIo } from '../command-io.js';
import { main } from '../index.js';

let folder: string;
let stops: (() => Promise<void>)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-test-'));
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A world for a command: what it prints is kept, what it would stop is stopped after the test. */
function io(
  environment: NodeJS.ProcessEnv = {},
  isTerminal = false,
): CommandIo & { readonly printed: string[]; readonly complained: string[] } {
  const printed: string[] = [];
  const complained: string[] = [];
  return {
    environment: { MARU_DATA: folder, MARU_LOG_LEVEL: 'silent', ...environment },
    isTerminal,
    columns: 80,
    progress() {},
    printed,
    complained,
    out: (text) => printed.push(text),
    err: (text) => complained.push(text),
    onStop: (task) => stops.push(task),
    onReload() {},
  };
}

test('maru start says where it is, where the key is, and how to trust it; on a terminal with a code for the phone', async () => {
  const world = io({ MARU_PUBLIC_URL: 'https://talk.example.com/' }, true);
  expect(await main(['start', '--port', '0'], world)).toBe(0);
  const text = world.printed.join('\n');
  expect(text).toMatch(/On this machine +http:\/\/localhost:\d+\//);
  expect(text).toContain('https://talk.example.com/');
  expect(text).toContain(join(folder, 'api.key'));
  expect(text).toContain('/app/trust');
  expect(text).toMatch(/[▀▄█]{8}/);
});

test('with --json it is one line for programs, and the key is in a file for this user alone', async () => {
  const world = io();
  expect(await main(['start', '--port=0', '--json'], world)).toBe(0);
  const told = JSON.parse(world.printed[0]!) as { port: number; apiKeyFile: string };
  expect(statSync(told.apiKeyFile).mode & 0o777).toBe(0o600);
  const key = readFileSync(told.apiKeyFile, 'utf8').trim();
  expect(world.printed.join()).not.toContain(key);
  const response = await fetch(`http://127.0.0.1:${told.port}/v1/server`, { headers: { authorization: `Bearer ${key}` } });
  expect(response.status).toBe(200);
});

test('a port that is taken is named, with how to choose another (R-34)', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, resolve));
  const { port } = other.address() as AddressInfo;
  const world = io();
  expect(await main(['start', '--port', String(port)], world)).toBe(1);
  expect(world.complained.join()).toMatch(new RegExp(`port ${port} is taken.*--port ${port + 1}`));
  other.close();
});

test.each([
  [['--port', 'eighty'], 1, '--port (MARU_PORT) must be a whole number from 0 to 65535, not "eighty"'],
  [['--api-key', 'secret'], 1, 'An API key must be at least 24'],
  [['--api-key', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'], 1, 'nobody can guess'],
  [['--cert', 'x.pem'], 1, '--key (MARU_KEY) must be given together with --cert'],
  [['--cert', 'nowhere.pem', '--key', 'nowhere.pem', '--port', '0'], 1, 'nowhere.pem (--cert) cannot be read'],
  [['--public-url', 'example'], 1, '--public-url (MARU_PUBLIC_URL) must be an http or https address'],
  [['--origins', 'https://a.example/path'], 1, 'must be origins such as'],
  [['--trusted-proxies', '10.0.0.0/33'], 1, 'must be addresses or networks'],
  [['--ice-servers', '{}'], 1, 'must be a JSON array'],
  [['--webhook-url', 'https://a.example/'], 1, '--webhook-secret (MARU_WEBHOOK_SECRET) must be at least 16'],
  [['--log-level', 'loud'], 1, 'must be debug, info, warn, error or silent'],
  [['--nonsense'], 2, 'maru start --help'],
] as const)('%j is refused with the cure', async (argv, status, complaint) => {
  const world = io();
  expect(await main(['start', ...argv], world)).toBe(status);
  expect(world.complained.join('\n')).toContain(complaint);
});

test('help says every option, and an unknown command what there is', async () => {
  const world = io();
  expect(await main(['start', '--help'], world)).toBe(0);
  for (const name of ['--port', '--data', '--cert', '--public-url', '--webhook-url'])
    expect(world.printed.join()).toContain(name);
  expect(await main(['dance'], world)).toBe(2);
  expect(world.complained.join()).toContain('there is no command "dance"');
});

test('SIGHUP reads the configuration of the relay again; what is wrong is said, and ends nothing', async () => {
  const file = join(folder, 'turn.json');
  writeFileSync(file, JSON.stringify({ realm: 'one.example.org' }));
  const reloads: (() => Promise<void>)[] = [];
  const world = { ...io(), onReload: (task: () => Promise<void>) => void reloads.push(task) };
  expect(await main(['start', '--port', '0', '--turn', file], world)).toBe(0);
  await reloads[0]!();
  writeFileSync(file, JSON.stringify({ policy: { deny: ['foo'] } }));
  await reloads[0]!();
  const said = world.complained.join('\n');
  expect(said).toContain('was read again; no allocation was dropped');
  expect(said).toContain('stays as it was: policy.deny[0]');
});

test('S-04 a relay whose configuration is malformed keeps the server from starting', async () => {
  const file = join(folder, 'turn.json');
  writeFileSync(file, JSON.stringify({ policy: { deny: ['10.0.0.0/33'] } }));
  const world = io();
  expect(await main(['start', '--port', '0', '--turn', file], world)).toBe(1);
  expect(world.complained.join('\n')).toContain('policy.deny[0] in the TURN configuration is "10.0.0.0/33"');
});
