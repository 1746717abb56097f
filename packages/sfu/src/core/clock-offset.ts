import type { NtpMs } from '@maru/protocol/rtcp';

/** Two clocks drift apart by no more than this from one report to the next: a hundred parts in a million. */
const DRIFT_MS = 0.1;
/** So much is no delay: a clock was set. */
const STEP_MS = 5_000;

/** How far our clock is ahead of a sender's. Only delay adds to what its reports show, so the least of them is nearest to the truth. */
export class ClockOffset {
  /** Not a number before the first report. */
  ms = Number.NaN;

  /** A report came that was sent at `senderNtpMs` by the sender's clock, at `ourNtpMs` by ours. */
  reported(ourNtpMs: NtpMs, senderNtpMs: NtpMs): void {
    const seen = ourNtpMs - senderNtpMs;
    const isKnown = seen - this.ms < STEP_MS;
    this.ms = isKnown ? Math.min(seen, this.ms + DRIFT_MS) : seen;
  }
}
