// npm run bench -- setup: from createOffer to an open data channel, and what an idle connection holds.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { readOptions } from './lib/options.mjs';
import { available, STACKS, versionOf } from './lib/peers.mjs';
import { median, publishAll, quantile } from './lib/report.mjs';
import { simulatedCall } from './lib/simulated-end.mjs';

const USAGE = `npm run bench -- setup [--stacks a,b] [--rounds n] [--idle n] [--json]
Stacks: ${Object.keys(STACKS).join(', ')}; '' for simulated links only`;
const options = readOptions(USAGE, {
  stacks: { type: 'string', default: Object.keys(STACKS).join(',') },
  rounds: { type: 'string', default: '50' },
  idle: { type: 'string', default: '100' },
});
const [rounds, idle] = [Number(options.rounds), Number(options.idle)];
const PEER = join(import.meta.dirname, 'setup/peer.mjs');
const LIMIT_MS = 120_000;
/** Long enough for everything else to be nothing beside it. */
const RTT_MS = 1_000;
const SEEDS = 40;

/** Many calls of one stack between two processes. */
function measure(stack) {
  const child = fork(PEER, [stack, 'offer'], {
    env: { ...process.env, ...STACKS[stack].env },
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing in ${LIMIT_MS} ms`)), LIMIT_MS);
    child.on('exit', (code, signal) => reject(new Error(`ended (${signal ?? code})`)));
    child.on('message', ({ ready, measured, failed }) => {
      if (ready) child.send({ rounds, idle });
      if (failed) reject(new Error(failed));
      if (measured) resolve(measured);
      if (measured || failed) clearTimeout(timer);
    });
  }).finally(() => child.kill('SIGKILL'));
}

/** Round trips until the channel is open, descriptions and candidates taking no time. */
function roundTrips(loss, seed) {
  const { network, a, key } = simulatedCall({ delayMs: RTT_MS / 2, loss }, seed);
  while (!a.opened.includes(key) && network.clock.now() < 60 * RTT_MS) network.clock.run(RTT_MS / 100);
  return network.clock.now() / RTT_MS;
}

const rows = [];
const notes = ['RSS is of the whole process, heap is of JavaScript with its array buffers; both are of the end that offers.'];
for (const stack of available(options.stacks.split(',').filter((name) => name !== ''))) {
  console.error(`setup: ${stack}`);
  try {
    const { times, rssKiB, heapKiB } = await measure(stack);
    rows.push({
      stack: `${stack} ${versionOf(stack)}`,
      p50Ms: median(times),
      p95Ms: quantile(times, 0.95),
      worstMs: Math.max(...times),
      rssKiB,
      heapKiB,
    });
  } catch (error) {
    notes.push(`${stack}: ${error.message}`);
  }
}
const simulated = [0, 0.05].map((loss) => {
  const trips = Array.from({ length: loss === 0 ? 1 : SEEDS }, (_, seed) => roundTrips(loss, seed + 1));
  return { loss: `${loss * 100} %`, p50: median(trips), p95: quantile(trips, 0.95), worst: Math.max(...trips) };
});
publishAll(
  [
    {
      name: 'setup',
      workload: `createOffer to open, two processes on loopback, median of ${rounds}; memory of ${idle} idle connections`,
      columns: {
        stack: 'stack',
        p50Ms: 'ms p50',
        p95Ms: 'p95',
        worstMs: 'worst',
        rssKiB: 'KiB RSS idle',
        heapKiB: 'KiB heap idle',
      },
      rows,
      notes,
    },
    {
      name: 'setup-netsim',
      workload: `ICE, DTLS, SCTP and the channel over a simulated round trip of ${RTT_MS} ms; both sides know each other at 0`,
      columns: { loss: 'loss', p50: 'round trips p50', p95: 'p95', worst: 'worst' },
      rows: simulated,
    },
  ].filter((report) => report.rows.length > 0),
  options.json,
);
process.exit(0);
