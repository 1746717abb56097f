import type { CongestionController } from '@maru/protocol/congestion';
import { type Instant, NEVER, type RandomSource } from '@maru/protocol/core';
import {
  compactDuration,
  compactNtp,
  decodeRtcp,
  type ExtendedReportBlock,
  NTP_UNIX_OFFSET_MS,
  ntpFractionOf,
  ntpSecondsOf,
  type ReportBlock,
  RtcpBuilder,
  type RtcpPacket,
  roundTripMs,
  SdesItem,
} from '@maru/protocol/rtcp';
import type { MediaLayer, MediaOutputs } from '@maru/protocol/transport';
import type { RecentSources } from '../slots.js';
import type { TransceiverEntry } from '../transceiver-entry.js';
import { ArrivalFeedback } from './arrival-feedback.js';
import type { InboundStream } from './inbound-stream.js';
import type { OutboundStream } from './outbound-stream.js';
import { ReceiveSide, type ReceiveSideHost } from './receive-side.js';
import { type Sending, SendSide } from './send-side.js';

/** Reports, each somewhere between half and one and a half of it (RFC 3550 §6.2, with the reduced minimum of §6.2 for real-time use). */
const REPORT_INTERVAL_MS = 1_000;
/** Receivers whose clocks are answered in the next report; as many as streams. */
const MAX_REFERENCES = 64;

/** What a session asks of the connection. */
export interface SessionHost extends ReceiveSideHost {
  readonly random: RandomSource;
}

/** The media of one transport: streams of both ways by SSRC, and the reports about them. */
export class MediaSession implements MediaLayer {
  private readonly sending: SendSide;
  private readonly receiving: ReceiveSide;
  private readonly feedback = new ArrivalFeedback();
  /** Messages of feedback by stream (RFC 8888). */
  readonly feedbackByStream = { sent: 0, received: 0 };
  private isConnected = false;
  private readonly builder = new RtcpBuilder();
  private readonly ownSsrc: number;
  private nextReportAt: Instant = NEVER;
  /** When receivers that do not send have sent their time, to be answered with the next report (RFC 3611 §4.5). */
  private readonly references = new Map<number, { readonly compactNtp: number; readonly receivedAt: Instant }>();
  /** Reports of our time were agreed on, so that who only receives learns the round trip, too. */
  private tellsTime = false;

  constructor(private readonly host: SessionHost) {
    this.ownSsrc = host.random.uint32();
    this.sending = new SendSide(host);
    this.receiving = new ReceiveSide(host);
  }

  get deadline(): Instant {
    if (!this.isConnected) return NEVER;
    return Math.min(this.nextReportAt, this.feedback.deadline, this.sending.deadline, this.receiving.deadline);
  }

  /** Packets that belong to nobody. */
  get unknownPackets(): number {
    return this.receiving.unknownPackets;
  }

  /** Streams that we send, for statistics. */
  get outboundStreams(): readonly Sending[] {
    return this.sending.streams;
  }

  /** How many streams are silent for now and may go on, after hold for instance. */
  get restingStreams(): number {
    return this.sending.restingCount;
  }

  /** Undefined before anything was sent. */
  get congestion(): CongestionController | undefined {
    return this.sending.congestion;
  }

  get inboundStreams(): readonly { readonly entry: TransceiverEntry; readonly stream: InboundStream }[] {
    return this.receiving.owned;
  }

  /** Transceivers, tracks or parameters have changed: what is sent and taken follows. */
  configure(entries: readonly TransceiverEntry[]): void {
    this.receiving.configure(entries);
    this.sending.configure(entries);
    this.tellsTime = entries.some(({ slots }) =>
      slots.receiver.negotiated.codecs.some(({ feedback }) => feedback.some(({ type }) => type === 'rrtr')),
    );
    if (this.isConnected && this.nextReportAt === NEVER) this.nextReportAt = this.host.now();
  }

  /** Ends every feed. What is left to send is the goodbye. */
  close(): void {
    this.sending.close();
    this.receiving.clear();
  }

  /** The SSRC that repeats packets of `ssrc`, once it has. */
  repairOf(ssrc: number): number | undefined {
    return this.receiving.repairOf(ssrc);
  }

  /** Has key frames asked for of the streams that come to section `mid`. */
  askForKeyFrame(mid: string | null): void {
    this.receiving.askForKeyFrame(mid);
    this.host.wake();
  }

  /** Whose packets came to section `mid` in the last ten seconds (W3C webrtc §5.3). */
  recentSources(mid: string | null): RecentSources {
    return this.receiving.recentSources(mid);
  }

