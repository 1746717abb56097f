// npm run bench -- sfu: what forwarding costs, alone and in the whole media server; server and load on a core each.
import { writeFileSync } from 'node:fs';
import { driver } from '@maru/node';
import { readOptions } from './lib/options.mjs';
import { publishAll } from './lib/report.mjs';
import { besideTable, JANUS } from './sfu/beside.mjs';
import { latencyTable } from './sfu/latency.mjs';
import { meetingTable } from './sfu/meeting.mjs';
import { pathTable, rateTable } from './sfu/path.mjs';
import { plotServer } from './sfu/plot.mjs';
import { participantTable, serverTable } from './sfu/server.mjs';

const TABLES = ['path', 'rate', 'latency', 'server', 'participants', 'beside', 'meeting'];
const options = readOptions(
  `npm run bench -- sfu [--only ${TABLES.join(',')}] [--server native|pure|janus] [--rounds n] [--seconds n] [--json]
      [--profile GCM|CM] [--burst n] [--rate n] [--subscribers n] [--counts n,n,…] [--participants n] [--people n]`,
  {
    only: { type: 'string', default: TABLES.join() },
    server: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '2' },
    profile: { type: 'string' },
    burst: { type: 'string' },
    rate: { type: 'string' },
    subscribers: { type: 'string' },
    counts: { type: 'string' },
    participants: { type: 'string', default: '200' },
    people: { type: 'string', default: '20' },
  },
);
const wanted = options.only.split(',');
const servers = (driver.name === 'native' ? ['native', 'pure'] : ['pure']).filter((name) => (options.server ?? name) === name);
const number = (name, otherwise) => (options[name] === undefined ? otherwise : Number(options[name]));
const counts = (otherwise) => (options.counts ?? otherwise).split(',').map(Number);
const seconds = number('seconds');

const MEASURES = {
  path: () =>
    pathTable(servers, {
      rounds: number('rounds', 3),
      seconds,
      subscribers: number('subscribers', 50),
      rate: number('rate', 1_000),
      profile: options.profile,
      burst: number('burst'),
    }),
  rate: () => rateTable(servers, { subscribers: number('subscribers', 100), seconds: Math.min(1, seconds) }),
  latency: () =>
    latencyTable(servers, {
      subscribers: number('subscribers', 50),
      burst: number('burst', 5),
      windows: number('rounds', 5),
      seconds: Math.min(1, seconds),
    }),
  server: () =>
    serverTable(servers, {
      rounds: number('rounds', 1),
      seconds,
      counts: counts('10,50,100,200,400'),
      burst: number('burst', 5),
      rate: number('rate'),
    }),
  participants: () => participantTable(servers, { participants: number('participants'), seconds }),
  beside: () =>
    besideTable([...servers, ...([JANUS].includes(options.server ?? JANUS) ? [JANUS] : [])], {
      rounds: number('rounds', 1),
      seconds,
      counts: counts('10,50'),
      rate: number('rate', 1_000),
      participants: number('participants'),
      profile: options.profile,
    }),
  meeting: () => meetingTable(servers, { people: number('people'), seconds }),
};

const reports = [];
for (const name of TABLES) if (wanted.includes(name)) reports.push(await MEASURES[name]());
publishAll(reports, options.json);
const served = reports.find(({ name }) => name === 'sfu-server');
if (served) writeFileSync(new URL('./results/sfu-server.svg', import.meta.url), plotServer(served.rows));
