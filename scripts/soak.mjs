// npm run soak: a call of Node.js and each browser for ten minutes under 5 % loss, with sound, video in three sizes, data and renegotiation.
//   npm run soak -- --minutes 2 --browser firefox
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildStale } from './house/build.mjs';
import { installDependencies } from './house/dependencies.mjs';
import { run, Stop } from './house/say.mjs';
import { ROOT, sh } from './house/sh.mjs';
import { installSystemPackages } from './house/system-packages.mjs';

await run(async () => {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '10' }, browser: { type: 'string', default: 'chromium,firefox' } },
  });
  const seconds = Number(values.minutes) * 60;
  if (!(seconds > 0)) throw new Stop(`"${values.minutes}" is no number of minutes.`, 'npm run soak -- --minutes 10');
  await installDependencies();
  await installSystemPackages();
  await buildStale();
  const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(ROOT, 'tests/interop/vitest.config.ts')];
  const env = { MARU_SOAK_SECONDS: String(seconds), MARU_SOAK_BROWSERS: values.browser };
  process.exitCode = (await sh(process.execPath, [...vitest, 'src/soak.test.ts'], { env })).status;
});
