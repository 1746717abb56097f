export { Firewall, type FirewallRules } from './firewall.js';
export { VirtualHost } from './host.js';
export { type BurstLoss, type DropReason, LinkDirection, type LinkProfile } from './link.js';
export { NAT_KINDS, Nat, type NatBehaviour, type NatDependence, type NatKind } from './nat.js';
export type { Endpoint, Packet } from './packet.js';
export type { TcpSegment } from './tcp.js';
export { VirtualClock } from './virtual-clock.js';
export {
  type FirewallOptions,
  type HostOptions,
  type LinkOptions,
  type NatOptions,
  type NetworkCounters,
  type VirtualLink,
  VirtualNetwork,
} from './virtual-network.js';
export { Zone } from './zone.js';