  /** Sends a key of a telephone in place of the sound of `entry` (RFC 4733). */
  playTone(entry: TransceiverEntry, tone: string, durationMs: number): void {
    this.sending.playTone(entry, tone, durationMs);
    this.host.wake();
  }

  // From and to the transport.

  connect(now: Instant): void {
    this.isConnected = true;
    this.nextReportAt = now + REPORT_INTERVAL_MS / 2;
    this.sending.connect(now);
  }

  disconnect(): void {
    this.isConnected = false;
    this.sending.disconnect();
    this.nextReportAt = NEVER;
    this.feedback.disconnect();
  }

  pathChanged(now: Instant): void {
    this.sending.pathChanged(now);
  }

  receiveRtp(now: Instant, bytes: Uint8Array, offset: number, length: number): void {
    this.receiving.receive(now, bytes, offset, length, this.feedback);
  }

  receiveRtcp(now: Instant, bytes: Uint8Array, offset: number, length: number): void {
    for (const packet of decodeRtcp(bytes.subarray(offset, offset + length)).packets) this.takeRtcp(now, packet);
  }

  private takeRtcp(now: Instant, packet: RtcpPacket): void {
    switch (packet.type) {
      case 'sender-report':
        this.receiving.find(packet.senderSsrc)?.reported(now, packet, this.ntpNow());
        return this.takeReports(now, packet.reports);
      case 'receiver-report':
        return this.takeReports(now, packet.reports);
      case 'nack':
        return this.sending.nacked(now, packet.mediaSsrc, packet.lostSequences);
      case 'pli':
        return this.outbound(packet.mediaSsrc)?.pictureLost(now);
      case 'fir':
        for (const { ssrc, commandSequence } of packet.requests) this.outbound(ssrc)?.fullIntraRequested(now, commandSequence);
        return;
      case 'twcc':
        return this.sending.receiveTwcc(now, packet);
      case 'ccfb':
        this.feedbackByStream.received += 1;
        return this.sending.receiveCcfb(now, packet);
      case 'remb':
        return this.sending.receiveRemb(now, packet.bitrateBps);
      case 'goodbye':
        for (const ssrc of packet.ssrcs) this.feedback.forget(ssrc);
        return this.receiving.goodbye(packet.ssrcs);
      case 'extended-report':
        for (const block of packet.blocks) this.takeExtendedReport(now, packet.senderSsrc, block);
        return;
      default:
    }
  }

  private takeExtendedReport(now: Instant, senderSsrc: number, block: ExtendedReportBlock): void {
    if (block.type === 'receiver-reference-time') {
      if (this.references.size >= MAX_REFERENCES && !this.references.has(senderSsrc)) return;
      const time = compactNtp(block.ntpSeconds, block.ntpFraction);
      this.references.set(senderSsrc, { compactNtp: time, receivedAt: now });
      return;
    }
    for (const { ssrc, lastReceiverReport, delaySinceLastReceiverReport } of block.entries) {
      const isOurs = ssrc === this.ownSsrc || this.outbound(ssrc) !== undefined;
      const trip = isOurs ? roundTripMs(lastReceiverReport, delaySinceLastReceiverReport, this.ntpNow()) : undefined;
      if (trip !== undefined) for (const { stream } of this.receiving.all.values()) stream.measured(trip); // one path, one round trip
    }
  }

  private outbound(ssrc: number): OutboundStream | undefined {
    return this.sending.find(ssrc)?.stream;
  }

  private takeReports(now: Instant, blocks: readonly ReportBlock[]): void {
    for (const block of blocks) {
      const trip = roundTripMs(block.lastSenderReport, block.delaySinceLastSenderReport, this.ntpNow());
      const stream = this.outbound(block.ssrc);
      if (!stream) continue;
      stream.reported(now, block, trip);
      this.sending.receiveReport(now, block.fractionLost / 256, trip);
    }
  }

  advance(now: Instant): void {
    this.receiving.advance(now);
    this.sending.advance(now);
  }

  drain(outputs: MediaOutputs): void {
    const now = this.host.now();
    this.receiving.drain(now);
    if (!this.isConnected) return;
    this.sending.drain(now, outputs);
    this.sendReports(now, outputs);
    this.sendFeedback(now, outputs);
  }

  private ntpNow(): number {
    return this.host.wallNow() + NTP_UNIX_OFFSET_MS;
  }

