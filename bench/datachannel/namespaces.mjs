// Two hosts in network namespaces with a bad link between them: real sockets and a real clock, no route leaves.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connectPair } from './pair.mjs';

const EMULATOR = join(import.meta.dirname, '../../tests/lab/link-emulator.py');
/** Of the link each way: an eighth of what the emulator forwards on a core of its own, so that the link is the limit. */
export const RATE_KBIT = 100_000;
const QUEUE_MS = 100;
/** How many times the round trip of an idle link is looked at: what the emulator really adds. */
const PINGS = 10;

/** Cells of the table: round trip in milliseconds, loss from 0 to 1. */
export const NAMESPACE_CELLS = [0, 20, 50, 100, 200].flatMap((rttMs) => [
  { rttMs, loss: 0 },
  { rttMs, loss: 0.01 },
]);

/** Why there are no namespaces here; undefined where there are. */
export function whyNoNamespaces() {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [program, ...args] of [
    ['ip', '-V'],
    ['ethtool', '--version'],
    ['python3', '--version'],
  ]) {
    try {
      execFileSync(program, args, { stdio: 'ignore' });
    } catch {
      return `"${program}" is not installed`;
    }
  }
  return undefined;
}

/** a 192.0.2.1 -- link -- 192.0.2.2 b. */
class Link {
  constructor() {
    this.prefix = `marubench${process.pid}`;
    this.namespaces = [];
  }

  async up({ rttMs, loss }) {
    for (const name of ['a', 'link', 'b']) {
      execFileSync('ip', ['netns', 'add', this.name(name)]);
      this.namespaces.push(this.name(name));
      this.in(name, 'ip', 'link', 'set', 'lo', 'up');
    }
    for (const [host, address] of [
      ['a', '192.0.2.1/24'],
      ['b', '192.0.2.2/24'],
    ]) {
      this.in(host, 'ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `to-${host}`, 'netns', this.name('link'));
      this.in(host, 'ip', 'addr', 'add', address, 'dev', 'eth0');
      for (const [where, device] of [
        [host, 'eth0'],
        ['link', `to-${host}`],
      ]) {
        this.in(where, 'ip', 'link', 'set', device, 'up');
        this.in(where, 'ethtool', '-K', device, 'tx', 'off', 'gso', 'off', 'gro', 'off', 'tso', 'off');
      }
    }
    const profile = { delayMs: rttMs / 2, loss, rateKbit: RATE_KBIT, queueMs: QUEUE_MS };
    const [command, ...args] = [...this.inside('link'), 'python3', EMULATOR, 'to-a', 'to-b', JSON.stringify(profile)];
    this.emulator = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(this.emulator.stdout, 'data'); // "ready"
  }

  down() {
    this.emulator?.kill('SIGKILL');
    for (const name of this.namespaces.splice(0)) execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  }

  /** What a command begins with that is to run in a host of this link. */
  inside(host) {
    return ['ip', 'netns', 'exec', this.name(host)];
  }

  name(host) {
    return `${this.prefix}-${host}`;
  }

  in(host, program, ...args) {
    const [command, ...rest] = [...this.inside(host), program, ...args];
    execFileSync(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

/**
 * What one direction carries of 64 KiB messages.
 * @param {string} stack
 * @param {{ rttMs: number, loss: number }} cell
 * @param {(pair: object, command: string, warmUpMs: number) => Promise<{ bytes: number, seconds: number, cpuSeconds: number }>} throughput
 */
export async function measureNamespaces(stack, cell, throughput) {
  const link = new Link();
  let pair;
  try {
    await link.up(cell);
    pair = await connectPair(stack, { offer: link.inside('a'), answer: link.inside('b') });
    await pair.answer.ask({ command: 'echo', on: true });
    const { times } = await pair.offer.ask({ command: 'ping', rounds: PINGS });
    await pair.answer.ask({ command: 'echo', on: false });
    const { bytes, seconds, cpuSeconds } = await throughput(pair, 'bulk', 1_500 + 10 * cell.rttMs);
    const mbps = (bytes * 8) / seconds / 1e6;
    return {
      cell: `${cell.rttMs} ms, ${cell.loss * 100} %`,
      mbps,
      ofLink: (mbps / RATE_KBIT) * 1e5,
      pingMs: Math.min(...times),
      cpuShare: (cpuSeconds / seconds) * 100,
    };
  } finally {
    pair?.quit();
    link.down();
  }
}
