import type { LinkProfile, Nat } from '@maru/netsim';
import { type NatKind, type VirtualHost, VirtualNetwork } from '@maru/netsim';
import { turnRelay } from '../../turn/index.js';
import { type VirtualTurnOptions, VirtualTurnServer } from '../../turn/testing/virtual-turn-server.js';
import { type IceOptions, type IceServer, parseIceServerUrl } from '../index.js';
import { AgentDriver } from './agent-driver.js';

export interface WorldOptions {
  readonly seed?: number;
  readonly link?: LinkProfile;
  readonly natA?: NatKind;
  readonly natB?: NatKind;
  readonly a?: Partial<IceOptions>;
  readonly b?: Partial<IceOptions>;
  /** What both agents are given: none, `stun`, or `turn` (which is STUN as well). */
  readonly servers?: 'stun' | 'turn';
  readonly turn?: VirtualTurnOptions;
}

export const STUN_URL = 'stun:203.0.113.10';
export const TURN_URL = 'turn:203.0.113.10';

export function server(url: string): IceServer {
  const parsed = parseIceServerUrl(url);
  if (!parsed) throw new Error(`${url} is no server`);
  return { ...parsed, username: 'user', credential: 'pass' };
}

/** Two agents, each behind a NAT if one is named, and a STUN and TURN server on the internet. */
export class TwoPeers {
  readonly network: VirtualNetwork;
  readonly a: AgentDriver;
  readonly b: AgentDriver;
  readonly turn: VirtualTurnServer;
  readonly natA: Nat | undefined;
  readonly natB: Nat | undefined;

  constructor(options: WorldOptions = {}) {
    const { seed = 1, link = { delayMs: 10 } } = options;
    this.network = new VirtualNetwork({ seed });
    const serverHost = this.network.addHost('server', { addresses: ['203.0.113.10', '203.0.113.11'] });
    this.turn = new VirtualTurnServer(serverHost, '203.0.113.10', options.turn);
    const place = (name: string, index: number, kind: NatKind | undefined): [VirtualHost, Nat | undefined] => {
      if (!kind) return [this.network.addHost(name, { addresses: [`198.51.100.${index}`], up: link }), undefined];
      const { nat, zone } = this.network.addNat({ outerAddresses: [`198.51.100.${index}`], kind, up: link });
      return [this.network.addHost(name, { in: zone, addresses: [`10.${index}.0.2`] }), nat];
    };
    const servers = options.servers ? [server(options.servers === 'stun' ? STUN_URL : TURN_URL)] : [];
    const common = { servers, relayFactory: turnRelay };
    const [hostA, natA] = place('a', 1, options.natA);
    const [hostB, natB] = place('b', 2, options.natB);
    this.natA = natA;
    this.natB = natB;
    this.a = new AgentDriver(hostA, { role: 'controlling', ...common, ...options.a }, seed * 2 + 1);
    this.b = new AgentDriver(hostB, { role: 'controlled', ...common, ...options.b }, seed * 2 + 2);
  }

  run(ms: number): this {
    this.network.clock.run(ms);
    return this;
  }

  /** Runs until both can send, or `ms` have passed. */
  connect(ms = 60_000): boolean {
    return this.network.clock.run(ms, () => [this.a, this.b].every(({ agent }) => agent.selectedPair !== undefined));
  }

  /** Whether data passes both ways now. */
  passesData(): boolean {
    const [toA, toB] = [`a ${this.network.clock.now()}`, `b ${this.network.clock.now()}`];
    this.a.send(toB);
    this.b.send(toA);
    this.network.clock.run(3_000, () => this.a.received.includes(toA) && this.b.received.includes(toB));
    return this.a.received.includes(toA) && this.b.received.includes(toB);
  }

  /** How the selected pair of A goes: the types of its two candidates. */
  get way(): string {
    const pair = this.a.agent.selectedPair;
    return pair ? `${pair.local.type}-${pair.remote.type}` : 'none';
  }
}
