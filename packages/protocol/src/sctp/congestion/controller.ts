import type { Instant } from '../../core/index.js';

/** What an acknowledgement tells a {@link CongestionController}. Reused between calls: read it, do not keep it. */
export interface AckSample {
  /** When the SACK arrived. */
  readonly now: Instant;
  /** Bytes of user data acknowledged for the first time. */
  readonly ackedBytes: number;
  /** Bytes still in flight after it. */
  readonly inFlightBytes: number;
  /** Round trip of the newest chunk that was sent once; undefined if this SACK has none (Karn's rule). */
  readonly rttMs: number | undefined;
  /** Whether the window, not the application or the peer, limited the sending before this SACK. */
  readonly isWindowLimited: boolean;
  /** A round trip has passed since the last sample that said so. */
  readonly isRoundEnd: boolean;
}

/** Decides how many bytes may be in flight. One object per association. */
export interface CongestionController {
  /** Bytes of user data that may be in flight. */
  readonly windowBytes: number;
  /** Bytes a millisecond at which to leave; Infinity sends at once. */
  readonly pacingBytesPerMs: number;
  /** Chunks were acknowledged. */
  acknowledged(sample: AckSample): void;
  /** Chunks were found lost; `isNewEpisode` once for all losses of one round trip. */
  lost(now: Instant, lostBytes: number, isNewEpisode: boolean): void;
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
