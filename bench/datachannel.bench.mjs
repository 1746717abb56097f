// npm run bench -- datachannel: data channels between two Node.js processes over loopback, beside other stacks.
import { connectPair } from './datachannel/pair.mjs';
import { readOptions } from './lib/options.mjs';
import { available, STACKS, versionOf } from './lib/peers.mjs';
import { median, publish, quantile } from './lib/report.mjs';

const USAGE = `npm run bench -- datachannel [--stacks a,b] [--rounds n] [--seconds n] [--json]
Stacks: ${Object.keys(STACKS).join(', ')}`;

const options = readOptions(USAGE, {
  stacks: { type: 'string', default: Object.keys(STACKS).join(',') },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '3' },
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

const stacks = available(options.stacks.split(','));
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
publish({
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
  json: options.json,
  notes,
});
process.exit(0);
