// Which of the two compiled forms of the command line runs: the bundle where it is up to date, else the modules.
import { readdirSync, statSync } from 'node:fs';

const PACKAGES = new URL('../../', import.meta.url);
const MODULES = new URL('../dist/index.js', import.meta.url);

/** The whole command line in a few files: finding and compiling hundreds of modules is most of a cold start (decision 0005). */
export const BUNDLE = new URL('../dist/maru.js', import.meta.url);

/** When `file` last changed, in milliseconds since 1970; 0 when there is none. */
export const changedAtMs = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Whether the bundle is newer than every package as it was last compiled, and than what npm installed. */
export function isBundleFresh() {
  const builtAtMs = changedAtMs(BUNDLE);
  const packages = readdirSync(PACKAGES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const inputs = [
    new URL('../node_modules/.package-lock.json', PACKAGES),
    ...packages.map(({ name }) => new URL(`${name}/dist/.tsbuildinfo`, PACKAGES)),
  ];
  return inputs.every((input) => changedAtMs(input) < builtAtMs);
}

/** Loads the command line: its `main`. Errors name the lines as they were written, whichever form runs. */
export function loadCommandLine() {
  process.setSourceMapsEnabled(true);
  return import((isBundleFresh() ? BUNDLE : MODULES).href);
}
