// npm run rooms: people in Chromium, Firefox and Node.js come and go in a session through the media server for five minutes, while two stay.
//   npm run rooms -- --minutes 1
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildStale } from './house/build.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { run, Stop } from './house/say.mjs';
import { ROOT, sh } from './house/sh.mjs';
import { installSystemPackages } from './house/system-packages.mjs';

await run(async () => {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
  const seconds = Number(values.minutes) * 60;
  if (!(seconds > 0)) throw new Stop(`"${values.minutes}" is no number of minutes.`, 'npm run rooms -- --minutes 5');
  await installDependencies();
  await installSystemPackages();
  await buildStale();
  const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(ROOT, 'tests/interop/vitest.config.ts')];
  const env = { MARU_ROOMS_SECONDS: String(seconds) };
  process.exitCode = (await sh(process.execPath, [...vitest, 'src/sfu-joins.test.ts'], { env })).status;
});
