// Builds the web app into dist/: the app in pieces that load when they are needed, and the page of calls without a server as one file.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { buildDirectPage } from './src/direct/build.mjs';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(ROOT, 'dist');
/** Files of earlier builds stay this long: a page that is open may still load a part of its own version, in the middle of a call. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Script of a first view, compressed: what one waits for. The hall's is loaded while the person looks into the mirror. */
const BUDGET_BYTES = { door: 150_000, hall: 150_000 };

/** Where each view begins; everything it imports statically comes with it. */
const VIEWS = {
  door: ['src/main.ts', 'index.html'],
  hall: ['src/main.ts', 'index.html', 'src/app/hall-visit.ts', 'src/hall/hall.ts'],
};

/**
 * The compressed size of all scripts that a view needs, by Vite's manifest.
 * @param {string} built
 * @param {Record<string, { file: string, imports?: string[] }>} manifest
 * @param {readonly string[]} entries
 */
async function scriptBytes(built, manifest, entries) {
  const files = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  for (const entry of entries) visit(entry);
  let bytes = 0;
  for (const file of files) if (file.endsWith('.js')) bytes += gzipSync(await readFile(join(built, file)), { level: 9 }).length;
  return bytes;
}

/**
 * Pages may have no script or style of their own: the server's Content-Security-Policy would not run it.
 * @param {string} built
 */
async function assertNothingInline(built) {
  for (const name of ['index.html', 'relay.html', 'media.html']) {
    const page = await readFile(join(built, name), 'utf8');
    const inline = /<script\b(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle="|\son[a-z]+="/.exec(page);
    if (inline) throw new Error(`${name} has inline code, which the Content-Security-Policy forbids: ${inline[0]}`);
  }
}

/** @param {string} built */
async function assertBudget(built) {
  const manifest = JSON.parse(await readFile(join(built, '.vite/manifest.json'), 'utf8'));
  for (const [view, entries] of Object.entries(VIEWS)) {
    const bytes = await scriptBytes(built, manifest, entries);
    console.log(`${view}: ${(bytes / 1_000).toFixed(1)} kB of script, compressed (budget ${BUDGET_BYTES[view] / 1_000} kB)`);
    if (bytes > BUDGET_BYTES[view]) throw new Error(`the first view of the ${view} is over its budget`);
  }
}

/**
 * Puts a finished build in the place of the one before, without a moment in which the page is missing: the parts first, the page last.
 * @param {string} built
 */
async function publish(built) {
  const files = await filesBelow(built);
  const now = new Date();
  for (const file of [...files.filter((name) => name !== 'index.html'), 'index.html']) {
    const target = join(DIST, file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(built, file), `${target}.new`);
    await utimes(`${target}.new`, now, now);
    await rename(`${target}.new`, target);
  }
  const current = new Set(files);
  for (const file of await filesBelow(DIST)) {
    const path = join(DIST, file);
    if (!current.has(file) && now.getTime() - (await stat(path)).mtimeMs > KEPT_MS) await rm(path);
  }
}

/** @param {string} folder */
async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

const built = await mkdtemp(join(tmpdir(), 'maru-web-'));
try {
  await build({
    root: ROOT,
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: built, emptyOutDir: true },
  });
  const direct = await buildDirectPage(join(built, 'direct.html'));
  console.log(`direct.html: ${(direct.bytes / 1_000).toFixed(1)} kB, one file`);
  await assertNothingInline(built);
  await assertBudget(built);
  await publish(built);
} finally {
  await rm(built, { recursive: true, force: true });
}
