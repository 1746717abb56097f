// npm run bench -- sfu: what forwarding costs: one publisher, many subscribers, real SRTP over loopback; server and load on a core each.
import { driver } from '@maru/node';
import { readOptions } from './lib/options.mjs';
import { median, publish, quantile } from './lib/report.mjs';
import { LOAD_CPU, Process, SERVER_CPU } from './sfu/processes.mjs';

const options = readOptions(
  'npm run bench -- sfu [--rounds n] [--seconds n] [--subscribers n] [--server native|pure|floor] [--profile GCM|CM] [--burst n] [--rate n] [--json]',
  {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    subscribers: { type: 'string', default: '50' },
    server: { type: 'string' },
    profile: { type: 'string' },
    burst: { type: 'string' },
    rate: { type: 'string', default: '1000' },
  },
);
const WARM_MS = 800;
const PROFILES = { GCM: 'SRTP_AEAD_AES_128_GCM', CM: 'SRTP_AES128_CM_HMAC_SHA1_80' };
/** `floor`: the system's part of the work alone. */
const servers = (driver.name === 'native' ? ['native', 'pure', 'floor'] : ['pure']).filter(
  (name) => (options.server ?? name) === name,
);
const profiles = Object.keys(PROFILES).filter((name) => (options.profile ?? name) === name);
const bursts = options.burst ? [Number(options.burst)] : [5, 1];

async function measure(server, profileName, burst) {
  const profile = PROFILES[profileName];
  const subscribers = Number(options.subscribers);
  const isSealed = server !== 'floor';
  const forwarder = await Process.start(isSealed ? 'forwarder.mjs' : 'floor.mjs', [server], SERVER_CPU);
  const load = await Process.start('load.mjs', [], LOAD_CPU);
  try {
    const { ports } = await load.ask('open', { subscribers });
    const { port } = await forwarder.ask('setup', { profile, ports });
    await load.ask('connect', { profile, port, isSealed });
    const rate = Number(options.rate);
    await load.ask('run', { rate, burst, ms: WARM_MS });
    const before = [forwarder.cpuUs, load.cpuUs];
    const { expected, received, wrong, wallMs, p50Ms, p99Ms } = await load.ask('run', {
      rate,
      burst,
      ms: Number(options.seconds) * 1_000,
    });
    const [serverUs, loadUs] = [forwarder.cpuUs - before[0], load.cpuUs - before[1]];
    if (wrong > 0) throw new Error(`${wrong} packets did not open`);
    const { packetsSent, sends } = await forwarder.ask('counters');
    return {
      cpuUs: serverUs / received,
      loadUs: loadUs / received,
      packetsPerSecond: (received / wallMs) * 1_000,
      lossPercent: (1 - received / expected) * 100,
      coreShare: serverUs / 1_000 / wallMs,
      packetsPerSend: packetsSent / sends,
      p50Ms,
      p99Ms,
    };
  } finally {
    await load.end();
    await forwarder.end();
  }
}

const cells = servers.flatMap((server) =>
  profiles
    .filter((profile) => server !== 'floor' || profile === profiles[0])
    .flatMap((profile) => bursts.map((burst) => ({ server, profile, burst, runs: [] }))),
);
for (let round = 0; round < Number(options.rounds); round++) {
  for (const { server, profile, burst, runs } of cells) runs.push(await measure(server, profile, burst));
}

publish({
  json: options.json,
  name: 'sfu-path',
  workload: `the forwarding path alone: one publisher, ${options.subscribers} subscribers, 1,172-byte packets, ${options.rate}/s in bursts; medians of ${options.rounds} interleaved rounds`,
  columns: {
    server: 'driver',
    profile: 'profile',
    burst: 'burst',
    cpu: 'CPU us/packet',
    packetsPerSend: 'packets/send',
    packetsPerSecond: 'packets/s',
    lossPercent: 'lost %',
    coreShare: 'of a core',
    p50Ms: 'p50 ms',
    p99Ms: 'p99 ms',
    loadUs: 'load us/packet',
  },
  rows: cells.map(({ server, profile, burst, runs }) => {
    const of = (key) => runs.map((run) => run[key]);
    const row = Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(of(key))]));
    const range = `${row.cpuUs.toFixed(2)} [${quantile(of('cpuUs'), 0).toFixed(2)}-${quantile(of('cpuUs'), 1).toFixed(2)}]`;
    return { server, profile: server === 'floor' ? 'none' : profile, burst, ...row, cpu: range };
  }),
});
