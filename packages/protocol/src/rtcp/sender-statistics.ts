import { type NtpMs, ntpFractionOf, ntpSecondsOf } from './ntp.js';
import type { ReportBlock, SenderReportPacket } from './packets/report.js';

/** What one source has sent, and reports (RFC 3550 §6.4.1). */
export class SenderStatistics {
  private packets = 0;
  private octets = 0;

  constructor(readonly ssrc: number) {}

  /** Modulo nothing; reports say the low 32 bits. */
  get packetsSent(): number {
    return this.packets;
  }

  /** Of payload, headers and padding left out (RFC 3550 §6.4.1). */
  get octetsSent(): number {
    return this.octets;
  }

  sent(payloadBytes: number): void {
    this.packets += 1;
    this.octets += payloadBytes;
  }

  /** `rtpTimestamp` is what a sample captured at `now` would carry. */
  report(now: NtpMs, rtpTimestamp: number, reports: readonly ReportBlock[]): SenderReportPacket {
    return {
      type: 'sender-report',
      senderSsrc: this.ssrc,
      ntpSeconds: ntpSecondsOf(now),
      ntpFraction: ntpFractionOf(now),
      rtpTimestamp,
      packetCount: this.packets % 2 ** 32,
      octetCount: this.octets % 2 ** 32,
      reports,
    };
  }
}
