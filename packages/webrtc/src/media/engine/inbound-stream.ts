import { type Instant, NEVER } from '@maru/protocol/core';
import type { PayloadCodec } from '@maru/protocol/jsep';
import { type EncodedFrame, FrameAssembler } from '@maru/protocol/payload';
import { ReceptionStatistics, type SenderReportPacket } from '@maru/protocol/rtcp';
import { type RtpPacketView, SequenceUnroller } from '@maru/protocol/rtp';
import { depacketizerFor } from './codecs.js';
import type { ReceivedMedia } from './encoded-media.js';
import { NackList } from './nack-list.js';

/** How often missing packets are looked through. */
const NACK_TICK_MS = 10;
/** Key frames are asked for as often, or every other round trip, as long as none comes: requests get lost too, and senders bound them. */
const KEY_FRAME_SPACING_MS = 100;

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
  };
  statistics: ReceptionStatistics | undefined;
  /** What it is decoded by now; undefined before the first packet. */
  codec: PayloadCodec | undefined;
  lastRtpTimestamp = 0;
  audioLevel: number | undefined;
  lastSenderReport: { readonly report: SenderReportPacket; readonly receivedAt: Instant } | undefined;
  senderReports = 0;
  /** Of the path: what was asked for again cannot be here before. */
  roundTripMs = 0;
  private assembler: FrameAssembler | undefined;
  private readonly unroller = new SequenceUnroller();
  private readonly nacks = new NackList();
  private nextNackAt: Instant = 0;
  private keyFrameAskedAt = Number.NEGATIVE_INFINITY;
  private wantsKeyFrame = false;

  constructor(
    readonly kind: 'audio' | 'video',
    readonly ssrc: number,
    readonly rid: string | undefined,
    private readonly deliver: (media: ReceivedMedia) => void,
  ) {}

  get deadline(): Instant {
    if (this.nacks.isEmpty) return this.assembler?.deadline ?? NEVER;
    return Math.min(this.nextNackAt, this.assembler?.deadline ?? NEVER);
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
    const isHopeless = this.nacks.received(now, this.unroller.unroll(view.sequenceNumber));
    if (isHopeless) this.wantsKeyFrame = true;
    if (!this.nacks.isEmpty && this.nextNackAt < now) this.nextNackAt = now + NACK_TICK_MS;
    if (this.assembler) this.assembler.receive(now, view);
    else if (view.payloadBytes > 0) this.deliverSound(now, view, codec);
  }

  private adopt(codec: PayloadCodec): void {
    if (this.codec?.payloadType === codec.payloadType) return;
    this.codec = codec;
    if (this.kind === 'audio') return;
    const depacketizer = depacketizerFor(codec);
    this.assembler = depacketizer && new FrameAssembler(depacketizer);
  }

  private deliverSound(now: Instant, view: RtpPacketView, codec: PayloadCodec): void {
    this.counters.framesReceived += 1;
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
  drain(): void {
    this.assembler?.drain(this.onFrame);
  }

  private readonly onFrame = (frame: EncodedFrame): void => {
    if (!this.codec) return;
    const { counters } = this;
    counters.framesReceived += 1;
    if (frame.isKeyFrame) {
      counters.keyFramesReceived += 1;
      this.wantsKeyFrame = false;
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

  /** Numbers to ask for again now. */
  dueNacks(now: Instant): number[] {
    if (this.nacks.isEmpty || now < this.nextNackAt) return [];
    this.nextNackAt = now + NACK_TICK_MS;
    const due = this.nacks.due(now, this.roundTripMs);
    if (due.length > 0) this.counters.nackCount += 1;
    return due;
  }

  /** Whether a key frame is to be asked for now; it counts as asked. */
  takeKeyFrameRequest(now: Instant): boolean {
    const isNeeded = this.wantsKeyFrame || (this.assembler?.needsKeyFrame ?? false);
    const spacingMs = Math.max(KEY_FRAME_SPACING_MS, 2 * this.roundTripMs);
    if (!isNeeded || this.counters.packetsReceived === 0 || now - this.keyFrameAskedAt < spacingMs) return false;
    this.keyFrameAskedAt = now;
    this.counters.pliCount += 1;
    return true;
  }

  get isAwaitingKeyFrame(): boolean {
    return this.counters.packetsReceived > 0 && (this.wantsKeyFrame || (this.assembler?.needsKeyFrame ?? false));
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
