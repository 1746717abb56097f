// Two hosts in network namespaces with an emulated link between them: real sockets and a real clock, no route leaves.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const EMULATOR = join(import.meta.dirname, '../../tests/lab/link-emulator.py');
const PREFIX = 'marulink';
export const ADDRESS = { a: '192.0.2.1', b: '192.0.2.2' };

let built = 0;

/** Removes what was left behind by a process that was killed before it could. */
function removeAbandoned() {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).match(new RegExp(`^${PREFIX}\\d+x\\S+`, 'gm')) ?? [];
  for (const name of names) {
    const owner = name.slice(PREFIX.length).split('x')[0];
    if (!existsSync(`/proc/${owner}`)) execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  }
}

/** a 192.0.2.1 -- link -- 192.0.2.2 b. The profile is what tests/lab/link-emulator.py takes. */
export class EmulatedLink {
  /** What the emulator has told, with `reportMs` in the profile. */
  reports = [];
  #prefix = `${PREFIX}${process.pid}x${built++}`;
  #namespaces = [];

  /** @param {object} profile */
  async up(profile) {
    removeAbandoned();
    for (const name of ['a', 'link', 'b']) {
      execFileSync('ip', ['netns', 'add', this.#name(name)]);
      this.#namespaces.push(this.#name(name));
      this.#in(name, 'ip', 'link', 'set', 'lo', 'up');
    }
    for (const [host, address] of Object.entries(ADDRESS)) {
      this.#in(host, 'ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `to-${host}`, 'netns', this.#name('link'));
      this.#in(host, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      for (const [where, device] of [
        [host, 'eth0'],
        ['link', `to-${host}`],
      ]) {
        this.#in(where, 'ip', 'link', 'set', device, 'up');
        this.#in(where, 'ethtool', '-K', device, 'tx', 'off', 'gso', 'off', 'gro', 'off', 'tso', 'off');
      }
    }
    // browsers look for their own address on the way to the internet
    this.#in('a', 'ip', 'route', 'add', 'default', 'via', ADDRESS.b);
    this.#in('b', 'ip', 'route', 'add', 'default', 'via', ADDRESS.a);
    const [command, ...args] = [...this.inside('link'), 'python3', EMULATOR, 'to-a', 'to-b', JSON.stringify(profile)];
    this.emulator = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: this.emulator.stdout });
    await once(lines, 'line'); // "ready"
    lines.on('line', (line) => this.reports.push(JSON.parse(line)));
  }

  /** From now on the link is like this. @param {object} profile */
  change(profile) {
    this.emulator.stdin.write(`${JSON.stringify(profile)}\n`);
  }

  down() {
    this.emulator?.kill('SIGKILL');
    for (const name of this.#namespaces.splice(0)) execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  }

  /** What a command begins with that is to run in a host of this link. @param {'a' | 'b' | 'link'} host */
  inside(host) {
    return ['ip', 'netns', 'exec', this.#name(host)];
  }

  #name(host) {
    return `${this.#prefix}-${host}`;
  }

  #in(host, program, ...args) {
    const [command, ...rest] = [...this.inside(host), program, ...args];
    execFileSync(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
