// How late packets leave at half load: from before the publisher seals a burst until the system has the packet for its subscriber.
import { median } from '../lib/report.mjs';
import { KEPT_NOTE, Path } from './path.mjs';

/** Of a core. */
const HALF = 0.5;
/** What is tried first, in packets of the publisher a second. */
const FIRST_RATE = { native: 2_000, pure: 500 };
const WARM_MS = 1_500;
const TRIAL_MS = 700;
const TRIALS = 2;
const PROFILE = 'GCM';
/** A load that was kept from sending sends nothing twice as fast afterwards: several bursts at once are no half load. */
const MAX_LATE_MS = 0;

/** Of the time, that others may have had the server's core in a window that counts: more of it than one in a hundred packets is what the 99th percentile tells of. */
const MAX_KEPT_PERCENT = 0.5;
/** Windows measured for each that is wanted, until as many count. */
const ATTEMPTS = 4;

const quiet = (runs) => runs.filter(({ keptPercent }) => keptPercent <= MAX_KEPT_PERCENT);

/** The quiet ones of `runs`; where they are too few, all. */
const counting = (runs, windows) => (quiet(runs).length < windows ? runs : quiet(runs));

/** The rate at which `path` takes half a core: by what a packet costs, which is less the more there are. */
async function halfRate(path, first, burst, subscribers) {
  await path.run(first, burst, WARM_MS, MAX_LATE_MS);
  let rate = first;
  for (let trial = 0; trial < TRIALS; trial++) {
    const { cpuUs } = await path.run(rate, burst, TRIAL_MS, MAX_LATE_MS);
    rate = Math.round((HALF * 1_000_000) / (cpuUs * subscribers));
  }
  return rate;
}

async function measureLatency(server, { subscribers, burst, windows, seconds }) {
  const path = await Path.open(server, PROFILE, subscribers, true);
  const floor = await Path.open(server === 'pure' ? 'floor-pure' : 'floor', PROFILE, subscribers, true);
  try {
    const rate = await halfRate(path, FIRST_RATE[server], burst, subscribers);
    await floor.run(rate, burst, WARM_MS, MAX_LATE_MS);
    const all = { runs: [], floors: [] };
    for (
      let window = 0;
      window < windows * ATTEMPTS && [all.runs, all.floors].some((list) => quiet(list).length < windows);
      window++
    ) {
      all.runs.push(await path.run(rate, burst, seconds * 1_000, MAX_LATE_MS));
      all.floors.push(await floor.run(rate, burst, seconds * 1_000, MAX_LATE_MS));
    }
    const [runs, floors] = [counting(all.runs, windows), counting(all.floors, windows)];
    const of = (list, key) => median(list.map((run) => run[key]));
    return {
      server,
      rate,
      packetsPerSecond: of(runs, 'packetsPerSecond'),
      lossPercent: of(runs, 'lossPercent'),
      coreShare: of(runs, 'coreShare'),
      keptPercent: of(runs, 'keptPercent'),
      windows: `${runs.length} of ${all.runs.length}`,
      p50Ms: of(runs, 'p50Ms'),
      p99Ms: of(runs, 'p99Ms'),
      worstMs: Math.max(...runs.map(({ worstMs }) => worstMs)),
      floorShare: of(floors, 'coreShare'),
      floorP50Ms: of(floors, 'p50Ms'),
      floorP99Ms: of(floors, 'p99Ms'),
      floorWorstMs: Math.max(...floors.map(({ worstMs }) => worstMs)),
    };
  } finally {
    await path.end();
    await floor.end();
  }
}

/** Late by how much, beside what the system alone is late by with the same packets. */
export async function latencyTable(servers, options) {
  const rows = [];
  for (const server of servers) rows.push(await measureLatency(server, options));
  const { subscribers, burst, windows, seconds } = options;
  return {
    name: 'sfu-latency',
    workload: `the forwarding path alone, AES-GCM, at half a core: one publisher, ${subscribers} subscribers, bursts of ${burst} packets of 1,172 bytes; medians of ${windows} windows of ${seconds} s or more, in turn with the floor`,
    columns: {
      server: 'driver',
      rate: 'packets/s in',
      packetsPerSecond: 'packets/s out',
      coreShare: 'of a core',
      keptPercent: 'kept from it %',
      windows: 'windows',
      p50Ms: 'p50 ms',
      p99Ms: 'p99 ms',
      worstMs: 'worst ms',
      floorShare: 'floor: of a core',
      floorP50Ms: 'floor: p50 ms',
      floorP99Ms: 'floor: p99 ms',
      floorWorstMs: 'floor: worst ms',
    },
    rows,
    notes: [
      'A packet has arrived when the system has it for its subscriber (SO_TIMESTAMPNS): what the load does meanwhile is not in it.',
      `Windows in which others kept the server from its core for more than ${MAX_KEPT_PERCENT} % of the time do not count, where there are enough others.`,
      KEPT_NOTE,
      'The last packet of a burst waits for all before it, so half of them are later than half of what a burst takes: that is in the floor, too.',
    ],
  };
}
