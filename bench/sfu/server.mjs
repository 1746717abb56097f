// The whole media server in one thread: ICE, DTLS, SRTP, the router, feedback; and what those cost who do nothing.
import { median } from '../lib/report.mjs';
import { LOAD_CPU, Process, SERVER_CPU } from './processes.mjs';

/** Until the estimate of every subscriber carries the stream. */
const WARM_MS = 5_000;
/** Packets that leave a second at which a server is half loaded, about: more subscribers, fewer packets each. */
const LEAVING = { native: 120_000, pure: 25_000 };
const MAX_RATE = 1_500;
/** Joins that come and go before any is counted: until then V8 compiles, and each costs two to four times as much. */
const FIRST_JOINS = 2_000;
/** Joins that come and go and are counted. */
const COUNTED_JOINS = 500;
/** How many come at once, so that what these processes say to each other is hardly part of it. */
const TOGETHER = 10;
/** What the load's columns mean. */
const LOAD_NOTE = '"load us/packet" is of a core that never sleeps: of what is sent, received and acknowledged it has all.';
export const BUSY_NOTE = '"load busy": in how much of the time the load had something to do; the rest of its core is free.';
/** Who has just come still measures its path. */
const SETTLE_MS = 5_000;

/** The load, with every cipher or with this one. @param {string} host @param {string} [profile] */
export const startCrowd = (host, profile) => Process.start('crowd.mjs', [host, ...(profile ? [profile] : [])], LOAD_CPU);

/** A server and its load, a core each. */
export class Hall {
  /** @param {'native' | 'pure'} kind @param {{ host?: string, profile?: string }} [where] where they meet, and the only cipher of the load */
  static async open(kind, { host = '127.0.0.1', profile } = {}) {
    const server = await Process.start('hall.mjs', [kind, host], SERVER_CPU, { NODE_OPTIONS: '--expose-gc' });
    const load = await startCrowd(host, profile);
    return new Hall(server, load);
  }

  constructor(server, load) {
    this.server = server;
    this.load = load;
  }

  async join(connection, publishes = false) {
    const { sdp, media } = await this.load.ask('offer', { publishes });
    const named = media.map((entry) => ({ ...entry, stream: connection }));
    const answer = await this.server.ask('join', { connection, sdp, media: named, publishes });
    await this.load.ask('answer', { sdp: answer.sdp, publishes });
  }

  /** Subscribers who come at the same time; it is over when all are connected. */
  async joinTogether(connections) {
    const sdps = await this.load.ask('offers', { count: connections.length });
    const people = connections.map((connection, index) => ({ connection, sdp: sdps[index] }));
    await this.load.ask('answers', { sdps: await this.server.ask('joins', { people }) });
  }

  /** So many come, are connected, and go. */
  async comeAndGo(count) {
    for (let i = 0; i < count; i += TOGETHER) {
      const connections = Array.from({ length: TOGETHER }, (_, at) => `guest ${i + at}`);
      await this.joinTogether(connections);
      await this.leave(connections);
    }
  }

  /** So many come and stay. */
  async fill(count) {
    const connections = Array.from({ length: count }, (_, index) => `subscriber ${index}`);
    while (connections.length > 0) await this.joinTogether(connections.splice(0, TOGETHER));
  }

  /** All subscribers go. */
  async leave(connections) {
    await this.server.ask('leaves', { connections });
    await this.load.ask('clear');
  }

  /** Processor time that the server has used while `work` ran, in us, and the time that passed in ms. */
  async timed(work) {
    const [before, from] = [this.server.cpuUs, performance.now()];
    await work();
    return { cpuUs: this.server.cpuUs - before, wallMs: performance.now() - from };
  }

  async end() {
    await this.load.end();
    await this.server.end();
  }
}

