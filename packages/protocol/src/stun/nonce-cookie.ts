/** What a server says of itself at the start of its nonces, where nobody can strip it (RFC 8489 §9.2, §18.1). */
export interface SecurityFeatures {
  /** Bit 0: the server also sent PASSWORD-ALGORITHMS. */
  readonly passwordAlgorithms: boolean;
  /** Bit 1: USERHASH may stand in for USERNAME. */
  readonly usernameAnonymity: boolean;
}

const COOKIE = 'obMatJos2';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The features that `nonce` announces; undefined when it has no cookie. Bit 0 is the lowest (RFC 8489 errata 6290). */
export function parseNonceCookie(nonce: string): SecurityFeatures | undefined {
  if (!nonce.startsWith(COOKIE) || nonce.length < COOKIE.length + 4) return undefined;
  let bits = 0;
  for (const char of nonce.slice(COOKIE.length, COOKIE.length + 4)) {
    const value = BASE64.indexOf(char);
    if (value < 0) return undefined;
    bits = bits * 64 + value;
  }
  return { passwordAlgorithms: (bits & 1) !== 0, usernameAnonymity: (bits & 2) !== 0 };
}

/** The 13 characters that a server's nonce starts with. */
export function formatNonceCookie({ passwordAlgorithms, usernameAnonymity }: SecurityFeatures): string {
  return `${COOKIE}AAA${BASE64[(passwordAlgorithms ? 1 : 0) | (usernameAnonymity ? 2 : 0)]}`;
}
