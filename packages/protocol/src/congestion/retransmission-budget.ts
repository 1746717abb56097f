import type { Instant } from '../core/index.js';

/** Of the media's bytes, as much may always be sent again (S-52), */
const SHARE = 0.25;
/** and where packets are lost indeed, so many times the loss: what is sent again is lost likewise. */
const SHARE_OF_LOSS = 2;
const MAX_SHARE = 1;
/** So that a burst of losses is mended at once, of a stream that sends little as well. */
const WINDOW_MS = 2_000;
const MIN_BYTES = 30_000;

/** How much may be sent again: a bucket that media fills. Whoever asks for more is refused, so that nobody can have us flood the path. */
export class RetransmissionBudget {
  /** Packets refused. */
  refused = 0;
  private bytes = MIN_BYTES;
  private rate = 0;
  private at: Instant = Number.NaN;

  /** Media of so many bytes was sent, on a path that loses this share of packets ({@link CongestionController.lossShare}). */
  sent(now: Instant, bytes: number, lossShare: number): void {
    const elapsedMs = Number.isNaN(this.at) ? 0 : Math.max(0, now - this.at);
    this.at = now;
    this.rate = this.rate * Math.exp(-elapsedMs / WINDOW_MS) + bytes;
    const share = Math.min(MAX_SHARE, Math.max(SHARE, SHARE_OF_LOSS * lossShare));
    this.bytes = Math.min(this.bytes + bytes * share, Math.max(MIN_BYTES, this.rate * share));
  }

  /** Whether a packet of so many bytes may be sent again; it counts as sent. */
  take(bytes: number): boolean {
    if (bytes > this.bytes) {
      this.refused += 1;
      return false;
    }
    this.bytes -= bytes;
    return true;
  }
}
