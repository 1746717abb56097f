import { connect } from 'node:net';
import { type LightSection, Swarm } from '@maru/sfu/load';
import type { CommandIo } from '../command-io.js';
import { SessionError } from '../session/hall-link.js';
import { reasonOf } from '../session/session-command.js';
import { LoadApi } from './api.js';
import { Feed } from './feed.js';
import { Guest } from './guest.js';
import { LOAD_USAGE, type LoadOptions, readLoadOptions } from './options.js';
import { hasHeld, type LoadResult, resultTable } from './result.js';

type LoadIo = Pick<CommandIo, 'out' | 'err' | 'progress' | 'environment' | 'onStop'>;

/** Runs `maru load`. Exit status: 0 the server held, 1 it did not or could not be reached, 2 wrong usage. */
export async function loadCommand(argv: readonly string[], io: LoadIo): Promise<0 | 1 | 2> {
  const options = readLoadOptions(argv, io);
  if (options === 'help') {
    io.out(LOAD_USAGE);
    return 0;
  }
  if ('wrong' in options) {
    io.err(`maru load: ${options.wrong}\n\n${LOAD_USAGE}`);
    return 2;
  }
  try {
    const result = await new Load(options, io).run();
    io.progress('');
    io.out(options.isJson ? JSON.stringify(result) : resultTable(result));
    return hasHeld(result) ? 0 : 1;
  } catch (error) {
    io.progress('');
    io.err(`maru load: ${reasonOf(error)}`);
    return 1;
  }
}

/** One run: all come in, media flows for a while, all leave. */
class Load {
  private readonly api: LoadApi;
  private readonly publishers: Guest[] = [];
  private readonly subscribers: Guest[] = [];
  private readonly refused: Record<string, number> = {};
  private nextSsrc = 0x1000_0000;
  private toldAt = 0;

  constructor(
    private readonly options: LoadOptions,
    private readonly io: LoadIo,
  ) {
    this.api = new LoadApi(options.server, options.apiKey, options.ca);
  }

  async run(): Promise<LoadResult> {
    const { options } = this;
    const sessions: string[] = [];
    const swarm = new Swarm(options.local ?? (await localAddressTo(options.server)));
    const feed = new Feed(swarm, options.bitrateBps);
    try {
      for (let index = 0; index < options.sessions; index += 1) {
        sessions.push(await this.api.createSession(options.publishers + options.subscribers));
      }
      feed.start();
      await this.enterAll(sessions, swarm, feed);
      return await this.measure(sessions.length, feed);
    } finally {
      feed.stop();
      await Promise.all([...this.publishers, ...this.subscribers].map((guest) => guest.leave()));
      swarm.end();
      for (const session of sessions) await this.api.closeSession(session).catch(() => undefined); // it ends by itself when it is empty
    }
  }

  /** Publishers first, then subscribers, so many a second. */
  private async enterAll(sessions: readonly string[], swarm: Swarm, feed: Feed): Promise<void> {
    const { publishers, subscribers, joinsPerSecond } = this.options;
    const slots: LightSection[] = Array.from({ length: Math.max(1, publishers) }, () => [
      { kind: 'audio' as const },
      { kind: 'video' as const },
    ]).flat();
    const total = sessions.length * (publishers + subscribers);
    const startedAt = performance.now();
    const coming: Promise<void>[] = [];
    for (const role of ['publisher', 'subscriber'] as const) {
      for (const session of sessions) {
        for (let index = 0; index < (role === 'publisher' ? publishers : subscribers); index += 1) {
          const dueAt = startedAt + (coming.length * 1_000) / joinsPerSecond;
          await sleep(Math.max(0, dueAt - performance.now()));
          coming.push(this.enter(session, role, role === 'publisher' ? this.ownSections() : slots, swarm, feed));
          this.tellNow(`${coming.length} of ${total} come in; ${this.publishers.length + this.subscribers.length} are there`);
        }
      }
      await Promise.all(coming);
    }
  }

  /** At most twice a second: thousands come in. */
  private tellNow(text: string): void {
    const now = performance.now();
    if (now - this.toldAt < 500) return;
    this.toldAt = now;
    this.io.progress(text);
  }

  private ownSections(): readonly LightSection[] {
    const ssrc = (this.nextSsrc += 2);
    return [
      { kind: 'audio', ssrc },
      { kind: 'video', ssrc: ssrc + 1 },
    ];
  }

  private async enter(
    session: string,
    role: 'publisher' | 'subscriber',
    sections: readonly LightSection[],
    swarm: Swarm,
    feed: Feed,
  ): Promise<void> {
    const { server, ca } = this.options;
    const publishes = role === 'publisher';
    try {
      const token = await this.api.token(session, role);
      const guest = await Guest.enter({ server, ca, token, swarm, sections, publishes });
      (publishes ? this.publishers : this.subscribers).push(guest);
      const [audio, video] = sections;
      if (publishes) feed.add(guest.peer, audio?.ssrc ?? 0, video?.ssrc ?? 0);
    } catch (error) {
      const code = error instanceof SessionError ? error.code : 'load/failed';
      this.refused[code] = (this.refused[code] ?? 0) + 1;
    }
  }

  private async measure(sessions: number, feed: Feed): Promise<LoadResult> {
    const { seconds } = this.options;
    for (const { peer } of this.subscribers) peer.resetCounters();
    const sentBefore = feed.sentPackets;
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    for (let second = 1; second <= seconds; second += 1) {
      await sleep(startedAt + second * 1_000 - performance.now());
      const packets = this.sum(({ peer }) => peer.counters.packets);
      this.io.progress(`${second} of ${seconds} s: ${Math.round(packets / second)} packets/s come to ${this.subscribers.length}`);
    }
    const wallSeconds = (performance.now() - startedAt) / 1_000;
    const cpu = process.cpuUsage(cpuBefore);
    const packets = this.sum(({ peer }) => peer.counters.packets);
    const lost = this.sum(({ peer }) => peer.lost);
    const entries = [...this.publishers, ...this.subscribers].map(({ entryMs }) => entryMs).sort((a, b) => a - b);
    return {
      sessions,
      publishers: this.publishers.length,
      subscribers: this.subscribers.length,
      refused: this.refused,
      entryP50Ms: quantile(entries, 0.5),
      entryP99Ms: quantile(entries, 0.99),
      seconds: wallSeconds,
      sentPacketsPerSecond: (feed.sentPackets - sentBefore) / wallSeconds,
      receivedPacketsPerSecond: packets / wallSeconds,
      receivedBps: (8 * this.sum(({ peer }) => peer.counters.bytes)) / wallSeconds,
      lossFraction: packets + lost === 0 ? 0 : lost / (packets + lost),
      silent: this.options.publishers === 0 ? 0 : this.subscribers.filter(({ peer }) => peer.counters.packets === 0).length,
      ownCpuFraction: (cpu.user + cpu.system) / 1e6 / wallSeconds,
    };
  }

  private sum(of: (guest: Guest) => number): number {
    return this.subscribers.reduce((total, guest) => total + of(guest), 0);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

/** The address of this machine that the way to `server` begins at. */
function localAddressTo(server: URL): Promise<string> {
  const port = Number(server.port) || (server.protocol === 'https:' ? 443 : 80);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.hostname.replace(/^\[|\]$/g, ''), port }, () => {
      const address = (socket.localAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
      socket.destroy();
      resolve(address === '::1' ? '127.0.0.1' : address);
    });
    socket.once('error', (error) =>
      reject(new SessionError('signaling/unreachable', `${server.host} cannot be reached: ${error.message}`)),
    );
  });
}
