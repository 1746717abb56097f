/** Counters of an association; `getStats()` and metrics read the same ones. */
export interface SctpStats {
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  /** Packets and chunks dropped, by reason. */
  readonly drops: Map<string, number>;
}

/** What can be read off an association's present condition (W3C webrtc-stats, RTCSctpTransportStats). */
export interface SctpSnapshot {
  readonly smoothedRttMs: number | undefined;
  readonly congestionWindowBytes: number;
  readonly peerWindowBytes: number;
  readonly receiveWindowBytes: number;
  readonly packetBytes: number;
  readonly unacknowledgedChunks: number;
  readonly retransmittedChunks: number;
  readonly abandonedMessages: number;
  readonly timeouts: number;
  readonly spuriousTimeouts: number;
}
