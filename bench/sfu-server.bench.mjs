// npm run bench -- sfu-server: the whole media server: one publisher, many subscribers with ICE, DTLS, SRTP and feedback; server and load on a core each.
import { driver } from '@maru/node';
import { readOptions } from './lib/options.mjs';
import { median, publish } from './lib/report.mjs';
import { LOAD_CPU, Process, SERVER_CPU } from './sfu/processes.mjs';

const options = readOptions(
  'npm run bench -- sfu-server [--subscribers n,n,…] [--server native|pure] [--burst n] [--rate n] [--seconds n] [--rounds n] [--json]',
  {
    subscribers: { type: 'string', default: '10,50,100,200' },
    server: { type: 'string' },
    burst: { type: 'string', default: '5' },
    rate: { type: 'string' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '1' },
  },
);
const servers = (driver.name === 'native' ? ['native', 'pure'] : ['pure']).filter((name) => (options.server ?? name) === name);
const counts = options.subscribers.split(',').map(Number);
/** Until the estimate of every subscriber carries the stream. */
const WARM_MS = 7_000;
/** Packets that leave a second at which a server is half loaded, about: more subscribers, fewer packets each. */
const LEAVING = { native: 120_000, pure: 25_000 };

async function measure(kind, subscribers) {
  const server = await Process.start('hall.mjs', [kind], SERVER_CPU, { NODE_OPTIONS: '--expose-gc' });
  const load = await Process.start('crowd.mjs', [], LOAD_CPU);
  const join = async (connection, publishes) => {
    const { sdp, media } = await load.ask('offer', { publishes });
    const named = media.map((entry) => ({ ...entry, stream: connection }));
    const answer = await server.ask('join', { connection, sdp, media: named, publishes });
    await load.ask('answer', { sdp: answer.sdp, publishes });
  };
  try {
    await join('publisher', true);
    for (let i = 0; i < 5; i++) await join(`warm ${i}`, false);
    const before = { memory: await server.ask('memory'), cpuUs: server.cpuUs };
    for (let i = 5; i < subscribers; i++) await join(`subscriber ${i}`, false);
    const setupUs = (server.cpuUs - before.cpuUs) / (subscribers - 5);
    const rate = Number(options.rate ?? Math.min(1_500, Math.round(LEAVING[kind] / subscribers)));
    const burst = Number(options.burst);
    await load.ask('run', { rate, burst, ms: WARM_MS });
    const started = { serverUs: server.cpuUs, loadUs: load.cpuUs };
    const run = await load.ask('run', { rate, burst, ms: Number(options.seconds) * 1_000 });
    const serverUs = server.cpuUs - started.serverUs;
    const loadUs = load.cpuUs - started.loadUs;
    const memory = await server.ask('memory');
    const bytes = (key) => (memory[key] - before.memory[key]) / 1_024 / (subscribers - 5);
    return {
      rate,
      cpuUs: serverUs / run.received,
      packetsPerSecond: (run.received / run.wallMs) * 1_000,
      lossPercent: (run.lost / (run.received + run.lost)) * 100,
      forwardedPercent: (run.received / run.expected) * 100,
      coreShare: serverUs / 1_000 / run.wallMs,
      p50Ms: run.p50Ms,
      p99Ms: run.p99Ms,
      setupMs: setupUs / 1_000,
      heapKiB: bytes('heapUsed') + bytes('external'),
      rssKiB: bytes('rss'),
      loadUs: loadUs / run.received,
    };
  } finally {
    await load.end();
    await server.end();
  }
}

const rows = [];
for (const kind of servers) {
  for (const subscribers of counts) {
    const runs = [];
    for (let round = 0; round < Number(options.rounds); round++) runs.push(await measure(kind, subscribers));
    const row = Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((run) => run[key]))]));
    rows.push({ server: kind, subscribers, ...row });
  }
}

publish({
  json: options.json,
  name: 'sfu-server',
  workload: `the whole media server in one thread: one publisher (video in frames of ${options.burst} packets of 1,172 bytes, 50 packets of audio a second), subscribers with feedback ten times a second; medians of ${options.rounds}`,
  columns: {
    server: 'driver',
    subscribers: 'subscribers',
    rate: 'video packets/s in',
    cpuUs: 'CPU us/packet',
    packetsPerSecond: 'packets/s out',
    lossPercent: 'lost %',
    forwardedPercent: 'forwarded %',
    coreShare: 'of a core',
    p50Ms: 'p50 ms',
    p99Ms: 'p99 ms',
    setupMs: 'set-up CPU ms',
    heapKiB: 'heap+buffers KiB each',
    rssKiB: 'rss KiB each',
    loadUs: 'load us/packet',
  },
  rows,
});
