// npm run soak: a call of Node.js and each browser for ten minutes under 5 % loss, with sound, video in three sizes, data and renegotiation.
//   npm run soak -- --minutes 2 --browser firefox
import { parseArgs } from 'node:util';
import { prepareInterop, runInteropFile } from './house/interop-file.mjs';
import { run, Stop } from './house/say.mjs';

await run(async () => {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '10' }, browser: { type: 'string', default: 'chromium,firefox' } },
  });
  const seconds = Number(values.minutes) * 60;
  if (!(seconds > 0)) throw new Stop(`"${values.minutes}" is no number of minutes.`, 'npm run soak -- --minutes 10');
  await prepareInterop();
  const env = { MARU_SOAK_SECONDS: String(seconds), MARU_SOAK_BROWSERS: values.browser };
  process.exitCode = await runInteropFile('soak.test.ts', env);
});
