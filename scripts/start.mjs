// npm start: installs what is missing, builds what is stale, starts the server.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildStale } from './house/build.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { requireNode } from './house/node-version.mjs';
import { run } from './house/say.mjs';
import { ROOT } from './house/sh.mjs';

await run(async () => {
  requireNode();
  await installDependencies();
  await buildStale();
  const { main } = await import(pathToFileURL(join(ROOT, 'packages/cli/dist/index.js')).href);
  process.exitCode = await main(['start', ...process.argv.slice(2)]);
});
