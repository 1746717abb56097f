import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sh } from './sh.mjs';
import { conclusion, runSuites, type Suite } from './suites.mjs';
import { durationInWords, TALLY_FILE, toldIn } from './tally.mjs';

const folder = mkdtempSync(join(tmpdir(), 'maru-suites-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A suite that tells this of its tests, or nothing, and ends so. */
const suite = (title: string, told: object | undefined, status: number, more: Partial<Suite> = {}): Suite => {
  const tells = told
    ? `require('node:fs').writeFileSync(process.env.${TALLY_FILE}, ${JSON.stringify(JSON.stringify(told))});`
    : '';
  return { title, argv: ['-e', `${tells} process.exit(${status})`], ...more };
};

const quietly = {
  execute: (program: string, args: readonly string[], options: object) => sh(program, args, { ...options, capture: true }),
  talk: () => {},
};

test('tests of all suites are added up; a suite that failed and one that was skipped are named', async () => {
  const outcome = await runSuites(
    [
      suite('The first', { passed: 4_100, failed: 0, skipped: 1 }, 0),
      suite('The second', { passed: 24, failed: 2, skipped: 2 }, 1),
      suite('The third', undefined, 1, { lacking: 'It needs root.' }),
    ],
    quietly,
  );
  expect(conclusion(outcome, 912_300).split('\n')).toEqual([
    'Failed: The second. The output above says where.',
    'Skipped: The third. It needs root.',
    'suites: 1 passed, 1 failed, 1 skipped',
    'tests: 4,124 passed, 2 failed, 3 skipped in 15 min 12 s',
  ]);
});

test.each([
  ['ends in the middle of its tests', suite('It', undefined, 1), 0],
  ['tells of no failure and ends with another status than 0', suite('It', { passed: 3, failed: 0, skipped: 0 }, 7), 3],
  ['ends well, and tells nothing of its tests', suite('It', undefined, 0), 0],
])('a suite that %s has failed, by one test at least', async (_how, one, passed) => {
  const { failed, tests } = await runSuites([one], quietly);
  expect(failed).toEqual(['It']);
  expect(tests).toEqual({ passed, failed: 1, skipped: 0 });
});

test('vitest tells what passed, failed and was skipped, and what failed outside of tests', async () => {
  const file = join(folder, 'of-every-kind.test.js');
  const tally = join(folder, 'tally.json');
  writeFileSync(tally, '');
  writeFileSync(
    file,
    `test('good', () => {}); test('bad', () => expect(1).toBe(2)); test.skip('skipped', () => {}); test.todo('some day');
     describe('no way to begin', () => { beforeAll(() => { throw new Error('not today'); }); test('never begun', () => {}); });`,
  );
  const vitest = resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
  const reporter = join(import.meta.dirname, 'tally-reporter.mjs');
  const argv = [vitest, 'run', '--globals', `--root=${folder}`, `--reporter=${reporter}`];
  await new Promise((ended) => execFile(process.execPath, argv, { env: { ...process.env, [TALLY_FILE]: tally } }, ended));
  expect(toldIn(tally)).toEqual({ passed: 1, failed: 2, skipped: 3 });
}, 120_000);

test.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min 0 s'],
  [3_723_000, '62 min 3 s'],
])('%d ms are %s', (ms, words) => {
  expect(durationInWords(ms)).toBe(words);
});
