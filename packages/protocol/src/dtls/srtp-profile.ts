import { SRTP_PROFILES, type SrtpProfile } from '../core/index.js';

export { SRTP_PROFILES, type SrtpKeyingMaterial, type SrtpMasterKey, type SrtpProfile } from '../core/index.js';

/** Best first: authenticated ciphers before AES-CM, whose two passes cost more; the 32-bit tag only if asked for. */
export const DEFAULT_SRTP_PROFILES: readonly SrtpProfile[] = [
  'SRTP_AEAD_AES_128_GCM',
  'SRTP_AEAD_AES_256_GCM',
  'SRTP_AES128_CM_HMAC_SHA1_80',
];

const NAMES = Object.keys(SRTP_PROFILES) as SrtpProfile[];

/** The profile with `code`; undefined if it is not one of ours. */
export function srtpProfileOf(code: number): SrtpProfile | undefined {
  return NAMES.find((name) => SRTP_PROFILES[name].code === code);
}
