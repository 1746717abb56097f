import { parseHex } from '../bytes/index.js';
import type { CryptoProvider, HashAlgorithm } from '../core/index.js';

/** A certificate fingerprint as SDP and RTCDtlsFingerprint carry it: `sha-256`, `AB:CD:…` (RFC 8122 §5). */
export interface Fingerprint {
  readonly algorithm: string;
  readonly value: string;
}

/** Hashes that identify a certificate, strongest first. SHA-1 and MD5 are read by SDP and never believed here. */
export const FINGERPRINT_HASHES = ['sha-512', 'sha-384', 'sha-256'] as const satisfies readonly HashAlgorithm[];
export type FingerprintHash = (typeof FINGERPRINT_HASHES)[number];

/** What a set of fingerprints says about a certificate. */
export type FingerprintVerdict = 'match' | 'mismatch' | 'no-usable-fingerprint';

/** The fingerprint of a certificate in DER. */
export function fingerprintOf(crypto: CryptoProvider, der: Uint8Array, algorithm: FingerprintHash = 'sha-256'): Fingerprint {
  const pairs = [...crypto.hash(algorithm, der)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase());
  return { algorithm, value: pairs.join(':') };
}

/**
 * Whether `expected` names the certificate `der`. Only the strongest hash that is present counts (RFC 8122 §5.1), so that
 * a weaker match cannot stand in for a stronger mismatch; several values of that hash are alternatives.
 */
export function judgeFingerprints(crypto: CryptoProvider, expected: readonly Fingerprint[], der: Uint8Array): FingerprintVerdict {
  const strongest = FINGERPRINT_HASHES.find((hash) => expected.some((one) => one.algorithm.toLowerCase() === hash));
  if (!strongest) return 'no-usable-fingerprint';
  const actual = crypto.hash(strongest, der);
  const matches = expected.some((one) => {
    const value = one.algorithm.toLowerCase() === strongest ? parseHex(one.value) : undefined;
    return value !== undefined && crypto.equal(value, actual);
  });
  return matches ? 'match' : 'mismatch';
}
