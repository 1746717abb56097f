import type { KeyAgreementGroup } from '../core/index.js';
import type { CipherSuiteName } from './cipher-suite.js';
import type { DropReason } from './drop-counter.js';
import type { DtlsRole, DtlsState } from './events.js';
import type { SrtpProfile } from './srtp-profile.js';

/** What a connection counts and has agreed on: the source of RTCTransportStats' DTLS half. */
export interface DtlsStats {
  readonly state: DtlsState;
  readonly role: DtlsRole | undefined;
  /** As RTCTransportStats.tlsVersion spells it; undefined before a ServerHello. */
  readonly tlsVersion: 'FEFD' | undefined;
  readonly cipherSuite: CipherSuiteName | undefined;
  readonly group: KeyAgreementGroup | undefined;
  readonly srtpProfile: SrtpProfile | undefined;
  /** Datagrams and their bytes, handshake and data alike. */
  readonly datagramsSent: number;
  readonly bytesSent: number;
  readonly datagramsReceived: number;
  readonly bytesReceived: number;
  /** Flights that were sent again, by timer or for a repeated flight of the peer. */
  readonly flightsRetransmitted: number;
  /** Records dropped, by reason. */
  readonly recordsDropped: ReadonlyMap<DropReason, number>;
}
