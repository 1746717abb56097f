// npm run bench -- turn: what relaying costs beside coturn: packets, allocations, memory; interleaved, server and load on a core each.
import { spawnSync } from 'node:child_process';
import { driver } from '@maru/node';
import { readOptions } from './lib/options.mjs';
import { median, publishAll } from './lib/report.mjs';
import { Load, startCoturn, startMaru, USERS } from './turn/processes.mjs';

const options = readOptions(
  'npm run bench -- turn [--rounds n] [--seconds n] [--allocations n] [--held n] [--only packets|allocations|held|flood] [--server maru|pure|coturn] [--json]',
  {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    allocations: { type: 'string', default: '2000' },
    held: { type: 'string', default: '10000' },
    only: { type: 'string' },
    server: { type: 'string' },
  },
);
const ROUNDS = Number(options.rounds);
const MEASURE_MS = Number(options.seconds) * 1_000;
const WARM_MS = 700;
const CLIENTS = 20;
const CONCURRENCY = 32;
/** So many times as many allocations come and go before those that are measured: until then V8 compiles. */
const WARM_TIMES = 4;

const STARTS = {
  ...(driver.name === 'native' ? { 'maru, native': () => startMaru('native') } : {}),
  'maru, pure': () => startMaru('pure'),
  ...(spawnSync('turnserver', ['--version']).error ? {} : { coturn: startCoturn }),
};
const servers = Object.keys(STARTS).filter((name) => options.server === undefined || name.includes(options.server));

/** What is sent, in words and as the load takes it. */
const PACKETS = [
  ['1160 B, bursts of 5, 40,000/s, ChannelData', { transport: 'udp', kind: 'channel', size: 1_160, rate: 40_000, burst: 5 }],
  ['1160 B, singly, 40,000/s, ChannelData', { transport: 'udp', kind: 'channel', size: 1_160, rate: 40_000, burst: 1 }],
  ['1160 B, bursts of 5, 40,000/s, from the peer', { transport: 'udp', kind: 'from-peer', size: 1_160, rate: 40_000, burst: 5 }],
  ['1200 B, singly, 20,000/s, Send indications', { transport: 'udp', kind: 'send', size: 1_200, rate: 20_000, burst: 1 }],
  ['160 B, singly, 40,000/s, ChannelData', { transport: 'udp', kind: 'channel', size: 160, rate: 40_000, burst: 1 }],
  ['1200 B, bursts of 5, 40,000/s, TCP client', { transport: 'tcp', kind: 'channel', size: 1_200, rate: 40_000, burst: 5 }],
  ['160 B, bursts of 5, 40,000/s, TCP client', { transport: 'tcp', kind: 'channel', size: 160, rate: 40_000, burst: 5 }],
  ['1160 B, bursts of 5, all that fits, ChannelData', { transport: 'udp', kind: 'channel', size: 1_160, rate: 0, burst: 5 }],
];

/** Runs `act` with a fresh server and a fresh load. */
async function withServer(name, act) {
  const server = await STARTS[name]();
  const load = await Load.start();
  try {
    return await act(server, load);
  } finally {
    await load.end();
    await server.end();
  }
}

function measurePackets(name, { transport, kind, size, rate, burst }) {
  return withServer(name, async (server, load) => {
    await load.ask('allocate', { server: server.at(transport), transport, clients: CLIENTS, concurrency: 4, kind, users: USERS });
    await load.ask('run', { kind, size, rate, burst, ms: WARM_MS });
    const before = [server.cpuUs, load.cpuUs];
    const { sent, received, wallMs, latestMs } = await load.ask('run', { kind, size, rate, burst, ms: MEASURE_MS });
    const [serverUs, loadUs] = [server.cpuUs - before[0], load.cpuUs - before[1]];
    return {
      cpuUs: serverUs / received,
      packetsPerSecond: (received / wallMs) * 1_000,
      lossPercent: (1 - received / sent) * 100,
      coreShare: serverUs / 1_000 / wallMs,
      loadUs: loadUs / sent,
      latestMs,
    };
  });
}

function measureAllocations(name) {
  const count = Number(options.allocations);
  return withServer(name, async (server, load) => {
    const order = { server: server.at('udp'), transport: 'udp', concurrency: CONCURRENCY, users: USERS };
    for (let i = 0; i < WARM_TIMES; i++) {
      await load.ask('allocate', { ...order, clients: count });
      await load.ask('release');
    }
    const cpuBefore = server.cpuUs;
    const { wallMs } = await load.ask('allocate', { ...order, clients: count });
    const cpuUs = server.cpuUs - cpuBefore;
    await load.ask('release');
    const heapBefore = await server.collect?.(); // not before the time is taken: V8 throws optimized code away with the garbage
    const memoryBefore = server.residentKiB;
    await load.ask('allocate', { ...order, clients: count });
    const heapAfter = await server.collect?.();
    return {
      cpuUs: cpuUs / count,
      perSecond: (count / wallMs) * 1_000,
      residentKiB: (server.residentKiB - memoryBefore) / count,
      heapKiB: heapAfter === undefined ? undefined : (heapAfter - heapBefore) / count,
    };
  });
}

