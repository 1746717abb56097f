import { serialDistance16, serialDistance32 } from '../bytes/index.js';
import type { Instant } from '../core/index.js';
import { compactDuration, compactNtp, type NtpMs, ntpMsOf } from './ntp.js';
import type { ReportBlock, SenderReportPacket } from './packets/report.js';

/** A jump of this many ahead, or that many back, is not believed until the next packet confirms it (RFC 3550 A.1). */
const MAX_DROPOUT = 3_000;
const MAX_MISORDER = 100;

const SEQUENCES = 2 ** 16;

/** What one receiver knows of one source, and reports (RFC 3550 §6.4.1, A.1, A.3, A.8). One call a packet, without garbage. */
export class ReceptionStatistics {
  private packets = 0;
  private highest = -1;
  private cycles = 0;
  private base = 0;
  /** The number that would confirm a jump; -1 while none is suspected. */
  private suspected = -1;

  private expectedBefore = 0;
  private packetsBefore = 0;

  private jitterUnits = 0;
  private lastArrivedAt: Instant = 0;
  private lastRtpTimestamp = 0;

  private lastSenderReport = 0;
  private senderReportAt: Instant = 0;
  private senderReportNtpMs: NtpMs | undefined;
  private senderReportRtpTimestamp = 0;

  constructor(
    readonly ssrc: number,
    private readonly clockRate: number,
  ) {}

  /** Duplicates count too: they make up for losses, as RFC 3550 wants it. */
  get packetsReceived(): number {
    return this.packets;
  }

  /** Expected less received; below zero when there were duplicates. */
  get packetsLost(): number {
    return this.expected - this.packets;
  }

  get jitterMs(): number {
    return (this.jitterUnits * 1_000) / this.clockRate;
  }

  /** A packet came. */
  received(now: Instant, sequenceNumber: number, rtpTimestamp: number): void {
    if (this.highest < 0) this.restart(sequenceNumber);
    else if (!this.follow(sequenceNumber)) return;
    this.packets += 1;
    if (sequenceNumber === this.highest) this.measureJitter(now, rtpTimestamp);
  }

  /** A report of the source itself came. */
  receivedSenderReport(now: Instant, report: SenderReportPacket): void {
    this.lastSenderReport = compactNtp(report.ntpSeconds, report.ntpFraction);
    this.senderReportAt = now;
    this.senderReportNtpMs = ntpMsOf(report.ntpSeconds, report.ntpFraction);
    this.senderReportRtpTimestamp = report.rtpTimestamp;
  }

  /** When, by the sender's clock, the media at `rtpTimestamp` was captured; undefined before its first report. */
  senderTimeOf(rtpTimestamp: number): NtpMs | undefined {
    if (this.senderReportNtpMs === undefined) return undefined;
    const units = serialDistance32(this.senderReportRtpTimestamp, rtpTimestamp);
    return this.senderReportNtpMs + (units * 1_000) / this.clockRate;
  }

  /** The block to report now; begins a new interval for the fraction lost. Undefined while nothing was received. */
  report(now: Instant): ReportBlock | undefined {
    if (this.highest < 0) return undefined;
    const { expected, packets } = this;
    const expectedInInterval = expected - this.expectedBefore;
    const lostInInterval = expectedInInterval - (packets - this.packetsBefore);
    this.expectedBefore = expected;
    this.packetsBefore = packets;
    const isLossy = expectedInInterval > 0 && lostInInterval > 0;
    return {
      ssrc: this.ssrc,
      fractionLost: isLossy ? Math.min(255, Math.floor((lostInInterval * 256) / expectedInInterval)) : 0,
      cumulativeLost: Math.min(Math.max(expected - packets, -0x80_0000), 0x7f_ffff),
      extendedHighestSequence: (this.cycles * SEQUENCES + this.highest) % 2 ** 32,
      jitter: Math.floor(this.jitterUnits),
      lastSenderReport: this.lastSenderReport,
      delaySinceLastSenderReport: this.lastSenderReport === 0 ? 0 : compactDuration(now - this.senderReportAt),
    };
  }

  private get expected(): number {
    return this.highest < 0 ? 0 : this.cycles * SEQUENCES + this.highest - this.base + 1;
  }

  private restart(sequenceNumber: number): void {
    this.base = sequenceNumber;
    this.highest = sequenceNumber;
    this.cycles = 0;
    this.suspected = -1;
    this.packets = 0;
    this.expectedBefore = 0;
    this.packetsBefore = 0;
    this.lastArrivedAt = 0;
  }

  /** Moves the highest number on. False for a packet that jumps so far that the source may have begun anew. */
  private follow(sequenceNumber: number): boolean {
    const ahead = serialDistance16(this.highest, sequenceNumber);
    if (ahead > 0 && ahead < MAX_DROPOUT) {
      if (sequenceNumber < this.highest) this.cycles += 1;
      this.highest = sequenceNumber;
      this.suspected = -1;
      return true;
    }
    if (ahead <= 0 && ahead > -MAX_MISORDER) return true;
    if (sequenceNumber === this.suspected) {
      this.restart(sequenceNumber);
      return true;
    }
    this.suspected = (sequenceNumber + 1) & 0xffff;
    return false;
  }

  /**
   * Deviates from RFC 3550 §6.4.1, which takes every packet: the packets of one frame have one timestamp and are paced, so they
   * would tell of the pacer and not of the network. Reordered packets are left out for the like reason. As libwebrtc does.
   */
  private measureJitter(now: Instant, rtpTimestamp: number): void {
    const isFirst = this.packets === 1;
    const units = serialDistance32(this.lastRtpTimestamp, rtpTimestamp);
    if (!isFirst && units === 0) return;
    if (!isFirst) {
      const late = Math.abs(((now - this.lastArrivedAt) * this.clockRate) / 1_000 - units);
      // What is more than five seconds off is a pause or a new clock, and no jitter.
      if (late < 5 * this.clockRate) this.jitterUnits += (late - this.jitterUnits) / 16;
    }
    this.lastArrivedAt = now;
    this.lastRtpTimestamp = rtpTimestamp;
  }
}
