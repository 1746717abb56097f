import type { HashAlgorithm } from '../core/index.js';

/** A way to protect frames (RFC 9605 §4.5). */
export interface SFrameCipherSuite {
  readonly id: number;
  readonly hash: Extract<HashAlgorithm, 'sha-256' | 'sha-512'>;
  readonly cipher: 'ctr-hmac' | 'aes-128-gcm' | 'aes-256-gcm';
  readonly keyBytes: number;
  readonly tagBytes: number;
}

/** Of AES-CTR with HMAC: 16 bytes encrypt, 32 authenticate (RFC 9605 §4.5.1). */
export const CTR_ENCRYPTION_KEY_BYTES = 16;

const ctrHmac = (id: number, tagBytes: number): SFrameCipherSuite => ({
  id,
  hash: 'sha-256',
  cipher: 'ctr-hmac',
  keyBytes: CTR_ENCRYPTION_KEY_BYTES + 32,
  tagBytes,
});

/** The registry of RFC 9605 §8.1. */
export const SFRAME_CIPHER_SUITES = {
  AES_128_CTR_HMAC_SHA256_80: ctrHmac(1, 10),
  AES_128_CTR_HMAC_SHA256_64: ctrHmac(2, 8),
  AES_128_CTR_HMAC_SHA256_32: ctrHmac(3, 4),
  AES_128_GCM_SHA256_128: { id: 4, hash: 'sha-256', cipher: 'aes-128-gcm', keyBytes: 16, tagBytes: 16 },
  AES_256_GCM_SHA512_128: { id: 5, hash: 'sha-512', cipher: 'aes-256-gcm', keyBytes: 32, tagBytes: 16 },
} as const satisfies Record<string, SFrameCipherSuite>;

export type SFrameCipherSuiteName = keyof typeof SFRAME_CIPHER_SUITES;
