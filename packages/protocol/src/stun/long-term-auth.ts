import { type CryptoProvider, Malformed } from '../core/index.js';
import {
  ErrorCode,
  Nonce,
  PasswordAlgorithm,
  type PasswordAlgorithmEntry,
  PasswordAlgorithms,
  Realm,
  Userhash,
  Username,
} from './attributes/index.js';
import { type KeyAlgorithm, longTermKey, userhashOf } from './credentials.js';
import type { StunEncoder } from './encoder.js';
import { checkIntegrity, checkIntegritySha256 } from './integrity.js';
import type { StunMessage } from './message.js';
import { parseNonceCookie } from './nonce-cookie.js';
import { PasswordAlgorithmNumber, StunErrorCode } from './registry.js';

/** What the server asked for, and the key that answers it. */
interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly key: Uint8Array;
  /** The server's list, echoed against bidding down; undefined for servers of RFC 5389. */
  readonly offered: readonly PasswordAlgorithmEntry[] | undefined;
  readonly chosen: PasswordAlgorithmEntry | undefined;
  readonly userhash: Uint8Array | undefined;
}

/** The client's half of the long-term credential mechanism (RFC 8489 §9.2.5). */
export class LongTermAuth {
  private challenge: Challenge | undefined;

  constructor(
    private readonly username: string,
    private readonly password: string,
    private readonly crypto: CryptoProvider,
  ) {}

  get realm(): string | undefined {
    return this.challenge?.realm;
  }

  /** Adds what authenticates a request, integrity included: call last. Nothing before the first challenge. */
  sign(encoder: StunEncoder): void {
    const { challenge, crypto } = this;
    if (!challenge) return;
    if (challenge.userhash) encoder.add(Userhash, challenge.userhash);
    else encoder.add(Username, this.username);
    encoder.add(Realm, challenge.realm).add(Nonce, challenge.nonce);
    if (!challenge.offered || !challenge.chosen) {
      encoder.integrity(challenge.key, crypto);
      return;
    }
    encoder
      .add(PasswordAlgorithms, challenge.offered)
      .add(PasswordAlgorithm, challenge.chosen)
      .integritySha256(challenge.key, crypto);
  }

  /**
   * Learns from a 401 or 438. 'retry' when a request signed anew may fare better, 'give-up' when the credentials were
   * refused, or when somebody took PASSWORD-ALGORITHMS out of the message (RFC 8489 §9.2.5).
   */
  onChallenge(message: StunMessage): 'retry' | 'give-up' {
    const code = message.value(ErrorCode)?.code;
    const nonce = message.value(Nonce);
    if (nonce === undefined) return 'give-up';
    if (code === StunErrorCode.staleNonce && this.challenge) return this.onStaleNonce(message, nonce);
    const realm = message.value(Realm);
    if (realm === undefined) return 'give-up';
    if (this.challenge?.realm === realm) return 'give-up'; // these credentials were refused
    return this.accept(message, realm, nonce);
  }

  /** Whether a response to a signed request is the server's: it has the integrity that the request had, and it is right. */
  check(message: StunMessage): 'valid' | 'invalid' | 'absent' {
    const { challenge, crypto } = this;
    if (!challenge) return 'absent';
    return (challenge.offered ? checkIntegritySha256 : checkIntegrity)(message, challenge.key, crypto);
  }

  private onStaleNonce(message: StunMessage, nonce: string): 'retry' | 'give-up' {
    const realm = message.value(Realm) ?? this.challenge!.realm;
    return this.accept(message, realm, nonce);
  }

  private accept(message: StunMessage, realm: string, nonce: string): 'retry' | 'give-up' {
    const features = parseNonceCookie(nonce);
    const offered = message.read(PasswordAlgorithms);
    if (offered instanceof Malformed) return 'give-up';
    if (features?.passwordAlgorithms && !offered) return 'give-up';
    const chosen = offered?.find((entry) => keyAlgorithmOf(entry) !== undefined);
    if (offered && !chosen) return 'give-up';
    const algorithm = chosen ? keyAlgorithmOf(chosen)! : 'md5';
    this.challenge = {
      realm,
      nonce,
      key: longTermKey(algorithm, this.username, realm, this.password, this.crypto),
      offered: offered?.map(ownEntry),
      chosen: chosen && ownEntry(chosen),
      userhash: features?.usernameAnonymity ? userhashOf(this.username, realm, this.crypto) : undefined,
    };
    return 'retry';
  }
}

function ownEntry({ algorithm, parameters }: PasswordAlgorithmEntry): PasswordAlgorithmEntry {
  return { algorithm, parameters: parameters.slice() };
}

function keyAlgorithmOf({ algorithm, parameters }: PasswordAlgorithmEntry): KeyAlgorithm | undefined {
  if (parameters.length > 0) return undefined; // both known algorithms have none (RFC 8489 §18.5.1)
  if (algorithm === PasswordAlgorithmNumber.sha256) return 'sha-256';
  return algorithm === PasswordAlgorithmNumber.md5 ? 'md5' : undefined;
}
