import type { CryptoProvider, KeyAgreementGroup, Path, SigningKey } from '../core/index.js';
import { type CipherSuiteName, cipherSuitesFor } from './cipher-suite.js';
import type { CookieJar } from './cookie-jar.js';
import { DEFAULT_SRTP_PROFILES, type SrtpProfile } from './srtp-profile.js';

/** What we show to the peer and prove to own. `chain[0]` is the DER certificate of `key`. */
export interface LocalCertificate {
  readonly chain: readonly Uint8Array[];
  readonly key: SigningKey;
}

/** When an unanswered flight is sent again (RFC 6347 §4.2.4). */
export interface DtlsRetransmission {
  /** First wait; it doubles after each. RFC 6347 says 1 s; RFC 9147 §5.8.2 and browsers go lower on a path whose RTT ICE knows. */
  readonly initialMs: number;
  /** Where doubling stops. RFC 6347 says 60 s; ours leaves a call at 50 % loss its thirty chances in half a minute. */
  readonly maxMs: number;
}

export interface DtlsConfig {
  readonly certificate: LocalCertificate;
  /** What outgoing datagrams are labelled with. An owner that sends through ICE ignores it. */
  readonly path: Path;
  /** Largest UDP payload that the handshake may use. Application data is the caller's to size. */
  readonly mtuBytes: number;
  /** Offered or accepted in this order; empty: no use_srtp at all. */
  readonly srtpProfiles: readonly SrtpProfile[];
  /** In this order. If left out: all, those first that our {@link CryptoProvider} is quickest at. */
  readonly cipherSuites: readonly CipherSuiteName[];
  readonly groups: readonly KeyAgreementGroup[];
  readonly retransmission: DtlsRetransmission;
  /** A handshake that has begun ends after this long; waiting for the owner's verdict is given the same once more. */
  readonly handshakeTimeoutMs: number;
  /** Whether a server asks for, and then insists on, the client's certificate. WebRTC does. */
  readonly requiresClientCertificate: boolean;
  /** Given: a server answers no ClientHello without a valid cookie (RFC 6347 §4.2.1). Needed where ICE has not validated the path. */
  readonly cookies: CookieJar | undefined;
}

/** What a caller of {@link DtlsConnection} must say, and what it may. */
export type DtlsOptions = Pick<DtlsConfig, 'certificate' | 'path'> & Partial<DtlsConfig>;

const DEFAULTS = {
  mtuBytes: 1_200,
  srtpProfiles: DEFAULT_SRTP_PROFILES,
  groups: ['x25519', 'secp256r1', 'secp384r1'],
  retransmission: { initialMs: 100, maxMs: 1_000 },
  handshakeTimeoutMs: 30_000,
  requiresClientCertificate: true,
  cookies: undefined,
} as const satisfies Omit<DtlsConfig, 'certificate' | 'path' | 'cipherSuites'>;

/** `options` with everything that was left out. */
export function completeConfig(options: DtlsOptions, crypto: CryptoProvider): DtlsConfig {
  return { ...DEFAULTS, cipherSuites: cipherSuitesFor(crypto.preferredAeads), ...options };
}
