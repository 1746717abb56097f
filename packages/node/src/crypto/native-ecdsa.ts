import { addon } from '@maru/native';
import type { SignatureScheme } from '@maru/protocol/core';
import { p256PointOf } from './public-keys.js';

/** No signature of P-256 comes near it in DER (72 at most): the addon takes no longer ones. */
const MAX_SIGNATURE_BYTES = 1_024;

/**
 * Verified by the addon, in a third of the time: node:crypto makes a key object first, and checks it by a multiplication that P-256 does not
 * need. Undefined where it is another kind of key, or there is no addon.
 */
export function nativeVerify(
  scheme: SignatureScheme,
  publicKeyDer: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean | undefined {
  const point = addon && scheme === 'ecdsa-secp256r1-sha256' ? p256PointOf(publicKeyDer) : undefined;
  if (!addon || !point || signature.length > MAX_SIGNATURE_BYTES) return undefined;
  return addon.verifyP256(point, data, signature);
}
