import { KeyFrameThrottle, NackScheduler } from '@maru/protocol/congestion';
import { type Instant, NEVER } from '@maru/protocol/core';
import type { PayloadCodec } from '@maru/protocol/jsep';
import { type EncodedFrame, FrameAssembler } from '@maru/protocol/payload';
import { ReceptionStatistics, type SenderReportPacket } from '@maru/protocol/rtcp';
import { type RtpPacketView, SequenceUnroller } from '@maru/protocol/rtp';
import { depacketizerFor } from './codecs.js';
import type { ReceivedMedia } from './encoded-media.js';
import { FrameCadence } from './frame-cadence.js';
import { SoundMeter } from './sound-meter.js';

/** Key frames are asked for as often, as long as none comes: requests get lost too, and senders bound them. */
const KEY_FRAME_SPACING_MS = 100;
/** How long a missing packet is waited for: requests and what is sent again are lost too, and a key frame takes its time as well. */
const WAIT_ROUND_TRIPS = 10;
const MIN_WAIT_MS = 500;
const MAX_WAIT_MS = 2_000;

export interface InboundCounters {
  bytesReceived: number;
  headerBytesReceived: number;
  packetsReceived: number;
  lastPacketReceivedAt: Instant;
  retransmittedPacketsReceived: number;
  retransmittedBytesReceived: number;
  nackCount: number;
  pliCount: number;
  framesReceived: number;
  keyFramesReceived: number;
  frameWidth: number;
  frameHeight: number;
  framesOfSeveralPackets: number;
  /** Of those: from their first packet to their last, in seconds. */
  totalAssemblyTime: number;
  /** From the first packet of a frame until it is handed over, in seconds. */
  totalDelay: number;
}

/** One RTP stream that comes from the other side: packets in, encoded media out, and what is asked of the sender. */
export class InboundStream {
  readonly counters: InboundCounters = {
    bytesReceived: 0,
    headerBytesReceived: 0,
    packetsReceived: 0,
    lastPacketReceivedAt: 0,
    retransmittedPacketsReceived: 0,
    retransmittedBytesReceived: 0,
    nackCount: 0,
    pliCount: 0,
    framesReceived: 0,
    keyFramesReceived: 0,
    frameWidth: 0,
    frameHeight: 0,
    framesOfSeveralPackets: 0,
    totalAssemblyTime: 0,
    totalDelay: 0,
  };
  readonly cadence = new FrameCadence();
  readonly sound = new SoundMeter();
  statistics: ReceptionStatistics | undefined;
  /** What it is decoded by now; undefined before the first packet. */
  codec: PayloadCodec | undefined;
  lastRtpTimestamp = 0;
  audioLevel: number | undefined;
  lastSenderReport: { readonly report: SenderReportPacket; readonly receivedAt: Instant } | undefined;
  senderReports = 0;
  private assembler: FrameAssembler | undefined;
  private readonly unroller = new SequenceUnroller();
  private readonly nacks = new NackScheduler();
  private readonly keyFrames = new KeyFrameThrottle(KEY_FRAME_SPACING_MS);
  private drainedAt: Instant = 0;
  /** Generic NACKs were agreed on (RFC 4585 §4.2). */
  private isRepairable = false;
  private waitMs = MIN_WAIT_MS;

  constructor(
    readonly kind: 'audio' | 'video',
    readonly ssrc: number,
    readonly rid: string | undefined,
    private readonly deliver: (media: ReceivedMedia) => void,
  ) {}

