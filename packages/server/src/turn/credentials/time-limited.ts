import { createHmac } from 'node:crypto';

export interface TimeLimitedRequest {
  readonly secret: string;
  /** Whose quotas it counts against; empty: nobody's in particular. */
  readonly user: string;
  readonly ttlSeconds: number;
  readonly wallNowMs: number;
  /** `:` unless the server was told another. */
  readonly separator?: string;
}

/** What a client gives to a TURN server until `expiresAtMs`. */
export interface TimeLimitedCredential {
  readonly username: string;
  readonly credential: string;
  readonly expiresAtMs: number;
}

/** A credential by shared secret, as every TURN REST service makes it: base64 of HMAC-SHA1 over `expiry:user`. */
export function timeLimitedCredential({
  secret,
  user,
  ttlSeconds,
  wallNowMs,
  separator = ':',
}: TimeLimitedRequest): TimeLimitedCredential {
  const expiresAt = Math.floor(wallNowMs / 1_000) + ttlSeconds;
  const username = user === '' ? `${expiresAt}` : `${expiresAt}${separator}${user}`;
  return {
    username,
    credential: createHmac('sha1', secret).update(username).digest('base64'),
    expiresAtMs: expiresAt * 1_000,
  };
}
