// npm run rooms: people in Chromium, Firefox and Node.js come and go in a session through the media server for five minutes, while two stay.
//   npm run rooms -- --minutes 1
import { parseArgs } from 'node:util';
import { prepareInterop, runInteropFile } from './house/interop-file.mjs';
import { run, Stop } from './house/say.mjs';

await run(async () => {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
  const seconds = Number(values.minutes) * 60;
  if (!(seconds > 0)) throw new Stop(`"${values.minutes}" is no number of minutes.`, 'npm run rooms -- --minutes 5');
  await prepareInterop();
  process.exitCode = await runInteropFile('sfu-joins.test.ts', { MARU_ROOMS_SECONDS: String(seconds) });
});
