import { join } from 'node:path';
import { buildStale } from './build.mjs';
import { installDependencies } from './dependencies.mjs';
import { ROOT, sh } from './sh.mjs';
import { installSystemPackages } from './system-packages.mjs';

/** Installs and builds what the tests with real browsers need. */
export async function prepareInterop() {
  await installDependencies();
  await installSystemPackages();
  await buildStale();
}

/**
 * Runs one file of `tests/interop/src` with these variables set, and resolves with how it ended: 0 where all is well.
 *
 * @param {string} file
 * @param {Record<string, string | undefined>} env
 */
export async function runInteropFile(file, env) {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const config = join(ROOT, 'tests/interop/vitest.config.ts');
  return (await sh(process.execPath, [vitest, 'run', '--config', config, `src/${file}`], { env })).status;
}
