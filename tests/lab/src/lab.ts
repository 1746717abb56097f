import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Kinds of NAT that the kernel's own rules can play, for one host behind each. */
export type LabNat = 'none' | 'full-cone' | 'port-restricted' | 'symmetric' | 'udp-blocked';

/** A bad link between a NAT and the internet, the same both ways. */
export interface LabLink {
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly rateKbit?: number;
  readonly queueMs?: number;
}

export interface LabOptions {
  readonly a: LabNat;
  readonly b: LabNat;
  readonly link?: LabLink;
}

/** Removes what labs left behind whose process was killed before it could. */
function removeAbandoned(): void {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).match(/^maru\d+x\S+/gm) ?? [];
  for (const name of names) {
    const owner = /^maru(\d+)x/.exec(name)?.[1];
    if (!existsSync(`/proc/${owner}`)) execFileSync('ip', ['netns', 'del', name]);
  }
}

/** Addresses of the server host: two of them, as NAT behaviour discovery needs. */
export const SERVER = { first: '203.0.113.10', second: '203.0.113.11' } as const;

/** Where packets to private addresses of others go, and are lost, as on the internet. coturn ends sessions that have no route. */
const UPLINK = '203.0.113.1';

const EMULATOR = join(import.meta.dirname, '../link-emulator.py');
let built = 0;

/**
 * Real hosts in network namespaces: a and b each behind a NAT of their own, a server between them. No route leaves the lab.
 *
 *     a 10.1.0.2 -- nat-a 203.0.113.101 --[link]-- internet --[link]-- 203.0.113.102 nat-b -- 10.2.0.2 b
 *                                                     |
 *                                          server 203.0.113.10, .11
 */
export class Lab {
  private readonly prefix = `maru${process.pid}x${built++}`;
  private readonly namespaces: string[] = [];
  private readonly children: ChildProcess[] = [];

  /** Lays the lab out. Needs root, iproute2 and nftables; rejects with the command that failed. */
  static async up(options: LabOptions): Promise<Lab> {
    removeAbandoned();
    const lab = new Lab();
    try {
      await lab.build(options);
      return lab;
    } catch (error) {
      lab.down();
      throw error;
    }
  }

  /** Two hosts on one network of their own, without a router: what multicast reaches. */
  static lan(): Lab {
    removeAbandoned();
    const lab = new Lab();
    try {
      lab.buildLan();
      return lab;
    } catch (error) {
      lab.down();
      throw error;
    }
  }

