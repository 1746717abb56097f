import { AES_BLOCK_BYTES, type CryptoProvider, type SrtpMasterKey } from '../core/index.js';

/** Which key is meant (RFC 3711 §4.3.2, RFC 6904 §3.1). */
export const KeyLabel = {
  rtpEncryption: 0,
  rtpAuthentication: 1,
  rtpSalt: 2,
  rtcpEncryption: 3,
  rtcpAuthentication: 4,
  rtcpSalt: 5,
  headerEncryption: 6,
  headerSalt: 7,
} as const;

export type KeyLabel = (typeof KeyLabel)[keyof typeof KeyLabel];

/** Where in the 14 bytes of the salt the label is XORed: above the 48 bits of the index over the rate, which is always zero here. */
const LABEL_AT = 7;

/**
 * The key stream of AES-CM under the master key, from the counter that salt and label make (RFC 3711 §4.3.3). A shorter salt, that
 * of the AEAD profiles, counts from the left (RFC 7714 §11). The key derivation rate is zero: keys never change under one master key.
 */
export function deriveKey(crypto: CryptoProvider, master: SrtpMasterKey, label: KeyLabel, length: number): Uint8Array {
  const counter = new Uint8Array(AES_BLOCK_BYTES);
  counter.set(master.salt);
  counter[LABEL_AT] = counter[LABEL_AT]! ^ label;
  const key = new Uint8Array(length);
  crypto.aesCtr(master.key).xor(counter, key, 0, length, key, 0);
  return key;
}
