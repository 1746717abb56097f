import type { Instant } from '@maru/protocol/core';

/** Bits per second of something that is counted in bytes, between two looks at it. */
export class BitrateMeter {
  private bytes = 0;
  private at: Instant = Number.NEGATIVE_INFINITY;
  /** As of the last look. */
  bps = 0;

  look(now: Instant, bytes: number): number {
    const elapsedMs = now - this.at;
    this.bps = elapsedMs > 0 ? Math.max(0, Math.round((8_000 * (bytes - this.bytes)) / elapsedMs)) : this.bps;
    this.bytes = bytes;
    this.at = now;
    return this.bps;
  }
}
