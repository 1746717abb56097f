import type { CryptoProvider } from '../../core/index.js';
import type { KeyAlgorithm, StunEncoder } from '../../stun/index.js';

/** How a request was signed, and so how its answer is (RFC 8489 §9.2.4). */
export interface Signature {
  readonly key: Uint8Array;
  readonly algorithm: KeyAlgorithm;
  readonly integrity: 'sha-1' | 'sha-256';
}

export function sign(encoder: StunEncoder, { key, integrity }: Signature, crypto: CryptoProvider): void {
  if (integrity === 'sha-256') encoder.integritySha256(key, crypto);
  else encoder.integrity(key, crypto);
}
