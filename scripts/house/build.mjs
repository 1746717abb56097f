import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCommandLine } from './bundle.mjs';
import { buildNative } from './native.mjs';
import { say } from './say.mjs';
import { must, ROOT } from './sh.mjs';

const bin = (name) => join(ROOT, 'node_modules/.bin', name);

/**
 * The newest change below `paths`, in milliseconds since 1970; folders that hold results do not count.
 * @param {readonly string[]} paths
 */
function newestChange(paths) {
  let newest = 0;
  const visit = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isFile()) newest = Math.max(newest, stat.mtimeMs);
    else for (const entry of readdirSync(path)) if (entry !== 'node_modules' && entry !== 'dist') visit(join(path, entry));
  };
  for (const path of paths) visit(join(ROOT, path));
  return newest;
}

/** Compiles what is stale: the packages by their project references, the command line as a bundle, then the web app. */
export async function buildStale() {
  await buildNative();
  await must(bin('tsc'), ['-b'], 'Mend the type errors above, then run the command again.', { capture: true });
  await bundleCommandLine();
  if (!existsSync(join(ROOT, 'apps/web/vite.config.ts'))) return;
  const result = join(ROOT, 'apps/web/dist/index.html');
  const built = statSync(result, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (
    built >
    newestChange(['apps/web', 'packages/client/src', 'packages/signaling/src', 'packages/protocol/src/sdp', 'package-lock.json'])
  )
    return;
  say('Building the web app…');
  await must(process.execPath, [join(ROOT, 'apps/web/build.mjs')], 'Mend the errors above, then run the command again.', {
    capture: true,
  });
}