/** So many allocations at the same time in one process, and whether each of them relays. */
function measureHeld(name) {
  const count = Number(options.held);
  return withServer(name, async (server, load) => {
    const order = { server: server.at('udp'), transport: 'udp', concurrency: CONCURRENCY, users: USERS };
    const heapBefore = await server.collect?.();
    const memoryBefore = server.residentKiB;
    await load.ask('allocate', { ...order, clients: count });
    const heapAfter = await server.collect?.();
    const residentKiB = (server.residentKiB - memoryBefore) / count;
    const { relayed } = await load.ask('relayThroughEach', { concurrency: CONCURRENCY });
    return {
      held: count,
      relayed,
      residentKiB,
      heapKiB: heapAfter === undefined ? undefined : (heapAfter - heapBefore) / count,
    };
  });
}

/** A relayed call at 2,000 packets a second while 20,000 requests a second come from nobody. */
function measureFlood(name) {
  return withServer(name, async (server, call) => {
    const flood = await Load.start();
    await call.ask('allocate', {
      server: server.at('udp'),
      transport: 'udp',
      clients: CLIENTS,
      concurrency: 4,
      kind: 'channel',
      users: USERS,
    });
    const run = { kind: 'channel', size: 1_160, rate: 2_000, burst: 1 };
    await call.ask('run', { ...run, ms: WARM_MS });
    await flood.ask('flood', { server: server.at('udp'), rate: 20_000, sockets: 500, ms: 2_000 }); // what is grown once is not leaked
    await server.collect?.();
    const memoryBefore = server.residentKiB;
    const [{ sent }, { sent: packets, received }] = await Promise.all([
      flood.ask('flood', { server: server.at('udp'), rate: 20_000, sockets: 500, ms: MEASURE_MS + 1_000 }),
      call.ask('run', { ...run, ms: MEASURE_MS }),
    ]);
    await server.collect?.();
    const grown = server.residentKiB - memoryBefore;
    await flood.end();
    return {
      requestsPerSecond: (sent / (MEASURE_MS + 1_000)) * 1_000,
      lossPercent: (1 - received / packets) * 100,
      grownKiB: grown,
    };
  });
}

/** `measure` of each server in turn, round by round; the median of each figure. */
async function interleaved(what, measure) {
  const results = new Map(servers.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of servers) {
      console.error(`round ${round + 1} of ${ROUNDS}: ${what}, ${name}`);
      results.get(name).push(await measure(name));
    }
  }
  return servers.map((name) => {
    const rounds = results.get(name);
    return {
      name,
      rounds,
      ...Object.fromEntries(Object.keys(rounds[0]).map((key) => [key, median(rounds.map((one) => one[key]))])),
    };
  });
}

const reports = [];
const wants = (part) =>
  options.only === undefined || options.only === part || (part === 'packets' && options.only.startsWith('packets:'));

if (wants('packets')) {
  const rows = [];
  const notes = [];
  const filter = options.only?.split(':')[1] ?? '';
  for (const [what, load] of PACKETS.filter(([title]) => title.includes(filter))) {
    const measured = await interleaved(what, (name) => measurePackets(name, load));
    const coturn = measured.find(({ name }) => name === 'coturn');
    for (const { name, rounds, ...figures } of measured) {
      const ratio = coturn && median(rounds.map(({ cpuUs }, i) => cpuUs / coturn.rounds[i].cpuUs));
      rows.push({ what, name, ...figures, ratio });
    }
  }
  notes.push(
    'The load is one process of Node.js with @maru/native on a core of its own, spinning; "load us" is what a packet costs it, receiving included.',
  );
  reports.push({
    name: 'turn',
    workload: `${CLIENTS} clients, a peer each, over loopback; server on CPU 0, load on CPU 1; median of ${ROUNDS} interleaved rounds of ${options.seconds} s`,
    columns: {
      what: '',
      name: 'server',
      cpuUs: 'CPU us/packet',
      ratio: 'of coturn',
      packetsPerSecond: 'packets/s',
      lossPercent: 'loss %',
      coreShare: 'core',
      loadUs: 'load us',
    },
    rows,
    notes,
  });
}
if (wants('allocations')) {
  const rows = await interleaved('allocations', measureAllocations);
  reports.push({
    name: 'turn-allocations',
    workload: `${options.allocations} allocations with their 401 round, ${CONCURRENCY} at a time, after ${WARM_TIMES * options.allocations} that came and went; median of ${ROUNDS} interleaved rounds`,
    columns: {
      name: 'server',
      cpuUs: 'CPU us',
      perSecond: 'allocations/s',
      residentKiB: 'RSS KiB each',
      heapKiB: 'heap KiB each',
    },
    rows: rows.map(({ rounds, ...row }) => row),
  });
}
if (wants('held')) {
  const rows = await interleaved('held at once', measureHeld);
  reports.push({
    name: 'turn-held',
    workload: `${options.held} allocations of as many clients at the same time in a fresh server of one process, then a channel and a packet through each; median of ${ROUNDS} interleaved rounds`,
    columns: {
      name: 'server',
      held: 'held at once',
      relayed: 'that relay',
      residentKiB: 'RSS KiB each',
      heapKiB: 'heap KiB each',
    },
    rows: rows.map(({ rounds, ...row }) => row),
  });
}
if (wants('flood')) {
  const rows = await interleaved('flood', measureFlood);
  reports.push({
    name: 'turn-flood',
    workload: `20,000 unauthenticated Allocate requests a second beside ${CLIENTS} relayed calls of 100 packets a second each; median of ${ROUNDS} interleaved rounds`,
    columns: { name: 'server', requestsPerSecond: 'requests/s', lossPercent: 'loss of the calls %', grownKiB: 'RSS grown, KiB' },
    rows: rows.map(({ rounds, ...row }) => row),
  });
}
publishAll(reports, options.json);
process.exit(0);
