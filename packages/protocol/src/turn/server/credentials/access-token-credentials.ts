import { ByteWriter } from '../../../bytes/index.js';
import {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  type Aead,
  type CryptoProvider,
  Malformed,
  type RandomSource,
} from '../../../core/index.js';
import { decodeAccessTokenBlock, type SealedAccessToken } from '../../../stun/index.js';
import type { Credential, CredentialQuery, CredentialRefusal, CredentialSource, WallClock } from './credential-source.js';

const ENCODER = new TextEncoder();

/** Tokens longer than this are not opened: 20 or 32 bytes of key, 14 of times, nonce and tag are what there is. */
const MAX_TOKEN_BYTES = 256;

/** A clock may be so far off (RFC 7635 §4.1.1: some seconds). */
const CLOCK_SKEW_S = 5;

/** A key that an authorization server and this server share (RFC 7635 §4.1). */
export interface AccessTokenKey {
  /** `kid`: clients send it as their username. */
  readonly id: string;
  /** 16 bytes for AES-128-GCM, 32 for AES-256-GCM. */
  readonly key: Uint8Array;
  /** Whose quota the tokens of this key count against; the key id if absent. */
  readonly group?: string;
}

/** What an authorization server puts into a token. */
export interface AccessTokenContent {
  readonly macKey: Uint8Array;
  readonly issuedAtS: number;
  readonly lifetimeS: number;
}

/**
 * Third-party authorization with self-contained tokens (RFC 7635): a token carries the key that signs the requests, sealed for this
 * server by AES-GCM with the server's name as additional data. Nothing is stored.
 */
export class AccessTokenCredentials implements CredentialSource {
  readonly knowsUserhashes = false;
  private readonly keys: ReadonlyMap<string, { readonly aead: Aead; readonly group: string }>;
  private readonly additional: Uint8Array;

  /** `serverName` is the name that clients and the authorization server know this server by. */
  constructor(
    keys: Iterable<AccessTokenKey>,
    serverName: string,
    private readonly clock: WallClock,
    crypto: CryptoProvider,
  ) {
    this.additional = ENCODER.encode(serverName);
    this.keys = new Map([...keys].map(({ id, key, group = id }) => [id, { aead: aeadOf(key, crypto), group }]));
  }

  lookup({ username, accessToken }: CredentialQuery): Credential | CredentialRefusal {
    const known = username === undefined || !accessToken ? undefined : this.keys.get(username);
    if (!known || username === undefined || !accessToken) return 'unknown-user';
    const block = this.open(known.aead, accessToken);
    if (!block) return 'bad-token';
    const content = decodeAccessTokenBlock(block);
    if (content instanceof Malformed || content.macKey.length < 16) return 'bad-token';
    const issuedAtS = Number(content.timestamp >> 16n);
    const ageS = this.clock.unixSeconds() - issuedAtS;
    if (ageS < -CLOCK_SKEW_S) return 'too-far-ahead';
    const remainingS = content.lifetimeSeconds + CLOCK_SKEW_S - ageS;
    if (remainingS <= 0) return 'expired';
    return { type: 'granted', username, keys: [content.macKey.slice()], group: known.group, remainingS };
  }

  private open(aead: Aead, { nonce, sealed }: SealedAccessToken): Uint8Array | undefined {
    if (nonce.length !== AEAD_NONCE_BYTES || sealed.length < AEAD_TAG_BYTES || sealed.length > MAX_TOKEN_BYTES) return undefined;
    const block = new Uint8Array(sealed.length);
    const length = aead.open(nonce, this.additional, sealed, block, 0);
    return length < 0 ? undefined : block.subarray(0, length);
  }
}

/** Makes a token: what an authorization server does, and tests. */
export function sealAccessToken(
  { macKey, issuedAtS, lifetimeS }: AccessTokenContent,
  key: Uint8Array,
  serverName: string,
  crypto: CryptoProvider,
  random: RandomSource,
): SealedAccessToken {
  const nonce = new Uint8Array(AEAD_NONCE_BYTES);
  random.fill(nonce);
  const block = new Uint8Array(2 + macKey.length + 12);
  new ByteWriter(block).u16(macKey.length).raw(macKey).u48(Math.floor(issuedAtS)).u16(0).u32(lifetimeS);
  const sealed = new Uint8Array(block.length + AEAD_TAG_BYTES);
  aeadOf(key, crypto).seal(nonce, ENCODER.encode(serverName), block, sealed, 0);
  return { nonce, sealed };
}

function aeadOf(key: Uint8Array, crypto: CryptoProvider): Aead {
  return crypto.aead(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key);
}
