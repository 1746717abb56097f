import type { CryptoProvider } from '../core/index.js';

const ENCODER = new TextEncoder();

/** How a long-term password becomes a key (RFC 8489 §18.5.1). */
export type KeyAlgorithm = 'md5' | 'sha-256';

/** Nothing in it is prepared: nearly always. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Text as it enters a key: the OpaqueString profile (RFC 8265 §4.2) without its refusals. Spaces of other scripts become
 * ASCII spaces, and composition is normalised; what the profile forbids is passed on, since both ends must agree anyway.
 */
export function prepareOpaqueString(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

/** The key of short-term credentials, which ICE uses (RFC 8489 §9.1.1). */
export function shortTermKey(password: string): Uint8Array {
  return ENCODER.encode(prepareOpaqueString(password));
}

/** The key of long-term credentials (RFC 8489 §9.2.2, §18.5.1). */
export function longTermKey(
  algorithm: KeyAlgorithm,
  username: string,
  realm: string,
  password: string,
  crypto: CryptoProvider,
): Uint8Array {
  const text = `${prepareOpaqueString(username)}:${prepareOpaqueString(realm)}:${prepareOpaqueString(password)}`;
  return crypto.hash(algorithm, ENCODER.encode(text));
}

/** What stands for the username where it shall stay unseen (RFC 8489 §14.4). */
export function userhashOf(username: string, realm: string, crypto: CryptoProvider): Uint8Array {
  return crypto.hash('sha-256', ENCODER.encode(`${prepareOpaqueString(username)}:${prepareOpaqueString(realm)}`));
}
