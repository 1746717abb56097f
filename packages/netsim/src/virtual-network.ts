import { type HostAddress, SeededRandom } from '@maru/protocol/core';
import { Firewall, type FirewallRules } from './firewall.js';
import { VirtualHost } from './host.js';
import { type DropReason, LinkDirection, type LinkProfile } from './link.js';
import { NAT_KINDS, Nat, type NatBehaviour, type NatKind } from './nat.js';
import { familyOf, type Packet } from './packet.js';
import { VirtualClock } from './virtual-clock.js';
import { Zone } from './zone.js';

/** The two directions of a link; one profile serves both where only one is given. */
export interface LinkOptions {
  readonly up?: LinkProfile;
  readonly down?: LinkProfile;
}

/** A link that a test may change while it runs. */
export interface VirtualLink {
  readonly up: LinkDirection;
  readonly down: LinkDirection;
}

export interface HostOptions extends LinkOptions {
  /** Where the host is: the internet if not given. */
  readonly in?: Zone;
  /** Each address, with what is special about it. A bare text is an address on `eth0`. */
  readonly addresses: readonly (string | (Partial<HostAddress> & { readonly address: string }))[];
}

export interface NatOptions extends LinkOptions {
  readonly name?: string;
  /** Where the NAT's outer side is: another NAT's zone makes a carrier-grade one. */
  readonly in?: Zone;
  readonly outerAddresses: readonly string[];
  readonly kind: NatKind | NatBehaviour;
  readonly firewall?: FirewallRules;
}

export interface FirewallOptions extends LinkOptions {
  readonly name?: string;
  readonly in?: Zone;
  readonly rules: FirewallRules & { readonly inbound?: 'established' | 'all' };
}

/** What the network did with packets, so far. */
export interface NetworkCounters {
  /** Packets dropped, by why. */
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/**
 * A network of hosts, links, NATs and firewalls under virtual time. All chance comes from `seed`: the same seed, the same
 * calls, the same run.
 */
export class VirtualNetwork {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly internet: Zone;
  /** Called for each packet that goes no further. */
  onDropped: (packet: Packet, reason: DropReason) => void = () => {};
  private readonly drops: Record<DropReason, number> = {
    lost: 0,
    'queue-full': 0,
    'too-large': 0,
    'link-down': 0,
    unroutable: 0,
    filtered: 0,
    'no-socket': 0,
  };
  private readonly names = new Map<string, readonly string[]>();
  private readonly links = new Map<string, VirtualLink>();

  constructor({ seed, startAt = 0 }: { readonly seed: number; readonly startAt?: number }) {
    this.clock = new VirtualClock(startAt);
    this.random = new SeededRandom(seed);
    this.internet = new Zone('internet', this.dropped);
  }

  get counters(): NetworkCounters {
    return { dropped: { ...this.drops } };
  }

  /** Adds a host. Each of its addresses has a link of its own, of the same profile; see {@link linkOf}. */
  addHost(name: string, options: HostOptions): VirtualHost {
    const host = new VirtualHost(name, this.clock, this.random, (wanted) => this.names.get(wanted.toLowerCase()), this.dropped);
    for (const given of options.addresses) this.addAddress(host, given, options);
    return host;
  }

  /** Gives `host` one more address, now. */
  addAddress(
    host: VirtualHost,
    given: HostOptions['addresses'][number],
    options: LinkOptions & { readonly in?: Zone } = {},
  ): void {
    const details = typeof given === 'string' ? { address: given } : given;
    const hostAddress: HostAddress = {
      interfaceName: 'eth0',
      networkType: 'ethernet',
      isLoopback: false,
      family: familyOf(details.address),
      ...details,
    };
    const link = this.link(options);
    this.links.set(details.address, link);
    host.attach(options.in ?? this.internet, hostAddress, link);
  }

  /** Adds a NAT; hosts are put behind it by `in: nat.zone`. */
  addNat(options: NatOptions): { readonly nat: Nat; readonly zone: Zone } {
    const { name = `behind ${options.outerAddresses.join(', ')}`, kind, outerAddresses, firewall } = options;
    const zone = new Zone(name, this.dropped);
    const behaviour: NatBehaviour = typeof kind === 'string' ? NAT_KINDS[kind] : kind;
    const link = this.link(options);
    for (const address of outerAddresses) this.links.set(address, link);
    const outer = options.in ?? this.internet;
    const nat = new Nat(this.clock, this.random, zone, outer, link, outerAddresses, this.dropped, behaviour, firewall);
    zone.gateway = nat;
    return { nat, zone };
  }

  /** Adds a firewall that translates nothing; hosts are put behind it by `in: firewall.zone`. */
  addFirewall(options: FirewallOptions): { readonly firewall: Firewall; readonly zone: Zone } {
    const zone = new Zone(options.name ?? 'behind a firewall', this.dropped);
    const firewall = new Firewall(this.clock, zone, options.in ?? this.internet, this.link(options), this.dropped, options.rules);
    zone.gateway = firewall;
    return { firewall, zone };
  }

  /** The link of a host's address or of a NAT's outer address, to take down or to change. */
  linkOf(address: string): VirtualLink {
    const link = this.links.get(address);
    if (!link) throw new RangeError(`no link of ${address}`);
    return link;
  }

  /** Makes `name` resolve to `addresses`, for every host; an mDNS name likewise. */
  setName(name: string, addresses: readonly string[]): void {
    this.names.set(name.toLowerCase(), addresses);
  }

  private link({ up, down }: LinkOptions): VirtualLink {
    const direction = (profile: LinkProfile): LinkDirection => new LinkDirection(this.clock, this.random, profile, this.dropped);
    return { up: direction(up ?? down ?? {}), down: direction(down ?? up ?? {}) };
  }

  private readonly dropped = (packet: Packet, reason: DropReason): void => {
    this.drops[reason] += 1;
    this.onDropped(packet, reason);
  };
}