  /** Of the path: what was asked for again cannot be here before. */
  set roundTripMs(value: number) {
    this.nacks.roundTripMs = this.keyFrames.roundTripMs = value;
    this.waitMs = Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, WAIT_ROUND_TRIPS * value));
    if (this.assembler) this.assembler.maxWaitMs = this.waitMs;
  }

  get deadline(): Instant {
    return Math.min(this.nacks.deadline, this.keyFrames.deadline, this.assembler?.deadline ?? NEVER);
  }

  /** Takes the packet under `view`; `isRepair` for one that was sent again. */
  receive(now: Instant, view: RtpPacketView, codec: PayloadCodec, isRepair: boolean): void {
    this.adopt(codec);
    const { counters } = this;
    if (isRepair) {
      counters.retransmittedPacketsReceived += 1;
      counters.retransmittedBytesReceived += view.payloadBytes;
    } else {
      this.statistics ??= new ReceptionStatistics(this.ssrc, codec.clockRate);
      this.statistics.received(now, view.sequenceNumber, view.rtpTimestamp);
    }
    counters.packetsReceived += 1;
    counters.bytesReceived += view.payloadBytes;
    counters.headerBytesReceived += view.headerBytes + view.paddingBytes;
    counters.lastPacketReceivedAt = now;
    this.lastRtpTimestamp = view.rtpTimestamp;
    this.missing(now, view.sequenceNumber, isRepair);
    if (this.assembler) this.assembler.receive(now, view);
    else if (view.payloadBytes > 0) this.deliverSound(now, view, codec);
  }

  /** Looks what is missing, where the sender has agreed to send it again. */
  private missing(now: Instant, sequenceNumber: number, isRepair: boolean): void {
    if (!this.isRepairable) return;
    this.nacks.received(now, this.unroller.unroll(sequenceNumber), isRepair);
    if (!this.nacks.takeGivenUp() || !this.assembler) return;
    this.keyFrames.need();
    this.assembler.giveUp();
  }

  private adopt(codec: PayloadCodec): void {
    if (this.codec?.payloadType === codec.payloadType) return;
    this.codec = codec;
    this.isRepairable = codec.feedback.some(({ type, parameter }) => type === 'nack' && parameter === '');
    if (this.kind === 'audio') return;
    const depacketizer = depacketizerFor(codec);
    this.assembler = depacketizer && new FrameAssembler(depacketizer, { maxWaitMs: this.waitMs });
  }

  private deliverSound(now: Instant, view: RtpPacketView, codec: PayloadCodec): void {
    this.counters.framesReceived += 1;
    this.sound.packet(view.rtpTimestamp, codec.clockRate, this.audioLevel);
    this.deliver({
      codec,
      data: view.payload().slice(),
      isKeyFrame: true,
      rtpTimestamp: view.rtpTimestamp,
      ssrc: this.ssrc,
      width: 0,
      height: 0,
      receivedAtMs: now,
      ...(this.audioLevel !== undefined && { audioLevel: this.audioLevel }),
    });
  }

  /** Hands over what is whole. */
  drain(now: Instant): void {
    this.drainedAt = now;
    this.assembler?.drain(this.onFrame);
  }

  private count({ bytes, packetCount, firstReceivedAt, lastReceivedAt }: EncodedFrame): void {
    const { counters, drainedAt } = this;
    counters.framesReceived += 1;
    counters.totalDelay += (drainedAt - firstReceivedAt) / 1_000;
    this.cadence.frame(drainedAt, bytes.length);
    if (packetCount < 2) return;
    counters.framesOfSeveralPackets += 1;
    counters.totalAssemblyTime += (lastReceivedAt - firstReceivedAt) / 1_000;
  }

  private readonly onFrame = (frame: EncodedFrame): void => {
    if (!this.codec) return;
    const { counters } = this;
    this.count(frame);
    if (frame.isKeyFrame) {
      counters.keyFramesReceived += 1;
      this.keyFrames.arrived();
      this.nacks.forgetBefore(frame.firstSequence);
      if (frame.width > 0) Object.assign(counters, { frameWidth: frame.width, frameHeight: frame.height });
    }
    this.deliver({
      codec: this.codec,
      data: frame.bytes.slice(),
      isKeyFrame: frame.isKeyFrame,
      rtpTimestamp: frame.rtpTimestamp,
      ssrc: this.ssrc,
      width: frame.width,
      height: frame.height,
      receivedAtMs: frame.lastReceivedAt,
    });
  };

  advance(now: Instant): void {
    this.assembler?.advance(now);
  }

  /** Numbers to ask for again now; lent until the next call. */
  dueNacks(now: Instant): readonly number[] {
    const due = this.nacks.due(now);
    if (due.length > 0) this.counters.nackCount += 1;
    return due;
  }

  /** Has a key frame asked for, as soon as the last request is old enough. */
  askForKeyFrame(): void {
    this.keyFrames.need();
  }

  /** Whether a key frame is to be asked for now; it counts as asked. */
  takeKeyFrameRequest(now: Instant): boolean {
    if (this.assembler?.needsKeyFrame && this.counters.packetsReceived > 0) this.keyFrames.need();
    if (!this.keyFrames.take(now)) return false;
    this.counters.pliCount += 1;
    return true;
  }

  /** What the frame assembler has given up, for statistics. */
  get framesLost(): number {
    return this.assembler?.counters.framesLost ?? 0;
  }

  get packetsDiscarded(): number {
    return this.assembler?.counters.packetsLate ?? 0;
  }

  reported(now: Instant, report: SenderReportPacket): void {
    this.statistics?.receivedSenderReport(now, report);
    this.lastSenderReport = { report, receivedAt: now };
    this.senderReports += 1;
  }
}
