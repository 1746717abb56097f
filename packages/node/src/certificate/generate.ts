import type { SigningKey } from '@maru/protocol/core';
import { type LocalCertificate, writeCertificate } from '@maru/protocol/dtls';
import { nodeCrypto } from '../crypto/provider.js';
import { systemRandom } from '../crypto/random.js';
import { generateSigningKey, generateSigningKeySync, type KeyAlgorithm } from './signing-key.js';

/** A certificate of our own with the moment from which it must not be used. */
export interface GeneratedCertificate extends LocalCertificate {
  /** Wall time in milliseconds since 1970. */
  readonly expiresMs: number;
}

export interface CertificateOptions {
  readonly algorithm?: KeyAlgorithm;
  /** How long it is valid; the W3C's default of 30 days, at most 365. */
  readonly lifetimeMs?: number;
  /** Shown to the peer, so it says nothing by default. */
  readonly commonName?: string;
}

const DAY_MS = 86_400_000;
const DEFAULT_LIFETIME_MS = 30 * DAY_MS;
const MAX_LIFETIME_MS = 365 * DAY_MS;
/** Peers with slow clocks must not find it in the future. */
const BACKDATED_MS = DAY_MS;
const SERIAL_BYTES = 16;

/** A self-signed certificate with a fresh key, for DTLS. Make one per process or per connection, never keep it in an image. */
export async function generateCertificate(options: CertificateOptions = {}): Promise<GeneratedCertificate> {
  return selfSigned(await generateSigningKey(options.algorithm ?? 'ecdsa-p256'), options);
}

/** The same at once, for elliptic-curve keys. */
export function generateCertificateSync(
  options: CertificateOptions & { readonly algorithm?: 'ecdsa-p256' | 'ecdsa-p384' } = {},
): GeneratedCertificate {
  return selfSigned(generateSigningKeySync(options.algorithm), options);
}

function selfSigned(key: SigningKey, options: CertificateOptions): GeneratedCertificate {
  const nowMs = Date.now();
  const expiresMs = nowMs + Math.min(options.lifetimeMs ?? DEFAULT_LIFETIME_MS, MAX_LIFETIME_MS);
  const template = {
    serialNumber: freshSerialNumber(),
    subject: { commonName: options.commonName ?? 'WebRTC' },
    notBeforeMs: nowMs - BACKDATED_MS,
    notAfterMs: expiresMs,
    publicKeyDer: key.publicKeyDer,
  };
  return { chain: [writeCertificate(template, { key }, nodeCrypto)], key, expiresMs };
}

/** Random and positive (RFC 5280 §4.1.2.2). */
export function freshSerialNumber(): Uint8Array {
  const serialNumber = new Uint8Array(SERIAL_BYTES);
  systemRandom.fill(serialNumber);
  serialNumber[0] = (serialNumber[0]! & 0x7f) | 0x40;
  return serialNumber;
}
