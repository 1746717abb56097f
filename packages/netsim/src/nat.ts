import type { Clock, Instant, SeededRandom } from '@maru/protocol/core';
import { allowsOut, type FirewallRules } from './firewall.js';
import type { DropReason } from './link.js';
import type { Endpoint, Packet } from './packet.js';
import type { Attachment, Gateway, Zone } from './zone.js';

/** What of the remote end a NAT looks at (RFC 4787 §4.1, §5). */
export type NatDependence = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent';

/** How a NAT behaves, in the words of RFC 4787. */
export interface NatBehaviour {
  /** When one inner endpoint keeps its outer one (§4.1). */
  readonly mapping: NatDependence;
  /** Whose packets come in (§5). */
  readonly filtering: NatDependence;
  /** Whether inner hosts reach each other by outer addresses (§6). */
  readonly hairpinning?: boolean;
  /** Tries to keep the inner port (§4.2.1); `random` draws one; `sequential` counts up. `preserve` if not given. */
  readonly ports?: 'preserve' | 'random' | 'sequential';
  /** With several outer addresses: one for all mappings of a host, or any (§4.1). `paired` if not given. */
  readonly pooling?: 'paired' | 'arbitrary';
  /** A UDP mapping that is silent for so long is forgotten (§4.3: at least two minutes); 120 s if not given. */
  readonly mappingTimeoutMs?: number;
  /** Whether packets from outside keep a mapping alive too (§4.3). */
  readonly inboundRefresh?: boolean;
  /** At most so many mappings; more are refused. */
  readonly maxMappings?: number;
}

/** The four kinds that people name by heart, and the two others that matter. */
export const NAT_KINDS = {
  'full-cone': { mapping: 'endpoint-independent', filtering: 'endpoint-independent' },
  'address-restricted': { mapping: 'endpoint-independent', filtering: 'address-dependent' },
  'port-restricted': { mapping: 'endpoint-independent', filtering: 'address-and-port-dependent' },
  symmetric: { mapping: 'address-and-port-dependent', filtering: 'address-and-port-dependent', ports: 'random' },
  'address-dependent': { mapping: 'address-dependent', filtering: 'address-dependent', ports: 'random' },
  'symmetric-open': { mapping: 'address-and-port-dependent', filtering: 'endpoint-independent', ports: 'random' },
} as const satisfies Record<string, NatBehaviour>;

export type NatKind = keyof typeof NAT_KINDS;

interface Mapping {
  readonly key: string;
  readonly protocol: Packet['protocol'];
  readonly inner: Endpoint;
  readonly outer: Endpoint;
  /** Remote ends that were sent to, as the filtering kind sees them. */
  readonly permitted: Set<string>;
  expiresAt: Instant;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_MAX_MAPPINGS = 65_536;
const TCP_TIMEOUT_MS = 7_200_000;
const FIRST_DYNAMIC_PORT = 1_024;
const PORTS = 65_536 - FIRST_DYNAMIC_PORT;

/** A network address translator between an inner and an outer zone, of any RFC 4787 kind. */
export class Nat implements Gateway {
  private readonly byKey = new Map<string, Mapping>();
  private readonly byOuter = new Map<string, Mapping>();
  private readonly pairedAddress = new Map<string, string>();
  private nextPort = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: SeededRandom,
    private readonly inner: Zone,
    private readonly outer: Zone,
    private readonly link: Omit<Attachment, 'deliver'>,
    readonly outerAddresses: readonly string[],
    private readonly dropped: (packet: Packet, reason: DropReason) => void,
    /** May be replaced at any time: old mappings keep what they have. */
    public behaviour: NatBehaviour,
    /** May be replaced at any time. */
    public rules: FirewallRules = {},
  ) {
    for (const address of outerAddresses) outer.attach(address, { ...link, deliver: (packet) => this.inbound(packet) });
  }

  /** Forgets every mapping, as after a restart: the next packet of each flow comes from another port. */
  rebind(): void {
    this.byKey.clear();
    this.byOuter.clear();
    this.pairedAddress.clear();
    this.nextPort = this.random.uint32() % PORTS;
    this.forgetsPorts = true;
  }

  /** Mappings that are alive. */
  get mappings(): number {
    let alive = 0;
    for (const mapping of this.byKey.values()) if (mapping.expiresAt >= this.clock.now()) alive += 1;
    return alive;
  }

