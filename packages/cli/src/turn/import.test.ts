import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importCommand } from './import.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maru-import-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(text: string, { write, isJson = false }: { write?: string; isJson?: boolean } = {}) {
  const conf = join(folder, 'turnserver.conf');
  writeFileSync(conf, text);
  const out: string[] = [];
  const err: string[] = [];
  const io = { columns: 100, out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  const status = importCommand(conf, write, isJson, io);
  return { status, out: out.join('\n'), err: err.join('\n') };
}

const GOOD = 'realm=turn.example.org\nstatic-auth-secret=a-long-secret-of-this-test\nno-tls\nno-dtls\n';

test('what is understood is printed as a configuration, and what became of each line beside it', () => {
  const { status, out, err } = run(GOOD);
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ realm: 'turn.example.org', listeners: ['udp:3478', 'tcp:3478'] });
  expect(err).toContain('static-auth-secret=…');
  expect(err).not.toContain('a-long-secret');
  expect(err).toContain('nothing is left to decide');
});

test('what needs a person says where, why and what to do, and the exit status says so', () => {
  const { status, err } = run(`${GOOD}no-auth\nfoo=bar\n`);
  expect(status).toBe(1);
  expect(err).toMatch(/5 {2}! unsafe +no-auth/);
  expect(err).toMatch(/6 {2}! unknown +foo=…/);
  expect(err).toContain('2 of them need you');
});

test('a written configuration is for this user alone, and no file is overwritten', () => {
  const path = join(folder, 'maru-turn.json');
  expect(run(GOOD, { write: path }).status).toBe(0);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toContain('a-long-secret-of-this-test');
  const second = run(GOOD, { write: path });
  expect(second.status).toBe(1);
  expect(second.err).toContain('is there already');
});

test('as JSON it is for programs', () => {
  const { out, err } = run(GOOD, { isJson: true });
  expect(Object.keys(JSON.parse(out))).toEqual(['config', 'findings', 'notes']);
  expect(err).toBe('');
});
