import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** A house as small as can be: one other package, and a command line that says which of its forms runs. */
let house: string;
beforeEach(() => {
  house = mkdtempSync(join(tmpdir(), 'maru-test-'));
  for (const folder of ['node_modules', 'packages/cli/bin', 'packages/cli/dist', 'packages/server/dist'])
    mkdirSync(join(house, folder), { recursive: true });
  copyFileSync(join(import.meta.dirname, '../bin/compiled.js'), join(house, 'packages/cli/bin/compiled.mjs'));
  writeFileSync(join(house, 'package.json'), '{"type":"module"}');
  put('packages/cli/dist/index.js', 1, "export const form = 'modules';");
  put('packages/cli/dist/.tsbuildinfo', 1);
  put('packages/server/dist/.tsbuildinfo', 2);
  put('node_modules/.package-lock.json', 3);
});
afterEach(() => rmSync(house, { recursive: true, force: true }));

/** Writes a file that is as old as it is said to be: `second` counts up. */
function put(name: string, second: number, text = ''): void {
  writeFileSync(join(house, name), text);
  utimesSync(join(house, name), second, second);
}

async function loadedForm(): Promise<unknown> {
  const { loadCommandLine } = await import(pathToFileURL(join(house, 'packages/cli/bin/compiled.mjs')).href);
  return (await loadCommandLine()).form;
}

test('without a bundle the modules run', async () => {
  expect(await loadedForm()).toBe('modules');
});

test('a bundle that is newer than every package and than what is installed runs', async () => {
  put('packages/cli/dist/maru.js', 4, "export const form = 'bundle';");
  expect(await loadedForm()).toBe('bundle');
});

test.each([
  ['a package that was compiled since', 'packages/server/dist/.tsbuildinfo'],
  ['an installation since', 'node_modules/.package-lock.json'],
])('%s makes the bundle stale', async (_, changed) => {
  put('packages/cli/dist/maru.js', 4, "export const form = 'bundle';");
  put(changed, 4);
  expect(await loadedForm()).toBe('modules');
});
