// npm run bench -- datachannel: data channels between two Node.js processes over loopback, beside other stacks; then over
// simulated links with delay and loss.
import { CELLS, measureImpaired } from './datachannel/impaired.mjs';
import { connectPair } from './datachannel/pair.mjs';
import { readOptions } from './lib/options.mjs';
import { available, STACKS, versionOf } from './lib/peers.mjs';
import { median, publishAll, quantile } from './lib/report.mjs';

const USAGE = `npm run bench -- datachannel [--stacks a,b] [--rounds n] [--seconds n] [--netsim seconds] [--json]
--netsim: virtual seconds for each simulated link, 4 unless told otherwise; 0 for none. --stacks '': simulated links only.
Stacks: ${Object.keys(STACKS).join(', ')}`;

const options = readOptions(USAGE, {
  stacks: { type: 'string', default: Object.keys(STACKS).join(',') },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '3' },
  netsim: { type: 'string', default: '4' },
});
const rounds = Number(options.rounds);
const durationMs = Number(options.seconds) * 1_000;
const WARM_UP_MS = 500;
const PINGS = 3_000;

const cpuMs = ({ cpu }) => (cpu.user + cpu.system) / 1_000;

/** One direction at full speed: what arrived, in what time, at what cost. */
async function throughput({ offer, answer }, command) {
  await offer.ask({ command, durationMs: WARM_UP_MS });
  const before = await Promise.all([offer.ask({ command: 'count' }), answer.ask({ command: 'count' })]);
  await offer.ask({ command, durationMs });
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
    await pair.offer.ask({ command: 'ping', rounds: 500 });
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
const notes = [];
for (let round = 0; round < rounds; round++) {
  for (const stack of stacks) {
    console.error(`round ${round + 1} of ${rounds}: ${stack}`);
    try {
      measured.get(stack).push(await measure(stack));
    } catch (error) {
      notes.push(`${stack}, round ${round + 1}: ${error.message}`);
    }
  }
}

const rows = [...measured].map(([stack, results]) => ({
  stack: `${stack} ${versionOf(stack)}`,
  ...Object.fromEntries(Object.keys(results[0] ?? {}).map((key) => [key, median(results.map((result) => result[key]))])),
}));
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

const virtualSeconds = Number(options.netsim);
const reports = [...(stacks.length > 0 ? [loopback] : []), ...(virtualSeconds > 0 ? [simulated(virtualSeconds)] : [])];
publishAll(reports, options.json);
process.exit(0);
