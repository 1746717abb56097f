/** How a client reaches the server. */
export type TurnTransport = 'udp' | 'tcp' | 'tls' | 'dtls';

/** A door for clients. */
export interface TurnListener {
  readonly transport: TurnTransport;
  /** An address of this machine; undefined: every one of them. */
  readonly address?: string | undefined;
  readonly port: number;
}

/** An address that the world sees in the place of one of ours, when a NAT stands before the machine. */
export interface ExternalAddress {
  readonly external: string;
  /** The address of this machine that it stands for; undefined: every one of the same family. */
  readonly local?: string | undefined;
}

/** Where relayed transport addresses come from. */
export interface RelayConfig {
  /** Addresses of this machine that relay; empty: the one at which the client arrived. */
  readonly addresses: readonly string[];
  /** A port for each allocation out of a range, or one port for all of them. */
  readonly ports: { readonly first: number; readonly last: number } | { readonly single: number };
  /** Whether TCP allocations (RFC 6062) are given. */
  readonly tcp: boolean;
  /** Whether allocations of this server reach each other, inside of it: two people who both need the relay do. */
  readonly hairpin: boolean;
}

/** A shared secret of time-limited credentials (the TURN REST scheme). The first signs, all verify. */
export interface SharedSecret {
  readonly secret: string;
  /** Wall time in milliseconds from which it is refused: the end of a rotation; undefined: as long as it is listed. */
  readonly untilMs?: number | undefined;
}

/** A user of the static list: a password, or the key made of it (MD5 or SHA-256 of `username:realm:password`, in hex). */
export type StaticUser =
  | { readonly username: string; readonly password: string }
  | { readonly username: string; readonly key: string };

/** A key with which a third party seals access tokens (RFC 7635). */
export interface TokenKey {
  readonly id: string;
  /** In base64. */
  readonly key: string;
  readonly algorithm: 'A256GCM' | 'A128GCM';
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export interface TurnCredentialConfig {
  readonly secrets: readonly SharedSecret[];
  /** What stands between time and user in a time-limited name: `1700000000:ada`. */
  readonly separator: string;
  /** The farthest in the future that a time-limited credential may end (S-09). */
  readonly maxTtlSeconds: number;
  /** How long after its end a credential still refreshes what it allocated. */
  readonly graceSeconds: number;
  readonly users: readonly StaticUser[];
  readonly tokenKeys: readonly TokenKey[];
  /** Name of this server in access tokens; undefined: the realm. */
  readonly tokenServerName?: string | undefined;
}

/** What one source may take, so that others still get their part (S-10, S-19). Bandwidth is each direction's. */
export interface TurnQuotaConfig {
  readonly allocationsPerUser: number;
  readonly allocationsPerAddress: number;
  readonly allocations: number;
  /** Part of `allocations` that is kept for users who have none yet, from 0 to 1. */
  readonly reservedShare: number;
  readonly permissionsPerAllocation: number;
  readonly channelsPerAllocation: number;
  /** TCP connections with peers (RFC 6062). */
  readonly connectionsPerAllocation: number;
  /** 0: no bound. */
  readonly bitsPerSecondPerAllocation: number;
  /** Of all allocations of one user; 0: no bound. */
  readonly bitsPerSecondPerUser: number;
  /** Relayed bytes of one user in a calendar month (UTC); 0: no bound. */
  readonly bytesPerUserAndMonth: number;
}

/** Whom clients may reach. Special-purpose ranges and our own addresses are denied before any list is read (S-01, S-05). */
export interface TurnPolicyConfig {
  /** Addresses, networks (`10.0.0.0/8`) and ranges (`10.0.0.1-10.0.0.9`) that are allowed although they would be denied. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Exact ends (`10.0.0.7:5000`) of our own machines that are allowed after all. */
  readonly allowEndpoints: readonly string[];
  /** Ends of our own services (database, admin, HTTP) that no list opens. */
  readonly ownEndpoints: readonly string[];
}

export interface TurnLifetimeConfig {
  readonly defaultSeconds: number;
  readonly maxSeconds: number;
  readonly nonceSeconds: number;
}

/** The admin plane: JSON API, metrics and the live page. Off unless it has a key (S-18). */
export interface TurnAdminConfig {
  readonly address: string;
  readonly port: number;
  readonly key: string;
}

/** Everything that an operator of the STUN/TURN server may decide. Plain data: it travels to workers. */
export interface TurnConfig {
  readonly listeners: readonly TurnListener[];
  readonly externalAddresses: readonly ExternalAddress[];
  /** A second address and port for NAT behaviour discovery (RFC 5780); undefined: not offered. */
  readonly alternate?: { readonly address: string; readonly port: number } | undefined;
  readonly relay: RelayConfig;
  readonly realm: string;
  readonly credentials: TurnCredentialConfig;
  readonly quotas: TurnQuotaConfig;
  readonly policy: TurnPolicyConfig;
  readonly lifetimes: TurnLifetimeConfig;
  /** Certificate of TLS and DTLS as files; undefined: one of the server's own authority. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Whether an allocation may move with its client to another address (RFC 8016). */
  readonly mobility: boolean;
  /** Where new clients are sent while this server drains; undefined: they are refused. */
  readonly drainTo?: { readonly address: string; readonly port: number } | undefined;
  /** Answers STUN and gives no allocation. */
  readonly stunOnly: boolean;
  /** Threads that relay; 0: as many as there are cores. */
  readonly workers: number;
  readonly admin?: TurnAdminConfig | undefined;
}

/** Shortest secret that nobody finds by trying: whoever has one credential may try as fast as they like. */
export const MIN_SECRET_CHARS = 16;

/** Shortest key of the admin plane (S-18). */
export const MIN_ADMIN_KEY_CHARS = 32;

/** TTL of credentials that are handed out, unless asked otherwise. */
export const DEFAULT_CREDENTIAL_TTL_SECONDS = 300;
export const MAX_CREDENTIAL_TTL_SECONDS = 86_400;

/** Defaults (security.md, default budgets). */
export const DEFAULT_TURN_CONFIG: TurnConfig = {
  listeners: [
    { transport: 'udp', port: 3478 },
    { transport: 'tcp', port: 3478 },
    { transport: 'tls', port: 5349 },
    { transport: 'dtls', port: 5349 },
  ],
  externalAddresses: [],
  relay: { addresses: [], ports: { first: 49_152, last: 65_535 }, tcp: true, hairpin: true },
  realm: 'maru',
  credentials: {
    secrets: [],
    separator: ':',
    maxTtlSeconds: MAX_CREDENTIAL_TTL_SECONDS,
    graceSeconds: 60,
    users: [],
    tokenKeys: [],
  },
  quotas: {
    allocationsPerUser: 12,
    allocationsPerAddress: 100,
    allocations: 10_000,
    reservedShare: 0.1,
    permissionsPerAllocation: 256,
    channelsPerAllocation: 256,
    connectionsPerAllocation: 64,
    bitsPerSecondPerAllocation: 4_000_000,
    bitsPerSecondPerUser: 0,
    bytesPerUserAndMonth: 0,
  },
  policy: { allow: [], deny: [], allowEndpoints: [], ownEndpoints: [] },
  lifetimes: { defaultSeconds: 600, maxSeconds: 3_600, nonceSeconds: 3_600 },
  mobility: true,
  stunOnly: false,
  workers: 1,
};
