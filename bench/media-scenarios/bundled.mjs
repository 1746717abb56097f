import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ENTRY = join(import.meta.dirname, '../../packages/webrtc/src/media/scenarios/testing/index.ts');

/** Below the packages, so that what stays outside of the bundle is found. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache');

/** The scenarios of the tests, which no package exports: bundled from their sources for this run. */
export async function bundled() {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'scenarios-'));
  const outfile = join(folder, 'scenarios.mjs');
  try {
    await build({
      entryPoints: [ENTRY],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['@maru/source'],
      external: ['@maru/native'],
      logLevel: 'error',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
