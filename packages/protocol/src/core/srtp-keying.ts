/** SRTP protection profiles of use_srtp by their IANA names (RFC 5764 §4.1.2, RFC 7714 §14.2). */
export type SrtpProfile =
  | 'SRTP_AES128_CM_HMAC_SHA1_80'
  | 'SRTP_AES128_CM_HMAC_SHA1_32'
  | 'SRTP_AEAD_AES_128_GCM'
  | 'SRTP_AEAD_AES_256_GCM';

/** A profile's code on the wire and the sizes of what the exporter must yield for one direction. */
export interface SrtpProfileDetails {
  readonly code: number;
  readonly keyBytes: number;
  readonly saltBytes: number;
}

export const SRTP_PROFILES: Readonly<Record<SrtpProfile, SrtpProfileDetails>> = {
  SRTP_AES128_CM_HMAC_SHA1_80: { code: 0x0001, keyBytes: 16, saltBytes: 14 },
  SRTP_AES128_CM_HMAC_SHA1_32: { code: 0x0002, keyBytes: 16, saltBytes: 14 },
  SRTP_AEAD_AES_128_GCM: { code: 0x0007, keyBytes: 16, saltBytes: 12 },
  SRTP_AEAD_AES_256_GCM: { code: 0x0008, keyBytes: 32, saltBytes: 12 },
};

/** Master key and salt of one direction of an SRTP session. */
export interface SrtpMasterKey {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** What DTLS agreed on for SRTP (RFC 5764 §4.2): `local` protects what we send, `remote` what the peer sends. */
export interface SrtpKeyingMaterial {
  readonly profile: SrtpProfile;
  readonly local: SrtpMasterKey;
  readonly remote: SrtpMasterKey;
}
