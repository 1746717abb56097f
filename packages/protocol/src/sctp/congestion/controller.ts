import type { Instant } from '../../core/index.js';

/** What an acknowledgement tells a {@link CongestionController}. Reused between calls: read it, do not keep it. */
export interface AckSample {
  /** When the SACK arrived. */
  readonly now: Instant;
  /** Bytes of chunks acknowledged for the first time, and how many chunks. */
  readonly ackedBytes: number;
  readonly ackedChunks: number;
  /** Bytes still in flight after it. */
  readonly inFlightBytes: number;
  /** Round trip of the newest chunk that was sent once; undefined if this SACK has none (Karn's rule). */
  readonly rttMs: number | undefined;
  /** Smoothed, and the least of the last ten seconds. */
  readonly smoothedRttMs: number;
  readonly minRttMs: number;
  /** Whether the window, not the application or the peer, limited the sending before this SACK. */
  readonly isWindowLimited: boolean;
  /** What was sent when the last round ended has now been acknowledged: one round trip. */
  readonly isRoundEnd: boolean;
}

/** Decides how many bytes may be in flight. One object per association. */
export interface CongestionController {
  /** Bytes of chunks, headers included, that may be in flight. */
  readonly windowBytes: number;
  /** Bytes a millisecond at which to leave; Infinity sends at once. */
  readonly pacingBytesPerMs: number;
  /** So much time's worth of packets may leave at once. */
  readonly pacingBurstMs: number;
  /** Chunks were acknowledged. */
  acknowledged(sample: AckSample): void;
  /**
   * Chunks were found lost. `isAfterReaction`: the latest of them was sent after the last loss that was reacted to.
   * Returns whether this one was: then what was sent before now is part of it.
   */
  lost(now: Instant, lostChunks: number, isAfterReaction: boolean): boolean;
  /** The retransmission timer ran out with nothing acknowledged (RFC 9260 §7.2.3). */
  timedOut(now: Instant): void;
  /** The timeout proved spurious: what was thought lost had arrived. */
  undoTimeout(): void;
  /** The packet size changed (path MTU discovery). */
  packetSizeChanged(packetBytes: number): void;
  /** The path is another one: what was learnt does not apply. */
  reset(): void;
}

/** Makes the controller of one association. */
export type CongestionControllerFactory = (packetBytes: number) => CongestionController;
