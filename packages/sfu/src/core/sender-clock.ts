import { serialDistance32 } from '@maru/protocol/bytes';
import { type NtpMs, ntpMsOf, type SenderReportPacket } from '@maru/protocol/rtcp';

/** What a source's sender reports say: which moment of its sender's clock each RTP timestamp is of (RFC 3550 §6.4.1). */
export class SenderClock {
  private ntpMs: NtpMs = Number.NaN;
  private rtpTimestamp = 0;

  get isKnown(): boolean {
    return !Number.isNaN(this.ntpMs);
  }

  report(report: SenderReportPacket): void {
    this.ntpMs = ntpMsOf(report.ntpSeconds, report.ntpFraction);
    this.rtpTimestamp = report.rtpTimestamp;
  }

  /** When, by the sender's clock, the media at `rtpTimestamp` was captured. */
  timeOf(rtpTimestamp: number, clockRate: number): NtpMs {
    return this.ntpMs + (serialDistance32(this.rtpTimestamp, rtpTimestamp) * 1_000) / clockRate;
  }

  /** What media captured at `ntpMs` would carry. */
  timestampAt(ntpMs: NtpMs, clockRate: number): number {
    return (this.rtpTimestamp + Math.round(((ntpMs - this.ntpMs) * clockRate) / 1_000)) >>> 0;
  }
}
