import type { Outputs } from '../core/index.js';
import type { SrtpProfile } from './srtp-profile.js';
import type { X509Certificate } from './x509/certificate.js';

/** Which side of the handshake an end plays: `client` is `a=setup:active`. */
export type DtlsRole = 'client' | 'server';

/** States as RTCDtlsTransportState names them; `connected` includes that the peer's certificate was approved. */
export type DtlsState = 'new' | 'connecting' | 'connected' | 'closed' | 'failed';

/** Why a connection failed. Codes are API. */
export type DtlsFailureCode =
  | 'dtls/fingerprint-mismatch'
  | 'dtls/no-usable-fingerprint'
  | 'dtls/peer-rejected'
  | 'dtls/handshake-timeout'
  | 'dtls/handshake-refused'
  | 'dtls/alert-received'
  | 'dtls/sequence-exhausted';

/** A failure and what a person can learn about it. Alerts are numbers of the IANA TLS Alert Registry. */
export interface DtlsFailure {
  readonly code: DtlsFailureCode;
  readonly message: string;
  readonly sentAlert?: number;
  readonly receivedAlert?: number;
}

export type DtlsEvent =
  /** The state is now another. Comes before the event that explains it. */
  | { readonly type: 'state-changed'; readonly state: DtlsState }
  /**
   * The peer has proved that it holds the key of `chain[0]`. Nothing goes on until the owner has given a verdict
   * (`expectFingerprints` or `judgePeer`), which it may have done earlier.
   */
  | { readonly type: 'peer-certificate'; readonly chain: readonly X509Certificate[] }
  /** Keys stand, the peer is approved: data may flow; media only if `srtpProfile` is there. */
  | { readonly type: 'connected'; readonly srtpProfile: SrtpProfile | undefined }
  | { readonly type: 'closed'; readonly by: 'us' | 'peer' }
  | { readonly type: 'failed'; readonly failure: DtlsFailure };

/** Where a connection's outputs go: besides datagrams and events, the application data of each record. */
export interface DtlsOutputs extends Outputs<DtlsEvent> {
  /** What one application record held. Borrowed for the call. */
  data(bytes: Uint8Array): void;
}
