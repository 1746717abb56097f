// Builds the web app into dist/: the app in pieces that load when they are needed, and the page of calls without a server as one file.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { buildDirectPage } from './src/direct/build.mjs';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(ROOT, 'dist');

/** Script of a first view, compressed: what one waits for. The hall's is loaded while the person looks into the mirror. */
const BUDGET_BYTES = { door: 150_000, hall: 150_000 };

/** Where each view begins; everything it imports statically comes with it. */
const VIEWS = {
  door: ['src/main.ts', 'index.html'],
  hall: ['src/main.ts', 'index.html', 'src/app/hall-visit.ts', 'src/hall/hall.ts'],
};

/**
 * The compressed size of all scripts that a view needs, by Vite's manifest.
 * @param {Record<string, { file: string, imports?: string[] }>} manifest
 * @param {readonly string[]} entries
 */
async function scriptBytes(manifest, entries) {
  const files = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  for (const entry of entries) visit(entry);
  let bytes = 0;
  for (const file of files) if (file.endsWith('.js')) bytes += gzipSync(await readFile(join(DIST, file)), { level: 9 }).length;
  return bytes;
}

/** The page may have no script or style of its own: the server's Content-Security-Policy would not run it. */
async function assertNothingInline() {
  const page = await readFile(join(DIST, 'index.html'), 'utf8');
  const inline = [...page.matchAll(/<script\b(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle="|\son[a-z]+="/g)];
  if (inline.length > 0)
    throw new Error(`index.html has inline code, which the Content-Security-Policy forbids: ${inline[0][0]}`);
}

await build({ root: ROOT, configFile: join(ROOT, 'vite.config.ts'), logLevel: 'warn' });
const direct = await buildDirectPage(join(DIST, 'direct.html'));
await assertNothingInline();

const manifestPath = join(DIST, '.vite/manifest.json');
const manifest = JSON.parse(await readFile(manifestPath, 'utf8'));
const sizes = {};
for (const [view, entries] of Object.entries(VIEWS)) {
  sizes[view] = await scriptBytes(manifest, entries);
  console.log(`${view}: ${(sizes[view] / 1_000).toFixed(1)} kB of script, compressed (budget ${BUDGET_BYTES[view] / 1_000} kB)`);
  if (sizes[view] > BUDGET_BYTES[view]) throw new Error(`the first view of the ${view} is over its budget`);
}
console.log(`direct.html: ${(direct.bytes / 1_000).toFixed(1)} kB, one file`);
const files = await readdir(DIST, { recursive: true });
await writeFile(
  join(DIST, 'sizes.json'),
  `${JSON.stringify({ script: sizes, direct: direct.bytes, files: files.length }, null, 2)}\n`,
);
