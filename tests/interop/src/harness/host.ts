import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What is wrong with a link, the same both ways: see tests/lab/link-emulator.py. */
export interface LinkFaults {
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** Chance of a packet to be lost. */
  readonly loss?: number;
  readonly rateKbit?: number;
  /** So long a packet waits at most for its turn. */
  readonly queueMs?: number;
  readonly seed?: number;
}

/** One cable of a {@link Host}. */
export interface Cable {
  /** Of the host's end. */
  readonly device: string;
  /** Between 0 and 255: the third number of its addresses. */
  readonly net: number;
  readonly faults?: LinkFaults;
}

const EMULATOR = resolve(import.meta.dirname, '../../../lab/link-emulator.py');
const NAMES = /^maru\d+x\S+/gm;
let opened = 0;

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** A host of its own in a network namespace, whose cables lead to this machine and nowhere else. Needs root. */
export class Host {
  private readonly prefix = `maru${process.pid}x${opened++}`;
  private readonly namespaces: string[] = [];
  private readonly children: ChildProcess[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'maru-host-'));
  private plugged = 0;

  /** `address` is this machine's, and every cable leads to it: who moves from one to another finds it again. */
  private constructor(readonly address: string) {}

  static open(net: number): Host {
    removeAbandoned();
    const host = new Host(`10.91.${net}.9`);
    try {
      ip('addr', 'replace', `${host.address}/32`, 'dev', 'lo');
      host.addNamespace('host');
      return host;
    } catch (error) {
      host.close();
      throw error;
    }
  }

  /** Plugs a cable in. What leaves the host goes over the cable of the address that it leaves from, or over the one that came last. */
  async plug({ device, net, faults }: Cable): Promise<void> {
    const [here, there] = [`10.91.${net}.1`, `10.91.${net}.2`];
    const ours = `m${process.pid}-${net}`;
    if (faults) await this.joinByEmulator(ours, device, net, faults);
    else ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', device, 'netns', this.name('host'));
    ip('addr', 'add', `${here}/24`, 'dev', ours);
    ip('link', 'set', ours, 'up');
    this.inside('ip', 'addr', 'add', `${there}/24`, 'dev', device);
    this.inside('ip', 'link', 'set', device, 'up');
    const table = String(1_000 + net);
    this.inside('ip', 'route', 'add', 'default', 'via', here, 'metric', String(1_000 - this.plugged++));
    this.inside('ip', 'route', 'add', 'default', 'via', here, 'table', table);
    this.inside('ip', 'rule', 'add', 'from', there, 'table', table);
  }

  /** Pulls a cable out: its device is gone, and its routes with it. */
  unplug(device: string): void {
    this.inside('ip', 'link', 'del', device);
  }

  /** A program like `path` that runs on this host. */
  program(path: string): string {
    const script = join(this.folder, `run-${path.replaceAll('/', '-')}`);
    writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${this.name('host')} ${path} "$@"\n`);
    chmodSync(script, 0o755);
    return script;
  }

  /** Ends the emulators and removes all that was made. Programs on it must have ended. */
  close(): void {
    for (const child of this.children) child.kill('SIGKILL');
    for (const name of this.namespaces) attempt('ip', 'netns', 'del', name);
    attempt('ip', 'addr', 'del', `${this.address}/32`, 'dev', 'lo');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async joinByEmulator(ours: string, device: string, net: number, faults: LinkFaults): Promise<void> {
    const emulator = `link${net}`;
    this.addNamespace(emulator);
    const within = this.name(emulator);
    ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', 'outer', 'netns', within);
    ip('link', 'add', device, 'netns', this.name('host'), 'type', 'veth', 'peer', 'name', 'inner', 'netns', within);
    const asTheyAre = ['tx', 'off', 'gso', 'off', 'gro', 'off', 'tso', 'off']; // frames are copied by the emulator
    execFileSync('ethtool', ['-K', ours, ...asTheyAre], { stdio: 'ignore' });
    this.inside('ethtool', '-K', device, ...asTheyAre);
    for (const end of ['outer', 'inner']) {
      ip('-n', within, 'link', 'set', end, 'up');
      ip('netns', 'exec', within, 'ethtool', '-K', end, ...asTheyAre);
    }
    const argv = ['netns', 'exec', within, 'python3', EMULATOR, 'inner', 'outer', JSON.stringify(faults)];
    const child = spawn('ip', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.children.push(child);
    await once(child.stdout, 'data'); // "ready"
  }

  private addNamespace(name: string): void {
    ip('netns', 'add', this.name(name));
    this.namespaces.push(this.name(name));
    ip('-n', this.name(name), 'link', 'set', 'lo', 'up');
  }

  private inside(...command: string[]): void {
    ip('netns', 'exec', this.name('host'), ...command);
  }

  private name(part: string): string {
    return `${this.prefix}-${part}`;
  }
}

/** Removes what was left behind by processes that were killed. */
function removeAbandoned(): void {
  for (const name of execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).match(NAMES) ?? []) {
    const owner = /^maru(\d+)x/.exec(name)?.[1];
    if (!existsSync(`/proc/${owner}`)) ip('netns', 'del', name);
  }
}

function attempt(program: string, ...args: string[]): void {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
  } catch {
    // already gone: there is nothing to undo
  }
}
