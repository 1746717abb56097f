import { readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUNDLE, changedAtMs, isBundleFresh } from '../../packages/cli/bin/compiled.js';
import { say } from './say.mjs';
import { ROOT } from './sh.mjs';

const ENTRY = fileURLToPath(BUNDLE);
const FOLDER = dirname(ENTRY);
const CHUNK = /^maru-.+\.js(?:\.map)?$/;

/** Packages that stay outside: they load workers or native parts by path, or are not needed by every start. */
const EXTERNAL = [
  '@maru/native',
  'jose',
  'mediabunny',
  'pino',
  'prom-client',
  'uqr',
  'ws',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
];

/** CommonJS packages inside of the bundle ask for Node's modules by `require`. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

/**
 * Bundles the command line, a chunk for each command, when what it is made of changed. Never an error: without it
 * everything works, and starts slower.
 */
export async function bundleCommandLine() {
  if (isBundleFresh()) return;
  const startedAt = new Date();
  const previousMs = changedAtMs(BUNDLE);
  try {
    const files = await bundle();
    removeBefore(previousMs, new Set(files.map(({ path }) => basename(path))));
    // the entry last: whoever starts meanwhile finds a whole bundle, the old or the new
    for (const file of files) if (file.path !== ENTRY) put(file, startedAt);
    for (const file of files) if (file.path === ENTRY) put(file, startedAt);
  } catch (error) {
    say(`The command line could not be bundled; it runs from its modules, and starts slower. The reason: ${error.message}`);
  }
}

async function bundle() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: { maru: 'packages/cli/dist/index.js' },
    outdir: FOLDER, // as deep as the modules are: what is found beside them is found beside the bundle
    chunkNames: 'maru-[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: EXTERNAL,
    banner: { js: REQUIRE },
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent',
    write: false,
  });
  return outputFiles;
}

/** Writes a file that is as old as what it was made of: what is compiled meanwhile makes it stale. */
function put({ path, contents }, startedAt) {
  writeFileSync(`${path}.new`, contents);
  utimesSync(`${path}.new`, startedAt, startedAt);
  renameSync(`${path}.new`, path);
}

/** Removes chunks older than the previous bundle; those of it stay, since a server that runs may still load one. */
function removeBefore(previousMs, current) {
  for (const name of readdirSync(FOLDER)) {
    const path = join(FOLDER, name);
    if (CHUNK.test(name) && !current.has(name) && changedAtMs(path) < previousMs) rmSync(path);
  }
}
