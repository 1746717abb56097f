import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from './say.mjs';
import { sh } from './sh.mjs';
import { durationInWords, inWords, NO_TESTS, sum, TALLY_FILE, toldIn } from './tally.mjs';

/**
 * @typedef {object} Suite
 * @property {string} title
 * @property {readonly string[]} argv of Node.js: a process that ends with status 0 when all is well, and tells its tests (tally.mjs)
 * @property {string} [lacking] what it would need and does not have here: then it is skipped
 */

/**
 * @typedef {object} Outcome
 * @property {number} passed suites
 * @property {readonly string[]} failed titles of suites
 * @property {readonly Suite[]} skipped
 * @property {import('./tally.mjs').Tally} tests of all of them
 */

/**
 * Runs suites one after another, to their ends however they end.
 * @param {readonly Suite[]} suites
 * @param {{ execute?: typeof sh, talk?: typeof say }} [means]
 * @returns {Promise<Outcome>}
 */
export async function runSuites(suites, { execute = sh, talk = say } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'maru-tally-'));
  const failed = [];
  const skipped = suites.filter(({ lacking }) => lacking);
  let tests = NO_TESTS;
  try {
    for (const { title, argv } of suites.filter(({ lacking }) => !lacking)) {
      const tallyFile = join(folder, 'tally.json');
      writeFileSync(tallyFile, '');
      talk(`\n== ${title}`);
      const startedAt = performance.now();
      const { status } = await execute(process.execPath, argv, { env: { [TALLY_FILE]: tallyFile } });
      const told = toldIn(tallyFile);
      const isWell = status === 0 && told !== undefined && told.failed === 0;
      tests = sum(tests, told ?? NO_TESTS);
      if (!isWell) failed.push(title);
      if (!isWell && !told?.failed) tests = sum(tests, { ...NO_TESTS, failed: 1 }); // it ended in the middle of them
      const how = isWell ? 'passed' : 'FAILED';
      talk(`== ${title}: ${how} in ${durationInWords(performance.now() - startedAt)}${told ? `, ${inWords(told)}` : ''}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { passed: suites.length - skipped.length - failed.length, failed, skipped, tests };
}

/** The last lines of a run that took so long. @param {Outcome} outcome @param {number} elapsedMs */
export function conclusion({ passed, failed, skipped, tests }, elapsedMs) {
  return [
    ...failed.map((title) => `Failed: ${title}. The output above says where.`),
    ...skipped.map(({ title, lacking }) => `Skipped: ${title}. ${lacking}`),
    `suites: ${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
    `tests: ${inWords(tests)} in ${durationInWords(elapsedMs)}`,
  ].join('\n');
}
