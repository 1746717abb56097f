// npm test: installs what the tests need, then runs all of them, cheapest answers first.
//   npm test                 everything
//   npm test -- unit ice     only the suites named, unit tests filtered by the words after
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { buildStale } from './house/build.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { requireNode } from './house/node-version.mjs';
import { run, Stop, say } from './house/say.mjs';
import { ROOT, sh } from './house/sh.mjs';
import { installSystemPackages } from './house/system-packages.mjs';

const node = process.execPath;
const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');

/** Each suite is a process of its own that ends with status 0 when all is well. */
const SUITES = {
  check: { title: 'Types, lint, import directions', argv: [join(ROOT, 'scripts/check.mjs')] },
  unit: {
    title: 'Unit tests, vectors, properties, simulations',
    argv: [vitest, 'run', '--config', join(ROOT, 'vitest.config.ts')],
    system: true, // some of them drive coturn and openssl
  },
  fuzz: {
    title: 'Every parser against mutated bytes, for a moment each',
    argv: [join(ROOT, 'tests/fuzz/fuzz.mjs'), '--seconds', '2', '--seed', '1', '--at-once', String(availableParallelism())],
  },
  interop: {
    title: 'Real browsers',
    argv: [vitest, 'run', '--config', join(ROOT, 'tests/interop/vitest.config.ts')],
    system: true,
  },
  lab: {
    title: 'Real hosts behind real NATs',
    argv: [vitest, 'run', '--config', join(ROOT, 'tests/lab/vitest.config.ts')],
    system: true,
    root: true,
  },
};

await run(async () => {
  requireNode();
  await installDependencies();
  const [only, ...words] = process.argv.slice(2);
  if (only !== undefined && !(only in SUITES))
    throw new Stop(`There is no suite "${only}".`, `Suites: ${Object.keys(SUITES).join(', ')}`);
  const chosen = Object.entries(SUITES).filter(([name, suite]) =>
    only ? name === only : !suite.argv.some((part) => part.startsWith(ROOT) && !existsSync(part)),
  );
  const isRoot = process.getuid?.() === 0;
  const runnable = chosen.filter(([, { root }]) => isRoot || !root);
  const skipped = chosen.filter(([, { root }]) => root && !isRoot).map(([, { title }]) => title);
  if (runnable.some(([, { system }]) => system)) await installSystemPackages();
  await buildStale();
  const failed = [];
  for (const [name, { title, argv }] of runnable) {
    say(`\n== ${title}`);
    const startedAt = Date.now();
    const { status } = await sh(node, [...argv, ...(name === only ? words : [])]);
    say(`== ${title}: ${status === 0 ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - startedAt) / 1000)} s`);
    if (status !== 0) failed.push(title);
  }
  console.log(`\nsuites: ${runnable.length - failed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  for (const title of skipped) console.log(`Skipped: ${title}. It makes network namespaces and needs root: sudo npm test -- lab`);
  if (failed.length > 0) throw new Stop(`Failed: ${failed.join('; ')}.`, 'The output above says where.');
});
