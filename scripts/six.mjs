// npm run six: six people in Chromium and Firefox meet through the media server, one of them behind 300 kbit/s and 5 % loss; three times in a row.
//   npm run six -- --times 1 --seconds 60
import { parseArgs } from 'node:util';
import { prepareInterop, runInteropFile } from './house/interop-file.mjs';
import { run, Stop } from './house/say.mjs';

await run(async () => {
  const { values } = parseArgs({
    options: { times: { type: 'string', default: '3' }, seconds: { type: 'string', default: '30' } },
  });
  for (const [name, value] of Object.entries(values)) {
    if (!(Number(value) > 0)) throw new Stop(`--${name} "${value}" is no number.`, 'npm run six -- --times 3 --seconds 30');
  }
  await prepareInterop();
  for (let time = 1; time <= Number(values.times); time++) {
    const status = await runInteropFile('six-people.test.ts', { MARU_SIX_SECONDS: values.seconds });
    if (status !== 0) throw new Stop(`Time ${time} of ${values.times} failed.`, 'The output above says where.');
  }
});
