// The forwarding path alone: what a packet costs, and how many of them one core forwards.
import { median, quantile } from '../lib/report.mjs';
import { LOAD_CPU, Process, SERVER_CPU } from './processes.mjs';

/** By short name. */
export const PROFILES = { GCM: 'SRTP_AEAD_AES_128_GCM', CM: 'SRTP_AES128_CM_HMAC_SHA1_80' };
/** Until V8 has compiled: its threads are the server's, too. More packets a second than are measured, so that it is soon. */
const WARM_MS = 1_500;
const WARM_FACTOR = 1.5;
/** What may be missing at the highest rate. */
const MAX_LOST_PERCENT = 0.1;
/** And how much of what was sent must have come when the last packet has: less means that a queue grows. */
const MIN_SHARE = 0.97;
/** A machine that stands still for a moment is not the server's doing: a step that fails is run again once. */
const ATTEMPTS = 2;
/** Packets of one frame, as they come from a publisher of 1,500 a second. */
const FRAME_PACKETS = 10;
/** The system's part of the work alone, under either driver. */
const FLOORS = ['floor', 'floor-pure'];
/** What everybody should know of a figure: */
export const KEPT_NOTE =
  '"kept from it": of the time, how much the server waited for its core while others had it. Nothing where nobody else measures or works.';
const FIRST_RATE = { native: 1_000, pure: 150, floor: 1_000 };
/** Steps of the search: by half as much more until it is too much, then between the two. */
const STEPS = 9;

/** A forwarder, or a floor, and its load, set up. */
export class Path {
  static async open(server, profileName, subscribers, stampsArrival = false) {
    const profile = PROFILES[profileName];
    const isSealed = !FLOORS.includes(server);
    const forwarder = await Process.start(isSealed ? 'forwarder.mjs' : 'floor.mjs', [server], SERVER_CPU);
    const load = await Process.start('load.mjs', [], LOAD_CPU);
    const { ports } = await load.ask('open', { subscribers, stampsArrival });
    const { port } = await forwarder.ask('setup', { profile, ports });
    await load.ask('connect', { profile, port, isSealed });
    return new Path(forwarder, load);
  }

  constructor(forwarder, load) {
    this.forwarder = forwarder;
    this.load = load;
  }

  /** `maxLateMs`: see the load. */
  async run(rate, burst, ms, maxLateMs) {
    const before = [this.forwarder.cpuUs, this.load.cpuUs, this.forwarder.keptUs];
    const { expected, received, wrong, wallMs, lateMs, p50Ms, p99Ms, worstMs } = await this.load.ask('run', {
      rate,
      burst,
      ms,
      maxLateMs,
    });
    const [serverUs, loadUs] = [this.forwarder.cpuUs - before[0], this.load.cpuUs - before[1]];
    const keptUs = Math.max(0, this.forwarder.keptUs - before[2]);
    if (wrong > 0) throw new Error(`${wrong} packets did not open`);
    return {
      cpuUs: serverUs / received,
      loadUs: loadUs / received,
      packetsPerSecond: (received / (wallMs + lateMs)) * 1_000,
      lossPercent: (1 - received / expected) * 100,
      coreShare: serverUs / 1_000 / (wallMs + lateMs),
      keptPercent: keptUs / 10 / (wallMs + lateMs),
      lateMs,
      p50Ms,
      p99Ms,
      worstMs,
    };
  }

  async end() {
    await this.load.end();
    await this.forwarder.end();
  }
}

async function measureCost(server, profile, burst, { subscribers, rate, seconds }) {
  const path = await Path.open(server, profile, subscribers);
  try {
    await path.run(rate * WARM_FACTOR, burst, WARM_MS);
    const figures = await path.run(rate, burst, seconds * 1_000);
    const { packetsSent, sends } = await path.forwarder.ask('counters');
    return { ...figures, packetsPerSend: packetsSent / sends };
  } finally {
    await path.end();
  }
}