/** What forwarding costs `hall` while its publisher sends so: of the server's processor time, and of what came. */
export async function forwardingCost(hall, { rate, burst, seconds }) {
  const [loadUs, keptUs] = [hall.load.cpuUs, hall.server.keptUs];
  let run;
  const { cpuUs } = await hall.timed(async () => {
    run = await hall.load.ask('run', { rate, burst, ms: seconds * 1_000 });
  });
  const { received, expected, lost, wallMs, p50Ms, p99Ms, sentVideo, busyPercent } = run;
  return {
    rate: (sentVideo / wallMs) * 1_000,
    cpuUs: cpuUs / received,
    packetsPerSecond: (received / wallMs) * 1_000,
    lossPercent: (lost / (received + lost)) * 100,
    forwardedPercent: (received / expected) * 100,
    coreShare: cpuUs / 1_000 / wallMs,
    keptPercent: Math.max(0, hall.server.keptUs - keptUs) / 10 / wallMs,
    p50Ms,
    p99Ms,
    loadUs: (hall.load.cpuUs - loadUs) / received,
    loadBusyPercent: busyPercent,
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** KiB for each of `count`: heap with buffers, and all of the process. */
export function memoryEach(before, after, count) {
  const grown = (key) => (after[key] - before[key]) / 1_024 / count;
  return { heapKiB: grown('heapUsed') + grown('external'), rssKiB: grown('rss') };
}

async function measureServer(kind, subscribers, { burst, rate, seconds }) {
  const hall = await Hall.open(kind);
  try {
    await hall.join('publisher', true);
    for (let i = 0; i < subscribers; i++) await hall.join(`subscriber ${i}`);
    const packets = rate ?? Math.min(MAX_RATE, Math.round(LEAVING[kind] / subscribers));
    await hall.load.ask('run', { rate: packets, burst, ms: WARM_MS });
    return { ...(await forwardingCost(hall, { rate: packets, burst, seconds })), rate: packets };
  } finally {
    await hall.end();
  }
}

/** A stream for 10 to 400. */
export async function serverTable(servers, options) {
  const { burst, counts, rounds } = options;
  const rows = [];
  for (const server of servers) {
    for (const subscribers of counts) {
      const runs = [];
      for (let round = 0; round < rounds; round++) runs.push(await measureServer(server, subscribers, options));
      const row = Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((run) => run[key]))]));
      rows.push({ server, subscribers, ...row });
    }
  }
  return {
    name: 'sfu-server',
    workload: `the whole media server in one thread: one publisher (video in frames of ${burst} packets of 1,172 bytes, 50 packets of audio a second), subscribers with feedback ten times a second; medians of ${rounds}`,
    columns: {
      server: 'driver',
      subscribers: 'subscribers',
      rate: 'video packets/s in',
      cpuUs: 'CPU us/packet',
      packetsPerSecond: 'packets/s out',
      lossPercent: 'lost %',
      forwardedPercent: 'forwarded %',
      coreShare: 'of a core',
      p50Ms: 'p50 ms',
      p99Ms: 'p99 ms',
      loadUs: 'load us/packet',
      loadBusyPercent: 'load busy %',
    },
    rows,
    notes: [LOAD_NOTE, BUSY_NOTE],
  };
}

async function measureParticipants(kind, { participants, seconds }) {
  const hall = await Hall.open(kind);
  try {
    await hall.join('publisher', true);
    await hall.comeAndGo(FIRST_JOINS);
    const visits = await hall.timed(() => hall.comeAndGo(COUNTED_JOINS));
    await pause(SETTLE_MS);
    const empty = await hall.server.ask('memory');
    const joins = await hall.timed(async () => {
      await hall.fill(participants);
      await pause(SETTLE_MS);
    });
    const idle = await hall.timed(() => pause(seconds * 1_000));
    const idleMemory = memoryEach(empty, await hall.server.ask('memory'), participants);
    await hall.load.ask('run', { rate: 100, burst: 5, ms: WARM_MS });
    const busyMemory = memoryEach(empty, await hall.server.ask('memory'), participants);
    return {
      setupMs: visits.cpuUs / 1_000 / COUNTED_JOINS,
      settledMs: joins.cpuUs / 1_000 / participants,
      idleUs: (idle.cpuUs / idle.wallMs / participants) * 1_000,
      heapKiB: idleMemory.heapKiB,
      busyHeapKiB: busyMemory.heapKiB,
      busyRssKiB: busyMemory.rssKiB,
    };
  } finally {
    await hall.end();
  }
}

/** What a subscriber costs to set up, to hold, and to have sitting there. */
export async function participantTable(servers, options) {
  const rows = [];
  for (const server of servers)
    rows.push({ server, participants: options.participants, ...(await measureParticipants(server, options)) });
  return {
    name: 'sfu-participants',
    workload: `the whole media server in one thread: ${COUNTED_JOINS} subscribers come ${TOGETHER} at a time, are connected and go; then ${options.participants} stay, wait, and get 100 video and 50 audio packets a second`,
    columns: {
      server: 'driver',
      participants: 'subscribers',
      setupMs: 'set-up CPU ms',
      settledMs: 'set-up and path CPU ms',
      idleUs: 'idle CPU us/s each',
      heapKiB: 'heap+buffers KiB, idle',
      busyHeapKiB: 'heap+buffers KiB, watching',
      busyRssKiB: 'rss KiB, watching',
    },
    rows,
    notes: [
      `CPU is of all threads of the server, the collector's too. ${FIRST_JOINS} others came and went before: until then V8 compiles. A set-up ends with the connection, and has the leaving in it; "set-up and path" are those who stay, with their first ${SETTLE_MS / 1_000} s, in which they measure their paths.`,
    ],
  };
}
