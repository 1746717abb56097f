import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

/** What a page pays for the SDK, minified and compressed. Of it, some 13 KB are webrtc-adapter, 15 KB the validation of what comes from the server, and 7 KB the way through the media server. */
const BUDGET_BYTES = 76_000;

async function sizeOf(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['@maru/source'],
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

test('the whole SDK stays within its budget', async () => {
  const whole = await sizeOf(`export * from './index.js'; export * from './files/index.js';`);
  const session = await sizeOf(`export { Session } from './index.js';`);
  console.info(`@maru/client: ${whole} bytes compressed; a page that uses Session alone: ${session}`);
  expect(whole).toBeLessThan(BUDGET_BYTES);
});