/** What a packet costs, by driver, profile and burst. */
export async function pathTable(servers, options) {
  const { rounds, subscribers, rate } = options;
  const profiles = Object.keys(PROFILES).filter((name) => (options.profile ?? name) === name);
  const bursts = options.burst ? [options.burst] : [5, 1];
  const measured = servers.flatMap((server) => [server === 'pure' ? 'floor-pure' : 'floor', server]);
  const cells = measured.flatMap((server) =>
    profiles
      .filter((profile) => !FLOORS.includes(server) || profile === profiles[0])
      .flatMap((profile) => bursts.map((burst) => ({ server, profile, burst, runs: [] }))),
  );
  for (let round = 0; round < rounds; round++) {
    for (const { server, profile, burst, runs } of cells) runs.push(await measureCost(server, profile, burst, options));
  }
  return {
    name: 'sfu-path',
    workload: `the forwarding path alone: one publisher, ${subscribers} subscribers, 1,172-byte packets, ${rate}/s in bursts; medians of ${rounds} interleaved rounds`,
    columns: {
      server: 'driver',
      profile: 'profile',
      burst: 'burst',
      cpu: 'CPU us/packet',
      packetsPerSend: 'packets/send',
      packetsPerSecond: 'packets/s',
      lossPercent: 'lost %',
      coreShare: 'of a core',
      keptPercent: 'kept from it %',
      loadUs: 'load us/packet',
    },
    rows: cells.map(({ server, profile, burst, runs }) => {
      const of = (key) => runs.map((run) => run[key]);
      const row = Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(of(key))]));
      const range = `${row.cpuUs.toFixed(2)} [${quantile(of('cpuUs'), 0).toFixed(2)}-${quantile(of('cpuUs'), 1).toFixed(2)}]`;
      return { server, profile: FLOORS.includes(server) ? 'none' : profile, burst, ...row, cpu: range };
    }),
    notes: [
      'floor: datagrams are sent on as they came, without cipher and router, natively in trains, else over node:dgram. Nothing over these sockets takes less.',
      KEPT_NOTE,
    ],
  };
}

/** The figures of a rate that the path holds; undefined where it does not. */
async function atRate(path, rate, subscribers, seconds) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const figures = await path.run(rate, FRAME_PACKETS, seconds * 1_000);
    const holds = figures.lossPercent < MAX_LOST_PERCENT && figures.packetsPerSecond > MIN_SHARE * rate * subscribers;
    if (holds) return figures;
  }
  return undefined;
}

/** The highest rate at which hardly anything is lost. */
async function measureRate(server, { subscribers, seconds }) {
  const path = await Path.open(server, 'GCM', subscribers);
  try {
    await path.run(FIRST_RATE[server], FRAME_PACKETS, WARM_MS);
    let [good, bad, best] = [0, Infinity, undefined];
    let rate = FIRST_RATE[server];
    for (let step = 0; step < STEPS; step++) {
      const figures = await atRate(path, rate, subscribers, seconds);
      if (figures) [good, best] = [rate, figures];
      else bad = rate;
      rate = Math.round(bad === Infinity ? good * 1.5 : (good + bad) / 2);
    }
    const { packetsPerSecond, cpuUs, coreShare, keptPercent, lossPercent } = best ?? {};
    return { server, subscribers, packetsPerSecond, lossPercent, cpuUs, coreShare, keptPercent };
  } finally {
    await path.end();
  }
}

export async function rateTable(servers, options) {
  const rows = [];
  for (const server of ['floor', ...servers]) rows.push(await measureRate(server, options));
  return {
    name: 'sfu-rate',
    workload: `the forwarding path alone, AES-GCM: the most packets a second of which less than ${MAX_LOST_PERCENT} % are lost, ${options.subscribers} subscribers, frames of ${FRAME_PACKETS} packets of 1,172 bytes`,
    columns: {
      server: 'driver',
      subscribers: 'subscribers',
      packetsPerSecond: 'packets/s',
      lossPercent: 'lost %',
      cpuUs: 'CPU us/packet',
      coreShare: 'of a core',
      keptPercent: 'kept from it %',
    },
    rows,
    notes: ['Where "of a core" is well below 1 the load, whose core takes everything that is sent, was full first.', KEPT_NOTE],
  };
}
