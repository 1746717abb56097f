import type { CryptoProvider } from '../../../core/index.js';
import { longTermKey } from '../../../stun/index.js';
import { formatBase64 } from '../base64.js';
import type { Credential, CredentialQuery, CredentialRefusal, CredentialSource, WallClock } from './credential-source.js';

const ENCODER = new TextEncoder();

export interface SharedSecretOptions {
  /** Shared with who issues credentials. The first is for issuing; all are accepted, so that they can be rotated. */
  readonly secrets: readonly string[];
  /** A username that expires later than this from now is none of ours. */
  readonly maxTtlS: number;
  /** For so long after expiry an allocation may still be refreshed: clocks differ, and calls run on. */
  readonly graceS: number;
  /** Stands between expiry and user, one character; `:` if absent. */
  readonly separator?: string;
}

export const DEFAULT_SHARED_SECRET = { maxTtlS: 86_400, graceS: 60 } as const;

/**
 * Credentials that are good for a time: the username is `expiry:user` (seconds since 1970), the password the Base64 of its
 * HMAC-SHA1 under a secret ("A REST API For Access To TURN Services", draft-uberti-behave-turn-rest). Nothing is stored; a user may be
 * revoked until what was issued to him has expired.
 */
export class SharedSecretCredentials implements CredentialSource {
  readonly knowsUserhashes = false;
  /** Users that may not come back, with the second after which nothing of theirs is valid any more. */
  private readonly revokedUntil = new Map<string, number>();

  constructor(
    private options: SharedSecretOptions,
    private readonly clock: WallClock,
    private readonly crypto: CryptoProvider,
  ) {}

  /** Takes other secrets or times, from now on. */
  reconfigure(options: SharedSecretOptions): void {
    this.options = options;
  }

  /** Refuses what was issued to `user` so far and what would be issued until then. */
  revoke(user: string): void {
    const nowS = this.clock.unixSeconds();
    for (const [name, until] of this.revokedUntil) if (until < nowS) this.revokedUntil.delete(name);
    this.revokedUntil.set(user, nowS + this.options.maxTtlS + this.options.graceS);
  }

  lookup(query: CredentialQuery): Credential | CredentialRefusal {
    const { username } = query;
    const { secrets, maxTtlS, graceS, separator = ':' } = this.options;
    const match = username === undefined ? undefined : /^(\d{1,12})(?:(.)(.*))?$/su.exec(username);
    if (username === undefined || !match || (match[2] ?? separator) !== separator) return 'unknown-user';
    const user = match[3] ?? '';
    const nowS = this.clock.unixSeconds();
    const remainingS = Number(match[1]) - nowS;
    if (remainingS > maxTtlS) return 'too-far-ahead';
    if (remainingS + (query.isRefresh ? graceS : 0) <= 0) return 'expired';
    if ((this.revokedUntil.get(user) ?? 0) > nowS) return 'revoked';
    const keys = secrets.map((secret) =>
      longTermKey(query.algorithm, username, query.realm, passwordOf(secret, username, this.crypto), this.crypto),
    );
    return { type: 'granted', username, keys, group: user, remainingS: remainingS + graceS };
  }
}

/** What to give a client: for `ttlS` seconds, for `user`. */
export function issueSharedSecretCredential(
  secret: string,
  user: string,
  ttlS: number,
  clock: WallClock,
  crypto: CryptoProvider,
): { readonly username: string; readonly password: string } {
  const username = `${Math.floor(clock.unixSeconds()) + ttlS}:${user}`;
  return { username, password: passwordOf(secret, username, crypto) };
}

function passwordOf(secret: string, username: string, crypto: CryptoProvider): string {
  return formatBase64(crypto.hmac('sha-1', ENCODER.encode(secret), ENCODER.encode(username)));
}
