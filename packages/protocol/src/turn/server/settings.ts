import type { TransportAddress } from '../../stun/index.js';
import type { RelayTransport } from './contract.js';
import type { CredentialSource } from './credentials/credential-source.js';
import type { PeerPolicy } from './policy/peer-policy.js';

/** An address to relay from, and its ports. */
export interface RelayAddress {
  /** Where the driver binds: an IP address of this host. */
  readonly address: string;
  /** What clients are told, behind a 1:1 NAT; the same as {@link address} if absent. */
  readonly advertisedAddress?: string;
  readonly firstPort: number;
  readonly lastPort: number;
  /**
   * Every allocation has the one port {@link firstPort}, over UDP: the peer's address says whose a packet is. An address belongs to the
   * allocation that has a permission for it; to others it is closed (403) until that lapses.
   */
  readonly isShared?: boolean;
}

/** Bounds of everything that a client can make grow. Each has its count in `TurnServer.usage`. */
export interface TurnLimits {
  /** Of one group at a time: 486 beyond it. */
  readonly allocationsPerUser: number;
  /** Of one client IP address at a time: 486 beyond it. */
  readonly allocationsPerAddress: number;
  /** Of this server at a time: 508 beyond it. */
  readonly allocations: number;
  /** The share of {@link allocations} and of the ports that only groups with no allocation yet may use, from 0 to 1. */
  readonly reservedShare: number;
  readonly permissionsPerAllocation: number;
  readonly channelsPerAllocation: number;
  /** TCP connections to peers (RFC 6062) of one allocation. */
  readonly connectionsPerAllocation: number;
  /** Bits per second each way, of one allocation: beyond it, packets are dropped. */
  readonly allocationBps: number;
  /** Bits per second each way, of all allocations of a group. */
  readonly userBps: number;
  /** Bytes both ways of a group until `resetUsage`: beyond it, packets are dropped and Allocate gets 486. */
  readonly bytesPerUser: number;
  /**
   * Replies each second to the sources of one IP address (of one /64 in IPv6) that have not proven that they are there: 401, 438 and
   * 400 up to the first number, Binding responses up to the second, both counted together. UDP alone, and without an allocation.
   */
  readonly challengesPerSecond: number;
  readonly bindingsPerSecond: number;
}

export const DEFAULT_LIMITS: TurnLimits = {
  allocationsPerUser: 12,
  allocationsPerAddress: 100,
  allocations: 20_000,
  reservedShare: 0.1,
  permissionsPerAllocation: 256,
  channelsPerAllocation: 256,
  connectionsPerAllocation: 64,
  allocationBps: 4_000_000,
  userBps: Number.POSITIVE_INFINITY,
  bytesPerUser: Number.POSITIVE_INFINITY,
  challengesPerSecond: 10,
  bindingsPerSecond: 10,
};

/** All that can be said of a server; `TurnServer.reconfigure` takes another at any time. */
export interface TurnServerSettings {
  readonly realm: string;
  readonly credentials: CredentialSource;
  readonly peerPolicy: PeerPolicy;
  /** The first of each family is used for it; several of one family are used in turn. */
  readonly relayAddresses: readonly RelayAddress[];
  readonly limits: TurnLimits;
  /** LIFETIME without a wish, and the longest that is granted (RFC 8656 §7.2). */
  readonly defaultLifetimeS: number;
  readonly maxLifetimeS: number;
  /** After this a nonce is stale (438). */
  readonly nonceLifetimeS: number;
  /** What relayed addresses may speak; TCP is RFC 6062. */
  readonly relayTransports: readonly RelayTransport[];
  /** RFC 8016. */
  readonly allowsMobility: boolean;
  /**
   * How allocations of this server reach one another: 'deny' (403 for the relays' own addresses), or 'hairpin', inside the
   * server, so that nothing else on these addresses can be reached.
   */
  readonly relayToRelay: 'deny' | 'hairpin';
  /** RFC 5780, where the UDP listeners are two addresses with two ports each. */
  readonly behaviourDiscovery: boolean;
  /** The name of the authorization server (RFC 7635 §6.1), told with each 401; undefined: no tokens. */
  readonly thirdPartyAuthorization: string | undefined;
  /** Where new allocations are sent while draining (300); undefined: they get 508. */
  readonly alternateServer: TransportAddress | undefined;
  /** Keys of 32 bytes for nonces and mobility tickets; drawn at random if undefined. Several workers of one port share one. */
  readonly secret: Uint8Array | undefined;
}

/** What is the same for most. */
export const DEFAULT_SETTINGS = {
  limits: DEFAULT_LIMITS,
  defaultLifetimeS: 600,
  maxLifetimeS: 3_600,
  nonceLifetimeS: 600,
  relayTransports: ['udp', 'tcp'],
  allowsMobility: false,
  relayToRelay: 'deny',
  behaviourDiscovery: false,
  thirdPartyAuthorization: undefined,
  alternateServer: undefined,
  secret: undefined,
} as const satisfies Partial<TurnServerSettings>;
