// npm start: installs what is missing, builds what is stale, starts the server.
import { loadCommandLine } from '../packages/cli/bin/compiled.js';
import { buildStale } from './house/build.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { requireNode } from './house/node-version.mjs';
import { run } from './house/say.mjs';

await run(async () => {
  requireNode();
  await installDependencies();
  await buildStale();
  const { main } = await loadCommandLine();
  process.exitCode = await main(['start', ...process.argv.slice(2)]);
});
