// One TURN server of ours for the benchmark, in a process and a thread of its own, with as many users as asked.
import { systemClock, systemRandom } from '@maru/node';
import { DEFAULT_TURN_CONFIG, TurnOperation } from '@maru/server/turn';

const HOST = '127.0.0.1';
const quiet = () => {};
const users = Array.from({ length: Number(process.argv[2]) }, (_, i) => ({ username: `user${i}`, password: 'secret' }));

const config = {
  ...DEFAULT_TURN_CONFIG,
  listeners: ['udp', 'tcp'].map((transport) => ({ transport, address: HOST, port: 0 })),
  relay: { ...DEFAULT_TURN_CONFIG.relay, addresses: [HOST], ports: { first: 10_000, last: 65_535 } },
  realm: 'bench',
  credentials: { ...DEFAULT_TURN_CONFIG.credentials, users },
  quotas: { ...DEFAULT_TURN_CONFIG.quotas, allocations: 50_000, allocationsPerAddress: 50_000, bitsPerSecondPerAllocation: 0 },
  policy: { ...DEFAULT_TURN_CONFIG.policy, allow: ['127.0.0.0/8'] },
};
const operation = await TurnOperation.open(
  { config, readAgain: () => config, folder: null },
  {
    clock: systemClock,
    wallClock: Date.now,
    random: systemRandom,
    log: { debug: quiet, info: quiet, warn: console.error, error: console.error },
    ownAddresses: () => [],
  },
);
process.on('message', () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  process.send({ heapKiB: (heapUsed + external) / 1_024 });
});
process.once('disconnect', async () => {
  await operation.close();
  process.exit(0);
});
process.send(Object.fromEntries(operation.listeners.map(({ transport, port }) => [transport, port])));
