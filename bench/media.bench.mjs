// npm run bench -- media: what media costs one connection: packets to frames and frames to packets, by profile, with and without @maru/native.
import { fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOptions } from './lib/options.mjs';
import { median, publish, quantile } from './lib/report.mjs';

const { json, rounds } = readOptions(
  `npm run bench -- media [--rounds n] [--json]
Microseconds of processor time and bytes allocated for each packet, from SRTP to frames and from frames to a socket.`,
  { rounds: { type: 'string', default: '9' } },
);
const HERE = dirname(fileURLToPath(import.meta.url));

/** So much young that nothing is collected while bytes are counted. */
const execArgv = ['--max-semi-space-size=128', '--min-semi-space-size=64'];
const child = fork(join(HERE, 'media/path.mjs'), [rounds], { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const lanes = await new Promise((resolve, reject) => child.once('message', resolve).once('exit', reject));
lanes.sort((a, b) => a.title.localeCompare(b.title) || a.profile.localeCompare(b.profile));

publish({
  json,
  name: 'media',
  workload: `VP8 frames of five packets of 1,180 bytes over SRTP; medians of ${rounds} interleaved rounds of processor time, user and system; sending includes the system call`,
  columns: { title: 'what', profile: 'profile', provider: 'provider', range: 'us/packet', bytes: 'bytes allocated/packet' },
  rows: lanes.map(({ title, profile, provider, us, bytes }) => ({
    title,
    profile,
    provider,
    us: median(us),
    range: `${median(us).toFixed(2)} [${quantile(us, 0).toFixed(2)}-${quantile(us, 1).toFixed(2)}]`,
    bytes: Math.round(median(bytes)),
  })),
});
