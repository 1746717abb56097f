// Another server beside ours: Janus of the system, under the same load on the same cores, and what it takes of a core and of memory.
import { networkInterfaces } from 'node:os';
import { median, quantile } from '../lib/report.mjs';
import { JanusError } from './janus/api.mjs';
import { IN_WORDS } from './janus/configuration.mjs';
import { JanusHall } from './janus/hall.mjs';
import { installedJanus, JanusFault } from './janus/process.mjs';
import { KEPT_NOTE, PROFILES } from './path.mjs';
import { LOAD_CPU, SERVER_CPU } from './processes.mjs';
import { BUSY_NOTE, forwardingCost, Hall } from './server.mjs';

export const JANUS = 'janus';
const BURSTS = [5, 1];
/** Packets that leave a second, at most: two thirds of what Janus forwards on a core. */
const LEAVING = 60_000;
/** Seconds of the stream before any is measured: so many until V8 has compiled, and at most so many until all of it is forwarded to everybody. */
const FIRST_SECONDS_OF = { native: 3, pure: 3, [JANUS]: 1 };
const MOST_SECONDS = 8;
const ALL_PERCENT = 99.5;
/** Joins that come and go before any is counted. Ours take less after 2,000, as the table of participants tells; here there is no time for that. */
const FIRST_JOINS_OF = { native: 500, pure: 500, [JANUS]: 100 };
/** Joins that come and go and are counted. */
const COUNTED_JOINS = 200;
/** What those get who stay, while memory is read. */
const WATCHED = { rate: 100, burst: 5, ms: 2_000 };

