import { buildStale } from './house/build.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { requireNode } from './house/node-version.mjs';
import { run } from './house/say.mjs';

await run(async () => {
  requireNode();
  await installDependencies();
  await buildStale();
});