  outbound(packet: Packet): void {
    if (!allowsOut(this.rules, packet)) return this.dropped(packet, 'filtered');
    const mapping = this.mappingFor(packet);
    if (!mapping) return this.dropped(packet, 'filtered');
    mapping.permitted.add(seenBy(this.behaviour.filtering, packet.destination));
    this.refresh(mapping);
    const translated: Packet = { ...packet, source: mapping.outer };
    if (!this.outerAddresses.includes(packet.destination.address)) {
      this.link.up.carry(translated, (arrived) => this.outer.route(arrived));
    } else if (this.behaviour.hairpinning) this.inbound(translated);
    else this.dropped(packet, 'filtered');
  }

  /** True after {@link rebind}: an inner port is no longer tried first. */
  private forgetsPorts = false;

  private inbound(packet: Packet): void {
    if (packet.protocol === 'udp' && this.rules.blockUdp) return this.dropped(packet, 'filtered');
    const mapping = this.byOuter.get(outerKey(packet.protocol, packet.destination));
    if (!mapping || mapping.expiresAt < this.clock.now()) return this.dropped(packet, 'filtered');
    if (!mapping.permitted.has(seenBy(this.behaviour.filtering, packet.source))) return this.dropped(packet, 'filtered');
    if (this.behaviour.inboundRefresh) this.refresh(mapping);
    this.inner.route({ ...packet, destination: mapping.inner });
  }

  private mappingFor(packet: Packet): Mapping | undefined {
    const { source, destination, protocol } = packet;
    const key = `${protocol} ${source.address} ${source.port} ${seenBy(this.behaviour.mapping, destination)}`;
    const known = this.byKey.get(key);
    if (known && known.expiresAt >= this.clock.now()) return known;
    if (known) this.forget(known);
    if (this.byKey.size >= (this.behaviour.maxMappings ?? DEFAULT_MAX_MAPPINGS)) this.forgetExpired();
    if (this.byKey.size >= (this.behaviour.maxMappings ?? DEFAULT_MAX_MAPPINGS)) return undefined;
    const outer = this.allocate(protocol, source);
    if (!outer) return undefined;
    const mapping: Mapping = { key, protocol, inner: source, outer, permitted: new Set(), expiresAt: 0 };
    this.byKey.set(key, mapping);
    this.byOuter.set(outerKey(protocol, outer), mapping);
    return mapping;
  }

  private allocate(protocol: Packet['protocol'], inner: Endpoint): Endpoint | undefined {
    const address = this.outerAddressFor(inner.address);
    const { ports = 'preserve' } = this.behaviour;
    const isFree = (port: number): boolean => {
      const mapping = this.byOuter.get(outerKey(protocol, { address, port }));
      if (mapping && mapping.expiresAt < this.clock.now()) this.forget(mapping);
      return !this.byOuter.has(outerKey(protocol, { address, port }));
    };
    if (ports === 'preserve' && !this.forgetsPorts && isFree(inner.port)) return { address, port: inner.port };
    let candidate = ports === 'sequential' ? this.nextPort : this.random.uint32() % PORTS;
    for (let tries = 0; tries < PORTS; tries++, candidate = (candidate + 1) % PORTS) {
      if (!isFree(FIRST_DYNAMIC_PORT + candidate)) continue;
      this.nextPort = (candidate + 1) % PORTS;
      return { address, port: FIRST_DYNAMIC_PORT + candidate };
    }
    return undefined;
  }

  private outerAddressFor(innerAddress: string): string {
    const any = this.outerAddresses[this.random.uint32() % this.outerAddresses.length]!;
    if (this.behaviour.pooling === 'arbitrary') return any;
    const paired = this.pairedAddress.get(innerAddress) ?? any;
    this.pairedAddress.set(innerAddress, paired);
    return paired;
  }

  private refresh(mapping: Mapping): void {
    const lifetimeMs = mapping.protocol === 'tcp' ? TCP_TIMEOUT_MS : (this.behaviour.mappingTimeoutMs ?? DEFAULT_TIMEOUT_MS);
    mapping.expiresAt = this.clock.now() + lifetimeMs;
  }

  private forget(mapping: Mapping): void {
    this.byKey.delete(mapping.key);
    this.byOuter.delete(outerKey(mapping.protocol, mapping.outer));
  }

  private forgetExpired(): void {
    for (const mapping of [...this.byKey.values()]) if (mapping.expiresAt < this.clock.now()) this.forget(mapping);
  }
}

function seenBy(dependence: NatDependence, remote: Endpoint): string {
  if (dependence === 'endpoint-independent') return '*';
  return dependence === 'address-dependent' ? remote.address : `${remote.address} ${remote.port}`;
}

function outerKey(protocol: Packet['protocol'], { address, port }: Endpoint): string {
  return `${protocol} ${address} ${port}`;
}
