import type { Clock, Instant } from '@maru/protocol/core';
import type { DropReason } from './link.js';
import { familyOf, type Packet } from './packet.js';
import type { Attachment, Gateway, Zone } from './zone.js';

/** What a gateway lets pass. */
export interface FirewallRules {
  /** Drops all UDP, both ways. */
  readonly blockUdp?: boolean;
  /** Lets TCP connections out to these ports only. */
  readonly tcpPorts?: readonly number[];
}

/** Whether `rules` let `packet` out. */
export function allowsOut(rules: FirewallRules, packet: Packet): boolean {
  if (packet.protocol === 'udp') return !rules.blockUdp;
  return rules.tcpPorts === undefined || rules.tcpPorts.includes(packet.destination.port);
}

/** How long a stateful firewall remembers a flow that is silent. */
const FLOW_TIMEOUT_MS = 60_000;

/** A gateway that translates nothing: hosts behind it keep their addresses, and only answers come in. Usual for IPv6. */
export class Firewall implements Gateway {
  private readonly flows = new Map<string, Instant>();

  constructor(
    private readonly clock: Clock,
    private readonly inner: Zone,
    private readonly outer: Zone,
    private readonly link: Omit<Attachment, 'deliver'>,
    private readonly dropped: (packet: Packet, reason: DropReason) => void,
    /** May be replaced at any time. */
    public rules: FirewallRules & { readonly inbound?: 'established' | 'all' },
  ) {}

  attached(address: string): void {
    this.outer.attach(address, { ...this.link, deliver: (packet) => this.inbound(packet) });
  }

  detached(address: string): void {
    this.outer.detach(address);
  }

  outbound(packet: Packet): void {
    if (!allowsOut(this.rules, packet)) return this.dropped(packet, 'filtered');
    this.flows.set(flowOf(packet), this.clock.now() + FLOW_TIMEOUT_MS);
    this.link.up.carry(packet, (arrived) => this.outer.route(arrived));
  }

  private inbound(packet: Packet): void {
    const { inbound = 'established', blockUdp } = this.rules;
    const reverse = flowOf({ ...packet, source: packet.destination, destination: packet.source });
    const isKnown = (this.flows.get(reverse) ?? -Infinity) >= this.clock.now();
    if ((packet.protocol === 'udp' && blockUdp) || (inbound === 'established' && !isKnown))
      return this.dropped(packet, 'filtered');
    this.inner.route(packet);
  }
}

function flowOf({ protocol, source, destination }: Packet): string {
  return `${protocol} ${source.address} ${source.port} ${destination.address} ${destination.port} ${familyOf(source.address)}`;
}
