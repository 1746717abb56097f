import { type Instant, NEVER } from '../../core/index.js';
import type { RttEstimator } from '../rtt-estimator.js';
import type { OutstandingChunks } from './outstanding-chunks.js';

/** Gap-acknowledged chunks that are evidence enough without waiting for reordered ones (RFC 8985 §6.2, step 4). */
const REPORTS_UNTIL_LOSS = 3;

/** Most quarters of the least round trip that the reordering window grows to (RFC 8985 §6.2). */
const MAX_WINDOW_STEPS = 16;

/** Clocks of drivers tick in fractions of a millisecond; what was sent this much apart was sent together. */
const MIN_WINDOW_MS = 0.25;

/**
 * Finds lost chunks by time instead of by counting: what was sent sufficiently before something that has arrived is
 * lost (RACK, RFC 8985, with SCTP's gap blocks for SACK and duplicate TSNs for D-SACK). A lost retransmission is found
 * as fast as a lost original, which counting cannot do.
 */
export class LossDetector {
  /** What the last {@link detect} marked: how many, and when the latest of them had been sent. */
  lostChunks = 0;
  newestLossSentAt: Instant = -Infinity;

  /** The newest chunk known to have arrived, by when it was sent: RACK.xmit_ts, RACK.end_seq, RACK.rtt. */
  private newestSentAt: Instant = -Infinity;
  private newestTsn = 0;
  private newestRttMs = 0;
  private highestTsn: number;
  private isReorderingSeen = false;
  private windowSteps = 1;

  constructor(
    private readonly chunks: OutstandingChunks,
    private readonly rtt: RttEstimator,
  ) {
    this.highestTsn = (chunks.firstTsn - 1) >>> 0;
  }

  /** The chunk with `tsn` in `slot` has arrived: it was in flight or thought lost until now. */
  arrived(now: Instant, slot: number, tsn: number): void {
    const sentAt = this.chunks.sentAt[slot]!;
    const isOriginal = this.chunks.transmissions[slot] === 1;
    const rttMs = now - sentAt;
    if (!isOriginal && rttMs < this.rtt.minMs) return; // the original arrived, not this copy
    if (((tsn - this.highestTsn) | 0) > 0) this.highestTsn = tsn;
    else if (isOriginal) this.isReorderingSeen = true;
    if (sentAt < this.newestSentAt || (sentAt === this.newestSentAt && ((tsn - this.newestTsn) | 0) <= 0)) return;
    this.newestSentAt = sentAt;
    this.newestTsn = tsn;
    this.newestRttMs = rttMs;
  }

  /** The peer got something twice: we were too quick. The window opens by a quarter of a round trip. */
  duplicateReported(): void {
    this.isReorderingSeen = true;
    if (this.windowSteps < MAX_WINDOW_STEPS) this.windowSteps += 1;
  }

  /** Marks what is lost by now; returns when to look again, {@link NEVER} if nothing is doubtful. How many: `lostChunks`. */
  detect(now: Instant, isRecovering: boolean): Instant {
    this.lostChunks = 0;
    this.newestLossSentAt = -Infinity;
    const { chunks } = this;
    const patienceMs = this.newestRttMs + this.reorderingWindowMs(isRecovering);
    for (let slot = chunks.oldestInFlight; slot >= 0; slot = chunks.oldestInFlight) {
      const sentAt = chunks.sentAt[slot]!;
      if (sentAt > this.newestSentAt) return NEVER;
      if (sentAt === this.newestSentAt && ((chunks.tsnAt(slot) - this.newestTsn) | 0) >= 0) return NEVER;
      if (sentAt + patienceMs > now) return sentAt + patienceMs;
      this.lostChunks += 1;
      this.newestLossSentAt = sentAt;
      chunks.markLost(slot);
    }
    return NEVER;
  }

  private reorderingWindowMs(isRecovering: boolean): number {
    const { minMs } = this.rtt;
    if (minMs === Infinity) return MIN_WINDOW_MS;
    if (!this.isReorderingSeen && (isRecovering || this.chunks.gapAckedChunks >= REPORTS_UNTIL_LOSS)) return MIN_WINDOW_MS;
    const windowMs = Math.min((this.windowSteps * minMs) / 4, this.rtt.smoothedMs ?? minMs);
    return Math.max(windowMs, MIN_WINDOW_MS);
  }
}
