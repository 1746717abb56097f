// npm run bench -- datachannel: data channels between two Node.js processes over loopback, beside other stacks; then over
// simulated links with delay and loss, and over real ones between network namespaces.
import { bareEcho } from './datachannel/bare-echo.mjs';
import { CELLS, measureImpaired } from './datachannel/impaired.mjs';
import { measureNamespaces, NAMESPACE_CELLS, RATE_KBIT, whyNoNamespaces } from './datachannel/namespaces.mjs';
import { connectPair } from './datachannel/pair.mjs';
import { readOptions } from './lib/options.mjs';
import { available, STACKS, versionOf } from './lib/peers.mjs';
import { median, publishAll, quantile } from './lib/report.mjs';

const USAGE = `npm run bench -- datachannel [--stacks a,b] [--rounds n] [--seconds n] [--netsim seconds] [--namespaces seconds] [--json]
--seconds: of each measurement on loopback, 3 unless told otherwise; 0 for none.
--netsim: virtual seconds for each simulated link, 4 unless told otherwise; 0 for none.
--namespaces: seconds for each link between network namespaces, with each stack; 3 unless told otherwise, 0 for none. Needs root.
Stacks: ${Object.keys(STACKS).join(', ')}`;

const options = readOptions(USAGE, {
  stacks: { type: 'string', default: Object.keys(STACKS).join(',') },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '3' },
  netsim: { type: 'string', default: '4' },
  namespaces: { type: 'string', default: '3' },
});
const rounds = Number(options.rounds);
const durationMs = Number(options.seconds) * 1_000;
const WARM_UP_MS = 700;
/** Round trips before those that count: after some thousands, V8 has compiled what they take, on a core that both ends need. */
const WARM_UP_PINGS = 5_000;
const PINGS = 10_000;

const cpuMs = ({ cpu }) => (cpu.user + cpu.system) / 1_000;

/** One direction at full speed: what arrived, in what time, at what cost. */
async function throughput({ offer, answer }, command, warmUpMs = WARM_UP_MS, measuredMs = durationMs) {
  await offer.ask({ command, durationMs: warmUpMs });
  const before = await Promise.all([offer.ask({ command: 'count' }), answer.ask({ command: 'count' })]);
  await offer.ask({ command, durationMs: measuredMs });
  const after = await Promise.all([offer.ask({ command: 'count' }), answer.ask({ command: 'count' })]);
  const seconds = (after[1].at - before[1].at) / 1_000;
  return {
    bytes: after[1].receivedBytes - before[1].receivedBytes,
    messages: after[1].receivedMessages - before[1].receivedMessages,
    seconds,
    cpuSeconds: [0, 1].reduce((sum, i) => sum + cpuMs(after[i]) - cpuMs(before[i]), 0) / 1_000,
  };
}

async function measure(stack) {
  const pair = await connectPair(stack);
  try {
    await pair.answer.ask({ command: 'echo', on: true });
    await pair.offer.ask({ command: 'ping', rounds: WARM_UP_PINGS });
    const { times } = await pair.offer.ask({ command: 'ping', rounds: PINGS });
    await pair.answer.ask({ command: 'echo', on: false });
    const bulk = await throughput(pair, 'bulk');
    const small = await throughput(pair, 'small');
    return {
      bulkMBps: bulk.bytes / bulk.seconds / 1e6,
      cpuSecondsPerGB: bulk.cpuSeconds / (bulk.bytes / 1e9),
      smallPerSecond: small.messages / small.seconds,
      cpuUsPerSmall: (small.cpuSeconds * 1e6) / small.messages,
      pingP50Ms: quantile(times, 0.5),
      pingP99Ms: quantile(times, 0.99),
    };
  } finally {
    pair.quit();
  }
}

const stacks = available(options.stacks.split(',').filter((name) => name !== ''));
const measured = new Map(stacks.map((stack) => [stack, []]));
const bare = [];
const notes = [];
for (let round = 0; round < rounds && durationMs > 0; round++) {
  const times = await bareEcho(WARM_UP_PINGS, PINGS);
  bare.push({ pingP50Ms: quantile(times, 0.5), pingP99Ms: quantile(times, 0.99) });
  for (const stack of stacks) {
    console.error(`round ${round + 1} of ${rounds}: ${stack}`);
    try {
      measured.get(stack).push(await measure(stack));
    } catch (error) {
      notes.push(`${stack}, round ${round + 1}: ${error.message}`);
    }
  }
}

