import { ByteWriter } from '../../bytes/index.js';
import { type CryptoProvider, type Instant, Malformed } from '../../core/index.js';
import {
  AccessToken,
  AttributeType,
  checkIntegrity,
  checkIntegritySha256,
  type KeyAlgorithm,
  Nonce,
  PasswordAlgorithm,
  type PasswordAlgorithmEntry,
  PasswordAlgorithmNumber,
  PasswordAlgorithms,
  Realm,
  type SecurityFeatures,
  type StunMessage,
  StunMethod,
  Userhash,
  Username,
} from '../../stun/index.js';
import type { Allocation } from './allocation.js';
import type { Client } from './client.js';
import type { Credential } from './credentials/credential-source.js';
import type { TurnServerSettings } from './settings.js';
import type { Signature } from './signature.js';
import type { StatelessNonces } from './stateless-nonce.js';

/** Best first (RFC 8489 §14.11). Clients that know neither use MD5 without saying so. */
export const OFFERED_ALGORITHMS: readonly PasswordAlgorithmEntry[] = [
  { algorithm: PasswordAlgorithmNumber.sha256, parameters: new Uint8Array(0) },
  { algorithm: PasswordAlgorithmNumber.md5, parameters: new Uint8Array(0) },
];

const OFFERED_BYTES = new Uint8Array(8);
PasswordAlgorithms.encode(OFFERED_ALGORITHMS, new ByteWriter(OFFERED_BYTES), OFFERED_BYTES);

/** Who sent a request, as the request has proven. */
export interface Identity {
  readonly type: 'authentic';
  readonly username: string;
  readonly group: string;
  readonly signature: Signature;
  /** When the credentials end. */
  readonly endsAt: Instant;
  readonly isByToken: boolean;
}

export type AuthOutcome =
  | Identity
  /** Ask for credentials (401), or for the same under a new nonce (438). `reason` is for our counters, not for the client. */
  | { readonly type: 'challenge'; readonly code: 401 | 438; readonly reason: string; readonly username: string | undefined }
  | { readonly type: 'bad-request'; readonly reason: string };

const NO_CREDENTIALS: AuthOutcome = { type: 'challenge', code: 401, reason: 'turn/auth/none', username: undefined };

/** The server's half of the long-term credential mechanism (RFC 8489 §9.2.4), over whatever knows the keys. */
export class Authenticator {
  constructor(
    public settings: TurnServerSettings,
    private readonly nonces: StatelessNonces,
    private readonly crypto: CryptoProvider,
  ) {}

  get features(): SecurityFeatures {
    return { passwordAlgorithms: true, usernameAnonymity: this.settings.credentials.knowsUserhashes };
  }

  newNonce(now: Instant, client: Client): string {
    return this.nonces.issue(now, client.nonceEnd, this.features);
  }

  /** The nonce is looked at before anything that costs: who has none of ours gets no further (RFC 8489 §9.2.4 allows any order). */
  authenticate(now: Instant, message: StunMessage, client: Client): AuthOutcome {
    const isSha256 = message.find(AttributeType.messageIntegritySha256) !== undefined;
    if (!isSha256 && message.find(AttributeType.messageIntegrity) === undefined) return NO_CREDENTIALS;
    const username = message.value(Username);
    const userhash = message.value(Userhash);
    const realm = message.value(Realm);
    const nonce = message.value(Nonce);
    if ((username === undefined && !userhash) || realm === undefined || nonce === undefined)
      return { type: 'bad-request', reason: 'turn/auth/incomplete' };
    const { nonceLifetimeS } = this.settings;
    if (!this.nonces.accepts(now, nonce, client.nonceEnd, nonceLifetimeS, this.features))
      return { type: 'challenge', code: 438, reason: 'turn/auth/stale-nonce', username };
    const algorithm = chosenAlgorithm(message);
    if (!algorithm) return { type: 'bad-request', reason: 'turn/auth/password-algorithms' };
    if (realm !== this.settings.realm) return { type: 'challenge', code: 401, reason: 'turn/auth/wrong-realm', username };
    const known = this.known(message, client.allocation, username, algorithm);
    if (known) return this.check(message, known, isSha256) ?? wrongIntegrity(username);
    return this.lookup(now, message, client.allocation, { username, userhash, algorithm, isSha256 });
  }