  /** Starts a program in a host of the lab. It is ended with the lab. */
  spawn(
    host: 'a' | 'b' | 'server',
    program: string,
    args: readonly string[],
    { env = {}, isQuiet = false }: { readonly env?: Record<string, string>; readonly isQuiet?: boolean } = {},
  ): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.name(host), program, ...args], {
      stdio: ['pipe', 'pipe', isQuiet ? 'ignore' : 'inherit'],
      env: { ...process.env, ...env },
    });
    this.children.push(child);
    return child;
  }

  /** Makes a's or b's NAT forget its mappings: what is sent next comes from another port. */
  rebind(side: 'a' | 'b'): void {
    this.in(`nat-${side}`, 'conntrack', '-F');
  }

  /** Ends every program and removes every namespace of this lab, and nothing else. */
  down(): void {
    for (const child of this.children) child.kill('SIGKILL');
    for (const name of this.namespaces) {
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      } catch {
        // already gone: there is nothing to undo
      }
    }
  }

  private name(host: string): string {
    return `${this.prefix}-${host}`;
  }

  private in(host: string, program: string, ...args: string[]): void {
    execFileSync('ip', ['netns', 'exec', this.name(host), program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  private async build({ a, b, link }: LabOptions): Promise<void> {
    for (const host of ['internet', 'server', 'a', 'nat-a', 'b', 'nat-b']) this.addHost(host);
    this.in('internet', 'ip', 'link', 'add', 'br0', 'type', 'bridge');
    this.in('internet', 'ip', 'link', 'set', 'br0', 'up');
    this.in('internet', 'ip', 'addr', 'add', `${UPLINK}/24`, 'dev', 'br0');
    this.join('server', 'wan', 'internet', 'to-server');
    this.in('internet', 'ip', 'link', 'set', 'to-server', 'master', 'br0');
    for (const address of Object.values(SERVER)) this.in('server', 'ip', 'addr', 'add', `${address}/24`, 'dev', 'wan');
    this.in('server', 'ip', 'route', 'add', 'default', 'via', UPLINK);
    await this.addSide('a', 1, a, link);
    await this.addSide('b', 2, b, link);
    if (a === 'none') this.publish('a', 1);
    if (b === 'none') this.publish('b', 2);
  }

  private buildLan(): void {
    for (const host of ['a', 'b']) this.addHost(host);
    this.join('a', 'eth0', 'b', 'eth0');
    for (const [host, address] of [
      ['a', '192.168.7.2'],
      ['b', '192.168.7.3'],
    ] as const) {
      this.in(host, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      this.in(host, 'ip', 'route', 'add', '224.0.0.0/4', 'dev', 'eth0');
    }
  }

  private async addSide(side: 'a' | 'b', net: number, nat: LabNat, link: LabLink | undefined): Promise<void> {
    const gateway = `nat-${side}`;
    this.join(side, 'eth0', gateway, 'lan');
    if (link) await this.joinByEmulator(gateway, side, link);
    else this.join(gateway, 'wan', 'internet', `to-${side}`);
    this.in('internet', 'ip', 'link', 'set', `to-${side}`, 'master', 'br0');
    this.in(gateway, 'ip', 'addr', 'add', `203.0.113.${100 + net}/24`, 'dev', 'wan');
    this.in(gateway, 'ip', 'route', 'add', 'default', 'via', UPLINK);
    this.in(gateway, 'ip', 'addr', 'add', `10.${net}.0.1/24`, 'dev', 'lan');
    this.in(side, 'ip', 'addr', 'add', `10.${net}.0.2/24`, 'dev', 'eth0');
    this.in(side, 'ip', 'route', 'add', 'default', 'via', `10.${net}.0.1`);
    this.in(gateway, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    this.translate(gateway, nat, `10.${net}.0.2`);
  }

  private translate(gateway: string, nat: LabNat, inside: string): void {
    const rules = (text: string): void => this.in(gateway, 'nft', ...text.split(' '));
    if (nat === 'none') return;
    rules('add table ip nat');
    this.in(gateway, 'nft', 'add chain ip nat after { type nat hook postrouting priority 100; }');
    this.in(gateway, 'nft', 'add chain ip nat before { type nat hook prerouting priority -100; }');
    rules('add table ip gate');
    this.in(gateway, 'nft', 'add chain ip gate through { type filter hook forward priority 0; policy drop; }');
    if (nat === 'udp-blocked') rules('add rule ip gate through meta l4proto udp drop');
    rules('add rule ip gate through iifname lan accept');
    rules('add rule ip gate through ct state established,related accept');
    rules(`add rule ip nat after oifname wan masquerade${nat === 'symmetric' ? ' fully-random' : ''}`);
    if (nat !== 'full-cone') {
      // As routers do: what nobody inside asked for leaves no trace. Else it would take the port that hole punching needs.
      this.in(gateway, 'nft', 'add chain ip gate inward { type filter hook input priority 0; policy accept; }');
      rules('add rule ip gate inward iifname wan ct state new drop');
      return;
    }
    rules(`add rule ip nat before iifname wan meta l4proto udp dnat to ${inside}`);
    rules('add rule ip gate through iifname wan meta l4proto udp accept');
  }

  /** Without a NAT, the inner network is reachable from everywhere: the others learn the way to it. */
  private publish(side: 'a' | 'b', net: number): void {
    for (const host of ['server', side === 'a' ? 'nat-b' : 'nat-a'])
      this.in(host, 'ip', 'route', 'add', `10.${net}.0.0/24`, 'via', `203.0.113.${100 + net}`);
  }

  private async joinByEmulator(gateway: string, side: string, link: LabLink): Promise<void> {
    const emulator = `link-${side}`;
    this.addHost(emulator);
    this.join(gateway, 'wan', emulator, 'inner');
    this.join(emulator, 'outer', 'internet', `to-${side}`);
    for (const [host, name] of [
      [gateway, 'wan'],
      [emulator, 'inner'],
      [emulator, 'outer'],
      ['internet', `to-${side}`],
    ] as const) {
      this.in(host, 'ethtool', '-K', name, 'tx', 'off', 'gso', 'off', 'gro', 'off', 'tso', 'off');
    }
    const child = spawn(
      'ip',
      ['netns', 'exec', this.name(emulator), 'python3', EMULATOR, 'inner', 'outer', JSON.stringify(link)],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    this.children.push(child);
    await once(child.stdout, 'data'); // "ready"
  }

  private addHost(host: string): void {
    execFileSync('ip', ['netns', 'add', this.name(host)]);
    this.namespaces.push(this.name(host));
    this.in(host, 'ip', 'link', 'set', 'lo', 'up');
  }

  private join(host: string, device: string, other: string, otherDevice: string): void {
    this.in(host, 'ip', 'link', 'add', device, 'type', 'veth', 'peer', 'name', otherDevice, 'netns', this.name(other));
    this.in(host, 'ip', 'link', 'set', device, 'up');
    this.in(other, 'ip', 'link', 'set', otherDevice, 'up');
  }
}
