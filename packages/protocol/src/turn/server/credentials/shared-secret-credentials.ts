import type { CryptoProvider } from '../../../core/index.js';
import { type KeyAlgorithm, longTermKey } from '../../../stun/index.js';
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

/** Names whose keys are remembered, at most half a kilobyte each: who makes up names has us forget others, and gains nothing. */
const MAX_KNOWN = 2_048;

export const DEFAULT_SHARED_SECRET = { maxTtlS: 86_400, graceS: 60 } as const;

/**
 * Credentials that are good for a time: the username is `expiry:user` (seconds since 1970), the password the Base64 of its
 * HMAC-SHA1 under a secret ("A REST API For Access To TURN Services", draft-uberti-behave-turn-rest). Nothing is stored; a user may be
 * revoked until what was issued to him has expired.
 */
export class SharedSecretCredentials implements CredentialSource {
  readonly knowsUserhashes = false;
  /** What was derived for names that came lately: they come again with every Refresh. The oldest goes first. */
  private readonly known = new Map<
    string,
    { readonly realm: string; readonly algorithm: KeyAlgorithm; readonly keys: Uint8Array[] }
  >();
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
    this.known.clear();
  }

  /** Refuses what was issued to `user` so far and what would be issued until then. */
  revoke(user: string): void {
    const nowS = this.clock.unixSeconds();
    for (const [name, until] of this.revokedUntil) if (until < nowS) this.revokedUntil.delete(name);
    this.revokedUntil.set(user, nowS + this.options.maxTtlS + this.options.graceS);
  }

  lookup(query: CredentialQuery): Credential | CredentialRefusal {
    const { username } = query;
    const { maxTtlS, graceS, separator = ':' } = this.options;
    const match = username === undefined ? undefined : /^(\d{1,12})(?:(.)(.*))?$/su.exec(username);
    if (username === undefined || !match || (match[2] ?? separator) !== separator) return 'unknown-user';
    const user = match[3] ?? '';
    const nowS = this.clock.unixSeconds();
    const remainingS = Number(match[1]) - nowS;
    if (remainingS > maxTtlS) return 'too-far-ahead';
    if (remainingS + (query.isRefresh ? graceS : 0) <= 0) return 'expired';
    if ((this.revokedUntil.get(user) ?? 0) > nowS) return 'revoked';
    return { type: 'granted', username, keys: this.keysOf(username, query), group: user, remainingS: remainingS + graceS };
  }

  private keysOf(username: string, { realm, algorithm }: CredentialQuery): Uint8Array[] {
    const known = this.known.get(username);
    if (known?.realm === realm && known.algorithm === algorithm) return known.keys;
    const keys = this.options.secrets.map((secret) =>
      longTermKey(algorithm, username, realm, passwordOf(secret, username, this.crypto), this.crypto),
    );
    this.known.set(username, { realm, algorithm, keys });
    if (this.known.size > MAX_KNOWN) this.known.delete(this.known.keys().next().value!);
    return keys;
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
