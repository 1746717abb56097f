#!/usr/bin/env node
// The W3C's own tests of WebRTC against @maru/webrtc, held against a list of what is known to fail and why.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, describeReasons } from './expectations.mjs';

const USAGE = `WPT_DIR=<checkout> WPT_HARNESS=<folder> npm run conformance -- [--filter <regex>] [--report <file>] [--json]
Runs the web-platform-tests of WebRTC in Node.js and compares with expected-failures.json.

  WPT_DIR      a checkout of web-platform-tests (resources/, interfaces/, webrtc/, webrtc-*/ are used)
  WPT_HARNESS  the folder of a harness with a run.mjs that takes --impl, --wpt, --filter and --out
  --filter     only tests whose path matches
  --report     compares this report of the harness instead of running anything
  --json       the comparison as JSON

Exit status: 0 as expected, 1 something failed or passed that should not have, 2 wrong usage.`;

const ROOT = resolve(import.meta.dirname, '../..');
const BUILT = join(ROOT, 'packages/webrtc/dist/index.js');
const IMPLEMENTATION = join(import.meta.dirname, 'implementation.mjs');

const { values } = parseArgs({
  options: {
    filter: { type: 'string' },
    report: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
});

process.exitCode = await main();

async function main() {
  const { WPT_DIR: wpt, WPT_HARNESS: harness } = process.env;
  if (values.help || (!values.report && !(wpt && harness && existsSync(join(harness, 'run.mjs'))))) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  if (!values.report && !existsSync(BUILT)) {
    console.error('packages/webrtc is not built: npm run build');
    return 2;
  }
  const expectations = JSON.parse(readFileSync(join(import.meta.dirname, 'expected-failures.json'), 'utf8'));
  const report = values.report ? JSON.parse(readFileSync(values.report, 'utf8')) : await runHarness(wpt, harness);
  const outcome = compare(report.files, expectations);
  console.log(values.json ? JSON.stringify(outcome, null, 2) : text(outcome, expectations));
  return outcome.unexpectedFailures.length + outcome.unexpectedPasses.length === 0 ? 0 : 1;
}

async function runHarness(wpt, harness) {
  const folder = mkdtempSync(join(tmpdir(), 'maru-conformance-'));
  const out = join(folder, 'report.json');
  const args = [
    '--impl',
    IMPLEMENTATION,
    '--wpt',
    wpt,
    '--out',
    out,
    '--concurrency',
    '1',
    '--timeout',
    '60000',
    // One test waits 20 seconds for statistics that no Node.js program has.
    '--subtest-timeout',
    '26000',
  ];
  if (values.filter) args.push('--filter', values.filter);
  try {
    await new Promise((done, failed) => {
      const child = spawn(process.execPath, [join(harness, 'run.mjs'), ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
      child.on('error', failed);
      child.on('exit', done);
    });
    return JSON.parse(readFileSync(out, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function text(outcome, expectations) {
  const lines = [
    '',
    `${outcome.passed} of ${outcome.subtests} subtests passed; ${outcome.expected} failed as expected:`,
    ...describeReasons(outcome, expectations),
  ];
  for (const { file, name, message } of outcome.unexpectedFailures)
    lines.push(`UNEXPECTED FAILURE  ${file} :: ${name}${message ? ` :: ${message}` : ''}`);
  for (const { file, name } of outcome.unexpectedPasses)
    lines.push(`UNEXPECTED PASS     ${file} :: ${name} (take it off the list)`);
  return lines.join('\n');
}
