import type { CryptoProvider, SrtpMasterKey, SrtpProfile } from '../core/index.js';

/** What both directions are made of. There is no master key identifier: DTLS-SRTP as browsers speak it has none, and packets with one are refused. */
export interface SrtpOptions {
  readonly profile: SrtpProfile;
  readonly master: SrtpMasterKey;
  readonly crypto: CryptoProvider;
  /** Packets remembered against replay, for each source: 128 to 1,024, a multiple of 32 (S-45). Default 1,024. */
  readonly windowPackets?: number;
  /** Sources that state is kept of. A receiver forgets the quietest beyond it, a sender refuses. Default 64 (S-49), and 1,024 for a sender. */
  readonly maxSources?: number;
  /** Header extensions whose values are encrypted, by the ids that were negotiated with `urn:ietf:params:rtp-hdrext:encrypt` (RFC 6904). */
  readonly encryptedExtensionIds?: readonly number[];
  /** Cryptex (RFC 9335): a sender applies it, instead of RFC 6904, to every packet that has something to hide; a receiver accepts both. */
  readonly cryptex?: boolean;
}

/** The replay window that is remembered unless said otherwise. */
export const DEFAULT_WINDOW_PACKETS = 1_024;
export const MIN_WINDOW_PACKETS = 128;