const medians = (results) =>
  Object.fromEntries(Object.keys(results[0] ?? {}).map((key) => [key, median(results.map((result) => result[key]))]));
const rows = [
  ...[...measured].map(([stack, results]) => ({ stack: `${stack} ${versionOf(stack)}`, ...medians(results) })),
  { stack: 'node:dgram alone', ...medians(bare) },
];
const loopback = {
  name: 'datachannel',
  workload: `two processes on loopback, one ordered reliable channel; median of ${rounds} interleaved rounds of ${options.seconds} s`,
  columns: {
    stack: 'stack',
    bulkMBps: '64 KiB: MB/s',
    cpuSecondsPerGB: 'CPU s/GB (both)',
    smallPerSecond: '64 B: messages/s',
    cpuUsPerSmall: 'CPU us each (both)',
    pingP50Ms: 'ping p50 ms',
    pingP99Ms: 'p99 ms',
  },
  rows,
  notes,
};

/** The stack under RTCPeerConnection on simulated hosts: figures of the protocol, not of the machine. */
function simulated(virtualSeconds) {
  const cells = CELLS.map((cell) => {
    console.error(`simulated link: ${cell.rttMs} ms, ${cell.loss * 100} % loss`);
    return measureImpaired(cell, virtualSeconds);
  });
  return {
    name: 'datachannel-netsim',
    workload: `64 KiB messages over a simulated link of 500 Mbit/s, queue 100 ms; ${virtualSeconds} virtual seconds after 2 s and 10 round trips of warming up`,
    columns: {
      cell: 'round trip, loss',
      mbps: 'Mbit/s',
      ofLink: '% of the link',
      retransmittedChunks: 'retransmitted',
      timeouts: 'timeouts',
      congestionWindowKiB: 'window KiB',
      virtualSeconds: 'virtual s',
    },
    rows: cells,
  };
}

/** The stacks over a link between two hosts of this machine: real sockets, a real clock. */
async function overNamespaces(seconds) {
  const cells = [];
  for (const cell of NAMESPACE_CELLS) {
    for (const stack of stacks) {
      console.error(`namespaces: ${cell.rttMs} ms, ${cell.loss * 100} % loss: ${stack}`);
      try {
        const throughFor = (pair, command, warmUpMs) => throughput(pair, command, warmUpMs, seconds * 1_000);
        cells.push({ stack: `${stack} ${versionOf(stack)}`, ...(await measureNamespaces(stack, cell, throughFor)) });
      } catch (error) {
        notes.push(`namespaces, ${cell.rttMs} ms, ${cell.loss * 100} %: ${stack}: ${error.message}`);
      }
    }
  }
  return {
    name: 'datachannel-namespaces',
    workload: `64 KiB messages between two network namespaces over an emulated link of ${RATE_KBIT / 1_000} Mbit/s, queue 100 ms; ${seconds} s after 1.5 s and 10 round trips of warming up`,
    columns: {
      stack: 'stack',
      cell: 'round trip, loss',
      mbps: 'Mbit/s',
      ofLink: '% of the link',
      pingMs: 'least idle ping ms',
      cpuShare: '% of a core (both)',
    },
    rows: cells,
    notes,
  };
}

const virtualSeconds = Number(options.netsim);
const realSeconds = stacks.length > 0 ? Number(options.namespaces) : 0;
const reports = [];
if (stacks.length > 0 && durationMs > 0) reports.push(loopback);
if (virtualSeconds > 0) reports.push(simulated(virtualSeconds));
if (realSeconds > 0) {
  const missing = whyNoNamespaces();
  if (missing) console.error(`No links between namespaces: ${missing}.`);
  else reports.push(await overNamespaces(realSeconds));
}
publishAll(reports, options.json);
process.exit(0);
