import type { KeyAlgorithm, SealedAccessToken } from '../../../stun/index.js';

/** What a request says of who sent it. Bytes are lent. */
export interface CredentialQuery {
  /** USERNAME as it came, at most 513 bytes of anything: never part of a query, a format or a label unescaped. Undefined with a userhash. */
  readonly username: string | undefined;
  /** USERHASH, 32 bytes (RFC 8489 §14.4). */
  readonly userhash: Uint8Array | undefined;
  readonly realm: string;
  /** How the key is to be made of the password (RFC 8489 §18.5.1). */
  readonly algorithm: KeyAlgorithm;
  /** The request keeps an allocation that is there: sources may be lenient for a while after expiry. */
  readonly isRefresh: boolean;
  /** ACCESS-TOKEN (RFC 7635); its key id is the username. */
  readonly accessToken: SealedAccessToken | undefined;
}

/** What must have signed the request, and whose quota it counts against. */
export interface Credential {
  readonly type: 'granted';
  readonly username: string;
  /** One of these must have signed the request: several while a secret is being rotated. */
  readonly keys: readonly Uint8Array[];
  /** Users of one group share its quotas: by custom the username, without what changes with each credential. */
  readonly group: string;
  /** Seconds for which an allocation may live or be refreshed, at most; undefined: no limit of the credential. */
  readonly remainingS: number | undefined;
}

/** Why there is no key: a stable word for metrics, never told to the client, which gets a 401. */
export type CredentialRefusal = 'unknown-user' | 'expired' | 'too-far-ahead' | 'malformed' | 'bad-token' | 'revoked';

/**
 * Where keys come from. Synchronous: what lies in a database is held in memory. Asked at every Allocate, Refresh and
 * ConnectionBind; other requests use the key that their allocation was made with.
 */
export interface CredentialSource {
  /** Whether it can tell who a USERHASH is: then nonces announce it (RFC 8489 §9.2, username anonymity). */
  readonly knowsUserhashes: boolean;
  lookup(query: CredentialQuery): Credential | CredentialRefusal;
}

/** Seconds since 1970, UTC: what expiry times count in. Not an instant; it may jump. */
export interface WallClock {
  unixSeconds(): number;
}
