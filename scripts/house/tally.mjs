// How many tests there were: each suite tells it in a file, and the end of `npm test` adds up what they told.
import { readFileSync, writeFileSync } from 'node:fs';

/** @typedef {{ readonly passed: number, readonly failed: number, readonly skipped: number }} Tally */

/** Names the file that a suite tells its tally in. */
export const TALLY_FILE = 'MARU_TALLY_FILE';

/** @type {Tally} */
export const NO_TESTS = { passed: 0, failed: 0, skipped: 0 };

/** Tells whoever started this process how its tests went, where they want to know. @param {Tally} tally */
export function tell(tally) {
  const path = process.env[TALLY_FILE];
  if (path) writeFileSync(path, JSON.stringify(tally));
}

/** What was told in this file; undefined if nothing was. @param {string} path @returns {Tally | undefined} */
export function toldIn(path) {
  const text = readFileSync(path, 'utf8');
  return text === '' ? undefined : JSON.parse(text);
}

/** @param {Tally} one @param {Tally} other @returns {Tally} */
export const sum = (one, other) => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
});

/** `4,125 passed, 0 failed, 3 skipped`. @param {Tally} tally */
export const inWords = (tally) =>
  Object.entries(tally)
    .map(([how, count]) => `${count.toLocaleString('en-US')} ${how}`)
    .join(', ');

/** `15 min 12 s`. @param {number} ms */
export function durationInWords(ms) {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
