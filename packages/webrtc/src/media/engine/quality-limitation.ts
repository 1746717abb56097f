import type { Instant } from '@maru/protocol/core';

/** What holds an encoding below what it could use, now and so far (webrtc-stats, `qualityLimitationReason`). */
export class QualityLimitation {
  reason: 'none' | 'bandwidth' = 'none';
  /** What it is granted, in bit/s. */
  grantedBps = 0;
  /** Since there was too little of something, or enough again. */
  resolutionChanges = 0;
  private size = '';
  private wasLimited = false;
  private readonly pastMs = { none: 0, bandwidth: 0 };

  constructor(private since: Instant) {}

  /** So much is granted from now on, of what it could use. */
  grant(now: Instant, grantedBps: number, wantedBps: number): void {
    this.pastMs[this.reason] += now - this.since;
    this.since = now;
    this.grantedBps = grantedBps;
    this.reason = grantedBps < wantedBps ? 'bandwidth' : 'none';
  }

  /** A picture of this size goes out. */
  sized(width: number, height: number): void {
    const size = `${width}x${height}`;
    if (size === this.size) return;
    const isLimited = this.reason !== 'none';
    if (this.size !== '' && (isLimited || this.wasLimited)) this.resolutionChanges += 1;
    this.size = size;
    this.wasLimited = isLimited;
  }

  /** In seconds, for each reason that there is; we know nothing of the processor. */
  durations(now: Instant): Readonly<Record<'none' | 'cpu' | 'bandwidth' | 'other', number>> {
    const seconds = (reason: 'none' | 'bandwidth'): number =>
      (this.pastMs[reason] + (reason === this.reason ? now - this.since : 0)) / 1_000;
    return { none: seconds('none'), cpu: 0, bandwidth: seconds('bandwidth'), other: 0 };
  }
}
