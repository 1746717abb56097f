// Builds the page of calls without a server as ONE file: everything inline, allowed by hash alone, nothing fetched.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';
import { sealPage } from './seal-page.mjs';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const BROWSERS = ['chrome123', 'edge123', 'firefox128', 'safari17.5'];

/**
 * @param {string} target where the page goes, e.g. `apps/web/dist/direct.html`
 * @returns {Promise<{ bytes: number, policy: string }>} its size, and the Content-Security-Policy it carries: a server that sends its own must send this one
 */
export async function buildDirectPage(target = join(FOLDER, '../../dist/direct.html')) {
  const scratch = await mkdtemp(join(tmpdir(), 'maru-direct-'));
  try {
    await build({
      configFile: false,
      root: FOLDER,
      base: './',
      logLevel: 'warn',
      publicDir: false,
      resolve: { conditions: ['@maru/source', 'module', 'browser', 'import', 'default'] },
      plugins: [viteSingleFile({ removeViteModuleLoader: true })],
      build: {
        target: BROWSERS,
        outDir: scratch,
        emptyOutDir: true,
        modulePreload: false,
        reportCompressedSize: false,
        assetsInlineLimit: Number.MAX_SAFE_INTEGER,
        rolldownOptions: { input: join(FOLDER, 'standalone.html') },
      },
    });
    const { html, policy } = sealPage(await readFile(join(scratch, 'standalone.html'), 'utf8'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, html);
    return { bytes: Buffer.byteLength(html), policy };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { bytes } = await buildDirectPage();
  console.log(`direct.html: ${Math.round(bytes / 1000)} kB`);
}
