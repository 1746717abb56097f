import {
  AEAD_NONCE_BYTES,
  type CryptoProvider,
  HMAC_SHA1_BYTES,
  SRTP_PROFILES,
  type SrtpMasterKey,
  type SrtpProfile,
  type SrtpSessionKeys,
} from '../core/index.js';
import { COUNTER_SALT_BYTES } from './counter-mode.js';
import { deriveKey, KeyLabel } from './key-derivation.js';

/** The session keys for RTP (RFC 3711 §4.3, RFC 7714 §11). */
export function deriveSessionKeys(profile: SrtpProfile, master: SrtpMasterKey, crypto: CryptoProvider): SrtpSessionKeys {
  const isGcm = profile === 'SRTP_AEAD_AES_128_GCM' || profile === 'SRTP_AEAD_AES_256_GCM';
  return {
    encryption: deriveKey(crypto, master, KeyLabel.rtpEncryption, SRTP_PROFILES[profile].keyBytes),
    salt: deriveKey(crypto, master, KeyLabel.rtpSalt, isGcm ? AEAD_NONCE_BYTES : COUNTER_SALT_BYTES),
    authentication: isGcm ? undefined : deriveKey(crypto, master, KeyLabel.rtpAuthentication, HMAC_SHA1_BYTES),
    tagBytes: RTP_TAG_BYTES[profile],
  };
}

/** What protecting adds to an RTP packet (RFC 5764 §4.1.2, RFC 7714 §14.2). */
export const RTP_TAG_BYTES: Readonly<Record<SrtpProfile, 4 | 10 | 16>> = {
  SRTP_AES128_CM_HMAC_SHA1_80: 10,
  SRTP_AES128_CM_HMAC_SHA1_32: 4,
  SRTP_AEAD_AES_128_GCM: 16,
  SRTP_AEAD_AES_256_GCM: 16,
};
