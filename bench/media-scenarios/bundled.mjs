import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ENTRY = join(import.meta.dirname, '../../packages/webrtc/src/media/scenarios/testing/index.ts');

/** The scenarios of the tests, which no package exports: bundled from their sources for this run. */
export async function bundled() {
  const folder = mkdtempSync(join(tmpdir(), 'maru-scenarios-'));
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
