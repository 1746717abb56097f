// npm test: installs what the tests need, then runs all of them, cheapest answers first.
//   npm test                 everything
//   npm test -- unit ice     only the suites named, unit tests filtered by the words after
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { buildStale } from './house/build.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { requireNode } from './house/node-version.mjs';
import { run, Stop } from './house/say.mjs';
import { ROOT } from './house/sh.mjs';
import { conclusion, runSuites } from './house/suites.mjs';
import { installSystemPackages } from './house/system-packages.mjs';

const isRoot = process.getuid?.() === 0;

/** vitest with a configuration, saying what it finds in this way, and how many there were. @param {string} config @param {string} reporter */
const vitest = (config, reporter) => [
  join(ROOT, 'node_modules/vitest/vitest.mjs'),
  'run',
  `--config=${join(ROOT, config)}`,
  `--reporter=${reporter}`,
  `--reporter=${join(ROOT, 'scripts/house/tally-reporter.mjs')}`,
];

const SUITES = {
  check: { title: 'Types, lint, import directions', argv: [join(ROOT, 'scripts/check.mjs')] },
  unit: {
    title: 'Unit tests, vectors, properties, simulations',
    argv: vitest('vitest.config.ts', 'default'),
    system: true, // some of them drive coturn and openssl
  },
  fuzz: {
    title: 'Every parser against mutated bytes, for a moment each',
    argv: [join(ROOT, 'tests/fuzz/fuzz.mjs'), '--seconds', '1', '--seed', '1', '--at-once', String(availableParallelism())],
  },
  interop: { title: 'Real browsers', argv: vitest('tests/interop/vitest.config.ts', 'verbose'), system: true },
  lab: {
    title: 'Real hosts behind real NATs',
    argv: vitest('tests/lab/vitest.config.ts', 'verbose'),
    system: true,
    ...(isRoot ? {} : { lacking: 'It makes network namespaces and needs root: sudo npm test -- lab' }),
  },
};

await run(async () => {
  requireNode();
  await installDependencies();
  const [only, ...words] = process.argv.slice(2);
  if (only !== undefined && !(only in SUITES))
    throw new Stop(`There is no suite "${only}".`, `Suites: ${Object.keys(SUITES).join(', ')}`);
  const chosen = Object.entries(SUITES)
    .filter(([name]) => only === undefined || name === only)
    .map(([, suite]) => ({ ...suite, argv: [...suite.argv, ...words] }));
  if (chosen.some(({ system, lacking }) => system && !lacking)) await installSystemPackages();
  await buildStale();
  const outcome = await runSuites(chosen);
  console.log(`\n${conclusion(outcome, performance.now())}`);
  if (outcome.failed.length > 0) process.exitCode = 1;
});
