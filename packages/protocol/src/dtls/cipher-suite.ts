import type { AeadAlgorithm, HashAlgorithm, SignatureScheme } from '../core/index.js';

/** The cipher suites that are spoken, by IANA name: ephemeral keys and authenticated ciphers, nothing else (RFC 8827 §6.5). */
export type CipherSuiteName =
  | 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'
  | 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'
  | 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'
  | 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'
  | 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'
  | 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256';

/** Which kind of key signs the key exchange of a suite. */
export type Authentication = 'ecdsa' | 'rsa';

export interface CipherSuite {
  readonly name: CipherSuiteName;
  readonly code: number;
  readonly authentication: Authentication;
  readonly aead: AeadAlgorithm;
  readonly keyBytes: number;
  /** Bytes of the nonce that stay secret and fixed: the salt of GCM, the whole IV of ChaCha20-Poly1305. */
  readonly fixedIvBytes: number;
  readonly hash: HashAlgorithm;
}

const GCM_128 = { aead: 'aes-128-gcm', keyBytes: 16, fixedIvBytes: 4, hash: 'sha-256' } as const;
const GCM_256 = { aead: 'aes-256-gcm', keyBytes: 32, fixedIvBytes: 4, hash: 'sha-384' } as const;
const CHACHA = { aead: 'chacha20-poly1305', keyBytes: 32, fixedIvBytes: 12, hash: 'sha-256' } as const;

/** IANA TLS Cipher Suites (RFC 5289, RFC 7905), in our order of preference. */
export const CIPHER_SUITES: readonly CipherSuite[] = [
  { name: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', code: 0xc02b, authentication: 'ecdsa', ...GCM_128 },
  { name: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', code: 0xc02f, authentication: 'rsa', ...GCM_128 },
  { name: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', code: 0xc02c, authentication: 'ecdsa', ...GCM_256 },
  { name: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', code: 0xc030, authentication: 'rsa', ...GCM_256 },
  { name: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', code: 0xcca9, authentication: 'ecdsa', ...CHACHA },
  { name: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', code: 0xcca8, authentication: 'rsa', ...CHACHA },
];

export const DEFAULT_CIPHER_SUITES: readonly CipherSuiteName[] = CIPHER_SUITES.map(({ name }) => name);

/** Every suite, those first whose cipher comes first in `preferred`. All are equally good at what they promise. */
export function cipherSuitesFor(preferred: readonly AeadAlgorithm[] | undefined): readonly CipherSuiteName[] {
  if (!preferred) return DEFAULT_CIPHER_SUITES;
  const rank = ({ aead }: CipherSuite): number => (preferred.includes(aead) ? preferred.indexOf(aead) : preferred.length);
  return [...CIPHER_SUITES].sort((a, b) => rank(a) - rank(b)).map(({ name }) => name);
}

/** The suites that `names` mean, in their order. */
export function cipherSuitesNamed(names: readonly CipherSuiteName[]): CipherSuite[] {
  return names.map((name) => CIPHER_SUITES.find((suite) => suite.name === name)!);
}

/** Which suites a signature scheme can authenticate. */
export function authenticationOf(scheme: SignatureScheme): Authentication {
  return scheme.startsWith('ecdsa') ? 'ecdsa' : 'rsa';
}