  /** Reports of what is sent and received, with names (RFC 3550 §6.4). */
  private sendReports(now: Instant, outputs: MediaOutputs): void {
    const ended = this.sending.takeEnded();
    if (ended.length > 0) this.sendGoodbye(ended, outputs);
    if (now < this.nextReportAt) return;
    this.receiving.measureRoundTrip();
    this.receiving.synchronize();
    this.nextReportAt = now + REPORT_INTERVAL_MS * (0.5 + this.host.random.uint32() / 2 ** 32);
    const blocks = [...this.receiving.all.values()].flatMap(({ stream }) => stream.statistics?.report(now) ?? []).slice(0, 31);
    const reports = this.sending.streams.flatMap(({ stream }) => stream.report(now, this.ntpNow(), []) ?? []);
    const [first] = reports;
    if (first?.type === 'sender-report') this.send({ ...first, reports: blocks }, outputs);
    else if (blocks.length > 0) this.send({ type: 'receiver-report', senderSsrc: this.ownSsrc, reports: blocks }, outputs);
    else return;
    for (const report of reports.slice(1)) this.send(report, outputs);
    const cname = this.sending.streams[0]?.entry.slots.sender.cname ?? this.receiving.cname ?? '';
    const ssrc = first?.type === 'sender-report' ? first.senderSsrc : this.ownSsrc;
    this.send({ type: 'source-description', chunks: [{ ssrc, items: [{ item: SdesItem.cname, text: cname }] }] }, outputs);
    this.sendExtendedReport(now, ssrc, outputs);
    this.flush(outputs);
  }

  /** Our time, where that was agreed on and for who only receives; and answers to theirs (RFC 3611 §4.4, §4.5). */
  private sendExtendedReport(now: Instant, senderSsrc: number, outputs: MediaOutputs): void {
    const blocks: ExtendedReportBlock[] = [];
    const ntpMs = this.ntpNow();
    if (this.tellsTime && this.receiving.all.size > 0)
      blocks.push({
        type: 'receiver-reference-time',
        ntpSeconds: ntpSecondsOf(ntpMs),
        ntpFraction: ntpFractionOf(ntpMs),
      });
    if (this.references.size > 0) {
      const entries = [...this.references].map(([ssrc, { compactNtp: lastReceiverReport, receivedAt }]) => ({
        ssrc,
        lastReceiverReport,
        delaySinceLastReceiverReport: compactDuration(now - receivedAt),
      }));
      blocks.push({ type: 'delay-since-last-receiver-report', entries });
      this.references.clear();
    }
    if (blocks.length > 0) this.send({ type: 'extended-report', senderSsrc, blocks }, outputs);
  }

  /** Behind a report, as a compound has it, since receivers may not have agreed to less (RFC 3550 §6.1). */
  private sendGoodbye(ssrcs: readonly number[], outputs: MediaOutputs): void {
    this.send({ type: 'receiver-report', senderSsrc: ssrcs[0] ?? this.ownSsrc, reports: [] }, outputs);
    this.send({ type: 'goodbye', ssrcs, reason: undefined }, outputs);
    this.flush(outputs);
  }

  /** What congestion control, retransmission and decoders need at once. */
  private sendFeedback(now: Instant, outputs: MediaOutputs): void {
    const senderSsrc = this.sending.streams[0]?.stream.settings.ssrc ?? this.ownSsrc;
    if (now >= this.feedback.deadline) {
      const mediaSsrc = this.receiving.all.keys().next().value ?? 0;
      this.feedback.drain(now, this.ntpNow(), senderSsrc, mediaSsrc, (packet) => {
        if (packet.type === 'ccfb') this.feedbackByStream.sent += 1;
        this.send(packet, outputs);
      });
    }
    for (const { stream } of this.receiving.all.values()) {
      const lostSequences = stream.dueNacks(now);
      if (lostSequences.length > 0) this.send({ type: 'nack', senderSsrc, mediaSsrc: stream.ssrc, lostSequences }, outputs);
      if (stream.kind === 'video' && stream.takeKeyFrameRequest(now)) {
        this.send({ type: 'pli', senderSsrc, mediaSsrc: stream.ssrc }, outputs);
      }
    }
    this.flush(outputs);
  }

  private send(packet: RtcpPacket, outputs: MediaOutputs): void {
    if (this.builder.add(packet)) return;
    this.flush(outputs);
    this.builder.add(packet);
  }

  private flush(outputs: MediaOutputs): void {
    if (this.builder.isEmpty) return;
    const datagram = this.builder.take();
    outputs.rtcp(datagram, 0, datagram.length);
  }
}
