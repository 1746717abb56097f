// npm run bench -- <area> [options]: one benchmark, as a table or with --json.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildStale } from './house/build.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { run, Stop } from './house/say.mjs';
import { ROOT, sh } from './house/sh.mjs';

await run(async () => {
  const [area, ...options] = process.argv.slice(2);
  const folder = join(ROOT, 'bench');
  const areas = readdirSync(folder)
    .filter((file) => file.endsWith('.bench.mjs'))
    .map((file) => file.slice(0, -'.bench.mjs'.length));
  const script = join(folder, `${area}.bench.mjs`);
  if (!area || !existsSync(script))
    throw new Stop(
      area ? `There is no benchmark "${area}".` : 'Say which benchmark.',
      `npm run bench -- <${areas.join(' | ')}> [--json]`,
    );
  await installDependencies();
  await buildStale();
  process.exitCode = (await sh(process.execPath, [script, ...options])).status;
});
