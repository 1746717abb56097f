import { assert, assertNever, type CryptoProvider, SRTP_PROFILES, type SrtpMasterKey, type SrtpProfile } from '../core/index.js';
import { CounterTransform } from './counter-transform.js';
import { GcmTransform } from './gcm-transform.js';
import { deriveSessionKeys } from './session-keys.js';
import type { SrtpTransform } from './transform.js';
import { WholeTransform } from './whole-transform.js';

const SHORT_TAG_BYTES = 4;
const LONG_TAG_BYTES = 10;

/**
 * The cipher of `profile` with keys of one direction. `isWhole`: packets are in their own order when they are encrypted, as they are not with
 * Cryptex; then a provider may do in one step what it can.
 */
export function transformOf(profile: SrtpProfile, master: SrtpMasterKey, crypto: CryptoProvider, isWhole = true): SrtpTransform {
  const parts = partsOf(profile, master, crypto);
  if (!isWhole || !crypto.srtpCipher) return parts;
  const { srtpCipher } = crypto;
  return new WholeTransform(parts, () => srtpCipher(deriveSessionKeys(profile, master, crypto)));
}

function partsOf(profile: SrtpProfile, master: SrtpMasterKey, crypto: CryptoProvider): SrtpTransform {
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  assert(
    master.key.length === keyBytes && master.salt.length === saltBytes,
    `${profile} has ${keyBytes} + ${saltBytes} bytes of key and salt`,
  );
  switch (profile) {
    case 'SRTP_AES128_CM_HMAC_SHA1_80':
      return new CounterTransform(LONG_TAG_BYTES, master, crypto);
    case 'SRTP_AES128_CM_HMAC_SHA1_32':
      return new CounterTransform(SHORT_TAG_BYTES, master, crypto);
    case 'SRTP_AEAD_AES_128_GCM':
      return new GcmTransform('aes-128-gcm', master, crypto);
    case 'SRTP_AEAD_AES_256_GCM':
      return new GcmTransform('aes-256-gcm', master, crypto);
    default:
      return assertNever(profile);
  }
}
