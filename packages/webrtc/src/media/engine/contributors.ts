import type { Instant } from '@maru/protocol/core';
import type { RtpPacketView } from '@maru/protocol/rtp';

/** A mixer mixes fewer: a packet names 15 at most. */
const MAX_CONTRIBUTORS = 64;

/** When somebody was last mixed into a stream. */
export interface Contribution {
  readonly at: Instant;
  readonly rtpTimestamp: number;
}

/** Whose media was mixed into a stream, and when last (RFC 3550 §5.1, CSRC). */
export class Contributors {
  private readonly last = new Map<number, Contribution>();

  /** A packet came. */
  heard(now: Instant, view: RtpPacketView): void {
    for (let i = 0; i < view.csrcCount; i++) {
      const csrc = view.csrc(i);
      this.last.delete(csrc);
      this.last.set(csrc, { at: now, rtpTimestamp: view.rtpTimestamp });
    }
    while (this.last.size > MAX_CONTRIBUTORS) this.last.delete(this.last.keys().next().value!);
  }

  /** Those of `since` and later, the newest first. */
  since(since: Instant): (Contribution & { readonly csrc: number })[] {
    return [...this.last]
      .filter(([, { at }]) => at > since)
      .map(([csrc, one]) => ({ csrc, ...one }))
      .reverse();
  }
}