  private lookup(
    now: Instant,
    message: StunMessage,
    allocation: Allocation | undefined,
    claim: {
      readonly username: string | undefined;
      readonly userhash: Uint8Array | undefined;
      readonly algorithm: KeyAlgorithm;
      readonly isSha256: boolean;
    },
  ): AuthOutcome {
    const { username, userhash, algorithm, isSha256 } = claim;
    const accessToken = message.value(AccessToken);
    const answer = this.settings.credentials.lookup({
      username,
      userhash,
      realm: this.settings.realm,
      algorithm,
      isRefresh: message.method === StunMethod.refresh,
      accessToken,
    });
    if (typeof answer !== 'string') return this.checkEach(now, message, answer, algorithm, isSha256, accessToken !== undefined);
    // the token was good when it came, and is until it ends (RFC 7635 §4)
    const isCovered =
      allocation?.isByToken && !accessToken && allocation.username === username && now < allocation.credentialsEndAt;
    if (isCovered) return this.check(message, identityOf(allocation), isSha256) ?? wrongIntegrity(username);
    return { type: 'challenge', code: 401, reason: `turn/auth/${answer}`, username };
  }

  private checkEach(
    now: Instant,
    message: StunMessage,
    { username, group, keys, remainingS }: Credential,
    algorithm: KeyAlgorithm,
    isSha256: boolean,
    isByToken: boolean,
  ): AuthOutcome {
    const endsAt = remainingS === undefined ? Number.POSITIVE_INFINITY : now + 1_000 * remainingS;
    for (const key of keys) {
      const signature: Signature = { key, algorithm, integrity: isSha256 ? 'sha-256' : 'sha-1' };
      const identity = this.check(message, { type: 'authentic', username, group, signature, endsAt, isByToken }, isSha256);
      if (identity) return identity;
    }
    return wrongIntegrity(username);
  }

  /** Requests that neither make nor keep anything are checked against the key that the allocation was made with. */
  private known(
    { method }: StunMessage,
    allocation: Allocation | undefined,
    username: string | undefined,
    algorithm: KeyAlgorithm,
  ): Identity | undefined {
    const asksAnew = method === StunMethod.allocate || method === StunMethod.refresh || method === StunMethod.connectionBind;
    if (asksAnew || allocation?.username !== username || allocation?.signature.algorithm !== algorithm) return undefined;
    return allocation && identityOf(allocation);
  }

  private check(message: StunMessage, identity: Identity, isSha256: boolean): Identity | undefined {
    const { key, integrity } = identity.signature;
    const check = isSha256 ? checkIntegritySha256(message, key, this.crypto) : checkIntegrity(message, key, this.crypto);
    if (check !== 'valid') return undefined;
    const wanted = isSha256 ? 'sha-256' : 'sha-1';
    return integrity === wanted ? identity : { ...identity, signature: { ...identity.signature, integrity: wanted } };
  }
}

function identityOf({ username, usage, signature, credentialsEndAt, isByToken }: Allocation): Identity {
  return { type: 'authentic', username, group: usage.group, signature, endsAt: credentialsEndAt, isByToken };
}

function wrongIntegrity(username: string | undefined): AuthOutcome {
  return { type: 'challenge', code: 401, reason: 'turn/auth/wrong-integrity', username };
}

/**
 * How the client made its key; undefined when it says so in a way that it must not (RFC 8489 §9.2.4): the list must be ours, echoed,
 * so that somebody between us cannot have taken SHA-256 out of it.
 */
function chosenAlgorithm(message: StunMessage): KeyAlgorithm | undefined {
  const list = message.find(AttributeType.passwordAlgorithms);
  const chosen = message.read(PasswordAlgorithm);
  if (!list && chosen === undefined) return 'md5';
  if (!list || chosen === undefined || chosen instanceof Malformed) return undefined;
  const { value } = list;
  if (value.length !== OFFERED_BYTES.length || !OFFERED_BYTES.every((byte, i) => byte === value[i])) return undefined;
  if (chosen.parameters.length > 0) return undefined;
  if (chosen.algorithm === PasswordAlgorithmNumber.sha256) return 'sha-256';
  return chosen.algorithm === PasswordAlgorithmNumber.md5 ? 'md5' : undefined;
}