/** An address that Janus takes for media, too: it leaves loopback out. */
function hostAddress() {
  const own = Object.values(networkInterfaces()).flat();
  return own.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

const open = (server, where) => (server === JANUS ? JanusHall.open(where) : Hall.open(server, where));

/** Opens a hall with its publisher, has it measured, and ends it. */
async function inHall(server, where, measure) {
  const hall = await open(server, where);
  try {
    await hall.join('publisher', true);
    return await measure(hall);
  } finally {
    await hall.end();
  }
}

/** What a packet costs: figures by burst, and what was agreed on. */
function measureForwarding(server, where, { subscribers, rate, seconds }) {
  return inHall(server, where, async (hall) => {
    await hall.fill(subscribers);
    for (let second = 1; second <= MOST_SECONDS; second++) {
      const { forwardedPercent } = await forwardingCost(hall, { rate, burst: BURSTS[0], seconds: 1 });
      if (second >= FIRST_SECONDS_OF[server] && forwardedPercent > ALL_PERCENT) break;
    }
    const byBurst = [];
    for (const burst of BURSTS) byBurst.push(await forwardingCost(hall, { rate, burst, seconds }));
    return { byBurst, ciphers: await hall.load.ask('profiles') };
  });
}

/** What a subscriber costs to set up and to hold. */
function measureSubscribers(server, where, participants) {
  return inHall(server, where, async (hall) => {
    await hall.comeAndGo(FIRST_JOINS_OF[server]);
    const visits = await hall.timed(() => hall.comeAndGo(COUNTED_JOINS));
    const before = await memoryOf(server, hall);
    await hall.fill(participants);
    await hall.load.ask('run', WATCHED);
    const after = await memoryOf(server, hall);
    return {
      setupMs: visits.cpuUs / 1_000 / COUNTED_JOINS,
      rssKiB: (after.rssKiB - before.rssKiB) / participants,
      heapKiB: (after.heapKiB - before.heapKiB) / participants,
      ...(server === JANUS && { apiMs: (await hall.apiUs()) / 1_000 }),
    };
  });
}

/** KiB of all of the process, and of heap and buffers where somebody can say. */
async function memoryOf(server, hall) {
  if (server === JANUS) return { rssKiB: hall.server.residentKiB, heapKiB: Number.NaN };
  const { heapUsed, external } = await hall.server.ask('memory'); // collects, too
  return { rssKiB: hall.server.residentKiB, heapKiB: (heapUsed + external) / 1_024 };
}

/** Whether mediasoup could run here: its worker is a program that comes with the package or not at all. */
async function mediasoupState() {
  try {
    await import('mediasoup');
    return 'mediasoup: can be loaded here, and nothing here measures it yet (bench/README.md)';
  } catch {
    return 'mediasoup: worker not available from the registry';
  }
}

/** What is measured; AES-CM with the most subscribers alone, unless it is asked for. */
function cellsOf({ counts, profile, rate }) {
  const most = Math.max(...counts);
  return Object.keys(PROFILES).flatMap((name) =>
    counts
      .filter((count) => (profile ? name === profile : name === 'GCM' || count === most))
      .map((subscribers) => ({
        profile: PROFILES[name],
        subscribers,
        rate: Math.min(rate, Math.round(LEAVING / subscribers)),
        /** By server. @type {Map<string, Awaited<ReturnType<typeof measureForwarding>>[]>} */
        runs: new Map(),
      })),
  );
}

/** Servers that are measured in turn. One of somebody else that fails is left out from then on, and why is kept. */
class Contest {
  /** By server. @type {Map<string, string>} */
  faults = new Map();

  /** @param {string[]} servers */
  constructor(servers) {
    this.servers = servers;
  }

  /** @param {(server: string) => Promise<void>} measure */
  async each(measure) {
    for (const server of [...this.servers]) {
      try {
        await measure(server);
      } catch (error) {
        if (!(error instanceof JanusFault || error instanceof JanusError)) throw error;
        console.error(`${server} is left out: ${error.message}`);
        this.faults.set(server, error.message);
        this.servers.splice(this.servers.indexOf(server), 1);
      }
    }
  }
}

/** Whether Janus can take part; where not, what the table says instead. */
function janusState(host) {
  const version = installedJanus();
  if (!version) return { absence: 'janus: not installed: apt-get install janus' };
  if (!host) return { absence: 'janus: uses no loopback address for media, and this machine has no other' };
  return { version };
}

/** Medians of the rounds, as a row. */
function rowOf(server, { profile, subscribers, runs }, at, held) {
  const rounds = runs.get(server).map(({ byBurst }) => byBurst[at]);
  const of = (key) => rounds.map((round) => round[key]);
  const row = Object.fromEntries(Object.keys(rounds[0]).map((key) => [key, median(of(key))]));
  const range = rounds.length > 1 ? ` [${quantile(of('cpuUs'), 0).toFixed(2)}-${quantile(of('cpuUs'), 1).toFixed(2)}]` : '';
  const ciphers = new Set(runs.get(server).flatMap((run) => run.ciphers));
  if (ciphers.size !== 1 || !ciphers.has(profile))
    throw new Error(`${server} agreed on ${[...ciphers]} where ${profile} alone was offered`);
  return {
    server,
    cipher: profile.replace('SRTP_', ''),
    subscribers,
    burst: BURSTS[at],
    ...row,
    cpu: row.cpuUs.toFixed(2) + range,
    ...held,
  };
}

/**
 * @param {readonly string[]} servers of ours, and `janus`
 * @param {{ counts: readonly number[], rate: number, rounds: number, seconds: number, participants: number, profile?: string }} options
 */
export async function besideTable(servers, options) {
  const { rounds, seconds, participants } = options;
  const host = hostAddress();
  const janus = servers.includes(JANUS) ? janusState(host) : {};
  const contest = new Contest(servers.filter((server) => server !== JANUS || janus.version));
  const where = { host: host ?? '127.0.0.1' };

  const held = new Map();
  await contest.each(async (server) => {
    held.set(server, await measureSubscribers(server, { ...where, profile: PROFILES.GCM }, participants));
  });
  const cells = cellsOf(options);
  for (let round = 0; round < rounds; round++) {
    for (const { profile, subscribers, rate, runs } of cells) {
      await contest.each(async (server) => {
        const run = await measureForwarding(server, { ...where, profile }, { subscribers, rate, seconds });
        runs.set(server, [...(runs.get(server) ?? []), run]);
      });
    }
  }

  const rows = cells.flatMap((cell) =>
    BURSTS.flatMap((_, at) => contest.servers.map((server) => rowOf(server, cell, at, held.get(server)))),
  );
  const failed = [...contest.faults.keys()].map((server) => `${server}: left out, see below`);
  const absent = [janus.absence, ...failed, await mediasoupState()].filter(Boolean);
  return {
    name: 'sfu-beside',
    workload: `whole media servers under one load: one publisher (video of 1,172-byte packets in bursts, 50 packets of audio a second), subscribers with ICE, DTLS and SRTP; medians of ${rounds}`,
    columns: {
      server: 'server',
      cipher: 'cipher agreed on',
      subscribers: 'subscribers',
      burst: 'burst',
      rate: 'video packets/s in',
      cpu: 'CPU us/packet',
      lossPercent: 'lost %',
      forwardedPercent: 'forwarded %',
      coreShare: 'of a core',
      keptPercent: 'kept from it %',
      p50Ms: 'p50 ms',
      p99Ms: 'p99 ms',
      loadBusyPercent: 'load busy %',
      setupMs: 'set-up CPU ms',
      rssKiB: 'rss KiB each',
      heapKiB: 'heap+buffers KiB each',
    },
    rows: [...rows, ...absent.map((server) => ({ server }))],
    notes: [
      ...[...contest.faults].map(([server, fault]) => `${server} was left out: ${fault}`),
      ...(contest.servers.includes(JANUS) ? janusNotes(janus.version, held.get(JANUS).apiMs) : []),
      `Server on core ${SERVER_CPU}, load on core ${LOAD_CPU}, both at ${where.host}; CPU and rss are of all of the server's process.`,
      `Set-up and memory: measured once, with AES-GCM, and the same in all rows of a server. Set-up: of ${COUNTED_JOINS} who came ten at a time, were connected and went, after ${FIRST_JOINS_OF.native} others (V8 compiles; ours take less after 2,000: see sfu-participants). Memory: of ${participants} who stay and get ${WATCHED.rate} video packets a second; ours after a collection, and rss can be less than they take where the heap had room.`,
      KEPT_NOTE,
      BUSY_NOTE,
    ],
  };
}

const janusNotes = (version, apiMs) => [
  `janus is ${version} of the system: ${IN_WORDS}.`,
  'Its subscribers number no packets for it and so tell it nothing of congestion; ours do ten times a second, and our server estimates what each line carries.',
  `Of its set-up ${apiMs.toFixed(2)} ms are its HTTP API, of ours some what two processes say to each other; ${FIRST_JOINS_OF[JANUS]} others came before: it compiles nothing. "Kept from it" adds up its threads, of which one has nearly all the work.`,
];
