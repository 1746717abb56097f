import type { Instant } from '../core/index.js';
import type { LocalCandidate, RemoteCandidate } from './candidate.js';
import type { IceRole, IceTransportState } from './state.js';

/** What the W3C calls RTCStatsIceCandidatePairState (RFC 8445 §6.1.2.6). */
export type CandidatePairState = 'frozen' | 'waiting' | 'in-progress' | 'succeeded' | 'failed';

/** One candidate pair, as getStats reports it (W3C webrtc-stats, RTCIceCandidatePairStats). Instants are monotonic. */
export interface CandidatePairStats {
  readonly id: string;
  readonly localCandidateId: string;
  readonly remoteCandidateId: string;
  readonly state: CandidatePairState;
  /** An unsigned 64-bit number (RFC 8445 §6.1.2.3). */
  readonly priority: bigint;
  readonly nominated: boolean;
  readonly isSelected: boolean;
  readonly hasConsent: boolean;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly lastPacketSentAt: Instant | undefined;
  readonly lastPacketReceivedAt: Instant | undefined;
  readonly totalRoundTripMs: number;
  readonly currentRoundTripMs: number | undefined;
  readonly requestsSent: number;
  readonly requestsReceived: number;
  readonly responsesSent: number;
  readonly responsesReceived: number;
  readonly consentRequestsSent: number;
  readonly packetsDiscardedOnSend: number;
  readonly bytesDiscardedOnSend: number;
}

export interface IceStats {
  readonly role: IceRole;
  readonly state: IceTransportState;
  readonly localUfrag: string;
  readonly selectedPairId: string | undefined;
  readonly selectedPairChanges: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly pairs: readonly CandidatePairStats[];
  readonly localCandidates: readonly LocalCandidate[];
  readonly remoteCandidates: readonly RemoteCandidate[];
  /** Everything that was dropped, by reason. */
  readonly dropped: ReadonlyMap<string, number>;
}
