import { JitterBuffer, KeyFrameThrottle, NackScheduler } from '@maru/protocol/congestion';
import { type Instant, Malformed, NEVER } from '@maru/protocol/core';
import { isRed, type PayloadCodec } from '@maru/protocol/jsep';
import { type EncodedFrame, type FecScheme, FrameAssembler, RedBlocks, type ToneEvent, ToneReader } from '@maru/protocol/payload';
import { NTP_UNIX_OFFSET_MS, ntpMsOf, ReceptionStatistics, type SenderReportPacket } from '@maru/protocol/rtcp';
import { type AbsCaptureTime, CaptureTimes, type RtpPacketView, SequenceUnroller } from '@maru/protocol/rtp';
import { depacketizerFor, isTelephoneEvent } from './codecs.js';
import { Contributors } from './contributors.js';
import type { ReceivedMedia } from './encoded-media.js';
import type { ExtensionIds } from './extension-ids.js';
import { FrameCadence } from './frame-cadence.js';
import { HeardFrames } from './heard-frames.js';
import { Orientation } from './orientation.js';
import { QuantizerSum } from './quantizer-sum.js';
import { RemoteClock } from './remote-clock.js';
import { SoundMeter } from './sound-meter.js';
import { StreamMending } from './stream-mending.js';

/** Key frames are asked for as often, as long as none comes: requests get lost too, and senders bound them. */
const KEY_FRAME_SPACING_MS = 100;
/** How long a missing packet is waited for: requests and what is sent again are lost too, and a key frame takes its time as well. */
const WAIT_ROUND_TRIPS = 10;
const MIN_WAIT_MS = 500;
const MAX_WAIT_MS = 2_000;

/** How a packet got here: at the first try, as a retransmission, or out of others by forward error correction. */
export type PacketOrigin = 'sent' | 'sent-again' | 'recovered';

/** What was agreed on for the section that a stream comes to. */
export interface Agreed {
  readonly codecOf: (payloadType: number) => PayloadCodec | undefined;
  readonly extensions: ExtensionIds;
}

/** Where what a stream receives goes. */
export interface InboundSink {
  /** As soon as it is whole. `hold` keeps it, or what a transform has made of it, until its turn. */
  media(media: ReceivedMedia, hold: (media: ReceivedMedia) => void): void;
  /** When its turn to be played has come, if that was asked for. */
  timedMedia(media: ReceivedMedia): void;
  /** Something is held: its turn may come before anything else happens. */
  wake(): void;
  /** A key of a telephone was pressed or let go (RFC 4733); `clockRate` of its duration. */
  tone(event: ToneEvent, clockRate: number): void;
}

export interface InboundCounters {
  bytesReceived: number;
  headerBytesReceived: number;
  packetsReceived: number;
  lastPacketReceivedAt: Instant;
  retransmittedPacketsReceived: number;
  retransmittedBytesReceived: number;
  nackCount: number;
  pliCount: number;
  /** Redundant frames of sound, and those of them that were heard already (RFC 2198). */
  redundantFramesReceived: number;
  redundantFramesDiscarded: number;
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

/** What is known of when media was captured. */
type CaptureMembers = Pick<ReceivedMedia, 'captureTimeMs' | 'captureClockOffsetMs' | 'senderCaptureOffsetMs'>;

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
    redundantFramesReceived: 0,
    redundantFramesDiscarded: 0,
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
  readonly contributors = new Contributors();
  readonly quantizers = new QuantizerSum();
  readonly orientation = new Orientation();
  readonly captureTimes = new CaptureTimes();
  /** The clock of its sender's reports. */
  private readonly senderClock = new RemoteClock();
  /** Undefined before the first packet that protects others. */
  mending: StreamMending | undefined;
  /** Undefined as long as nobody has wanted its media in its time. */
  playout: JitterBuffer<ReceivedMedia> | undefined;
  /** What was handed over before that, and the time that putting it together took. */
  emittedAtOnce = { count: 0, delayMs: 0 };
  statistics: ReceptionStatistics | undefined;
  /** What it is decoded by now; undefined before the first packet. */
  codec: PayloadCodec | undefined;
  lastRtpTimestamp = 0;
  audioLevel: number | undefined;
  lastSenderReport: { readonly report: SenderReportPacket; readonly receivedAt: Instant } | undefined;
  senderReports = 0;
  /** To the sender and back, where extended reports tell (RFC 3611). */
  readonly roundTrips = { count: 0, totalMs: 0, lastMs: 0 };
  private assembler: FrameAssembler | undefined;
  private readonly unroller = new SequenceUnroller();
  private readonly nacks = new NackScheduler();
  private readonly keyFrames = new KeyFrameThrottle(KEY_FRAME_SPACING_MS);
  private drainedAt: Instant = 0;
  private readonly redundancy = new RedBlocks();
  private readonly heard = new HeardFrames();
  private readonly tones = new ToneReader();
  /** The delay that scripts ask for, in milliseconds; undefined as long as nobody wants media in its time. */
  private wantedDelayMs: number | undefined;
  /** Generic NACKs were agreed on (RFC 4585 §4.2). */
  private isRepairable = false;
  private waitMs = MIN_WAIT_MS;
  private pathRoundTripMs = 0;

  constructor(
    readonly kind: 'audio' | 'video',
    readonly ssrc: number,
    readonly rid: string | undefined,
    private readonly sink: InboundSink,
  ) {}

  /** Of the path: what was asked for again cannot be here before. */
  set roundTripMs(value: number) {
    this.pathRoundTripMs = this.nacks.roundTripMs = this.keyFrames.roundTripMs = value;
    this.waitMs = Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, WAIT_ROUND_TRIPS * value));
    if (this.assembler) this.assembler.maxWaitMs = this.waitMs;
  }

  get deadline(): Instant {
    const asked = Math.min(this.nacks.deadline, this.keyFrames.deadline);
    return Math.min(asked, this.assembler?.deadline ?? NEVER, this.playout?.deadline ?? NEVER);
  }

  /** Takes the packet under `view`, of video out of RED. */
  receive(now: Instant, view: RtpPacketView, codec: PayloadCodec, origin: PacketOrigin, agreed: Agreed): void {
    this.count(now, view, codec, origin);
    if (isTelephoneEvent(codec)) return this.takeTone(view, codec);
    this.adopt(codec);
    this.missing(now, view.sequenceNumber, origin !== 'sent');
    if (this.assembler) this.assembler.receive(now, view, agreed.extensions['dependency-descriptor']);
    else if (isRed(codec)) this.takeRedundant(now, view, agreed);
    else if (view.payloadBytes > 0) this.hear(now, codec, view.payload(), view.rtpTimestamp);
  }

  /** A packet of the sequence that carries no media came: what protects others. */
  receiveProtection(now: Instant, view: RtpPacketView, origin: PacketOrigin): void {
    if (!this.codec) return;
    this.count(now, view, this.codec, origin);
    this.missing(now, view.sequenceNumber, origin !== 'sent');
    this.assembler?.receivePayload(now, view.sequenceNumber, view.rtpTimestamp, false, view.bytes, view.payloadOffset, 0);
  }

  private count(now: Instant, view: RtpPacketView, { clockRate }: PayloadCodec, origin: PacketOrigin): void {
    const { counters } = this;
    if (origin === 'sent') {
      this.statistics ??= new ReceptionStatistics(this.ssrc, clockRate);
      this.statistics.received(now, view.sequenceNumber, view.rtpTimestamp);
    } else if (origin === 'sent-again') {
      counters.retransmittedPacketsReceived += 1;
      counters.retransmittedBytesReceived += view.payloadBytes;
    } else return; // counted among those that protect
    counters.packetsReceived += 1;
    counters.bytesReceived += view.payloadBytes;
    counters.headerBytesReceived += view.headerBytes + view.paddingBytes;
    counters.lastPacketReceivedAt = now;
    this.lastRtpTimestamp = view.rtpTimestamp;
    this.captureTimes.heard(view.csrcCount > 0 ? view.csrc(0) : this.ssrc);
    if (view.csrcCount > 0) this.contributors.heard(now, view);
  }

  /** Begins to mend the stream by packets of `scheme`. */
  mendBy(scheme: FecScheme): StreamMending {
    if (this.mending?.scheme !== scheme) this.mending = new StreamMending(scheme, this.ssrc);
    return this.mending;
  }

  /** Media is wanted in its time, `delayMs` late at least; undefined: nobody wants it so. */
  playIn(delayMs: number | undefined): void {
    // Who has begun to wait goes on, without delay: what statistics count must not jump.
    this.wantedDelayMs = this.playout ? (delayMs ?? 0) : delayMs;
    if (this.playout) this.playout.wantedDelayMs = delayMs ?? 0;
  }

  private takeTone(view: RtpPacketView, { clockRate }: PayloadCodec): void {
    const events = this.tones.receive(view.rtpTimestamp, view.bytes, view.payloadOffset, view.payloadBytes);
    if (events instanceof Malformed) return;
    for (const event of events) this.sink.tone(event, clockRate);
  }

  /** Frames of sound, the redundant ones only if they have not been heard (RFC 2198). */
  private takeRedundant(now: Instant, view: RtpPacketView, { codecOf }: Agreed): void {
    const { redundancy: blocks, counters } = this;
    if (blocks.reset(view.bytes, view.payloadOffset, view.payloadBytes)) return;
    while (blocks.next()) {
      const codec = codecOf(blocks.payloadType);
      if (!codec || blocks.length === 0) continue;
      const rtpTimestamp = (view.rtpTimestamp - blocks.timestampOffset) >>> 0;
      const data = view.bytes.subarray(blocks.offset, blocks.offset + blocks.length);
      const isNew = this.hear(now, codec, data, rtpTimestamp, !blocks.isPrimary);
      if (blocks.isPrimary) continue;
      counters.redundantFramesReceived += 1;
      if (!isNew) counters.redundantFramesDiscarded += 1;
    }
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

  /** Gives a frame of sound; false if it was given already. */
  private hear(now: Instant, codec: PayloadCodec, data: Uint8Array, rtpTimestamp: number, isRepaired = false): boolean {
    if (!this.heard.add(rtpTimestamp)) return false;
    this.counters.framesReceived += 1;
    this.sound.packet(rtpTimestamp, codec.clockRate, this.audioLevel);
    this.deliver(
      {
        codec,
        data: data.slice(),
        isKeyFrame: true,
        rtpTimestamp,
        ssrc: this.ssrc,
        width: 0,
        height: 0,
        receivedAtMs: now,
        ...(this.audioLevel !== undefined && { audioLevel: this.audioLevel }),
        ...this.captureMembers(now, rtpTimestamp, codec),
      },
      isRepaired,
    );
    return true;
  }

  /** What plays or is handed over now, in milliseconds since 1900 by its sender's clock (webrtc-stats, `estimatedPlayoutTimestamp`). */
  playingNtpMs(now: Instant): number | undefined {
    const { codec, lastSenderReport, lastRtpTimestamp } = this;
    if (!codec || !lastSenderReport) return undefined;
    const { ntpSeconds, ntpFraction, rtpTimestamp } = lastSenderReport.report;
    const playedAt = this.playout?.playedAt(lastRtpTimestamp) ?? this.counters.lastPacketReceivedAt;
    const sinceReportMs = (((lastRtpTimestamp - rtpTimestamp) | 0) * 1_000) / codec.clockRate;
    return ntpMsOf(ntpSeconds, ntpFraction) + sinceReportMs + now - playedAt;
  }

  /** When the newest media was captured, where packets have told. */
  capturedAt(now: Instant): AbsCaptureTime | undefined {
    return this.codec && this.captureTimes.at(now, this.lastRtpTimestamp, this.codec.clockRate);
  }

  /** When the media at `rtpTimestamp` was captured, and how the clock of that stands to ours: by what its sender says, and by its reports. */
  private captureMembers(now: Instant, rtpTimestamp: number, { clockRate }: PayloadCodec): CaptureMembers | undefined {
    const captured = this.captureTimes.at(now, rtpTimestamp, clockRate);
    if (!captured) return undefined;
    const captureTimeMs = captured.captureNtpMs - NTP_UNIX_OFFSET_MS;
    const senderCaptureOffsetMs = captured.captureClockOffsetMs;
    if (senderCaptureOffsetMs === undefined) return { captureTimeMs };
    const { offsetMs } = this.senderClock;
    if (offsetMs === undefined) return { captureTimeMs, senderCaptureOffsetMs };
    return { captureTimeMs, senderCaptureOffsetMs, captureClockOffsetMs: senderCaptureOffsetMs + offsetMs };
  }

  private deliver(media: ReceivedMedia, isRepaired = false): void {
    this.sink.media(media, (whole) => {
      if (this.kind === 'video') this.quantizers.add(whole.codec, whole.data);
      this.hold(whole, isRepaired);
    });
  }

  /** Keeps `media` until its turn to be played, if anybody wants it so. */
  private hold(media: ReceivedMedia, isRepaired: boolean): void {
    if (this.wantedDelayMs === undefined) return;
    if (!this.playout) {
      this.playout = new JitterBuffer({ kind: this.kind, clockRate: media.codec.clockRate });
      this.playout.wantedDelayMs = this.wantedDelayMs;
      this.emittedAtOnce = { count: this.counters.framesReceived - 1, delayMs: 1_000 * this.counters.totalDelay };
    }
    this.playout.insert(media.receivedAtMs, media.rtpTimestamp, media, isRepaired);
    this.sink.wake();
  }

  /** Hands over what is whole. */
  drain(now: Instant): void {
    this.drainedAt = now;
    this.assembler?.drain(this.onFrame);
  }

  private countFrame({ length, packetCount, firstReceivedAt, lastReceivedAt }: EncodedFrame): void {
    const { counters, drainedAt } = this;
    counters.framesReceived += 1;
    counters.totalDelay += (drainedAt - firstReceivedAt) / 1_000;
    this.cadence.frame(drainedAt, length);
    if (packetCount < 2) return;
    counters.framesOfSeveralPackets += 1;
    counters.totalAssemblyTime += (lastReceivedAt - firstReceivedAt) / 1_000;
  }

  private readonly onFrame = (frame: EncodedFrame): void => {
    if (!this.codec) return;
    const { counters } = this;
    this.countFrame(frame);
    this.nacks.forgetBefore(frame.firstSequence); // what is missing before it has been given up, or was no picture
    if (frame.isKeyFrame) {
      counters.keyFramesReceived += 1;
      this.keyFrames.arrived();
      if (frame.width > 0) Object.assign(counters, { frameWidth: frame.width, frameHeight: frame.height });
    }
    const rotationDegrees = this.orientation.of(frame.rtpTimestamp);
    this.deliver({
      codec: this.codec,
      data: frame.bytes.slice(),
      isKeyFrame: frame.isKeyFrame,
      rtpTimestamp: frame.rtpTimestamp,
      ssrc: this.ssrc,
      width: frame.width,
      height: frame.height,
      receivedAtMs: frame.lastReceivedAt,
      ...(rotationDegrees !== 0 && { rotationDegrees }),
      ...this.captureMembers(this.drainedAt, frame.rtpTimestamp, this.codec),
      ...(this.rid !== undefined && { rid: this.rid }),
    });
  };

  advance(now: Instant): void {
    this.assembler?.advance(now);
    const { playout } = this;
    if (!playout) return;
    for (let media = playout.take(now); media; media = playout.take(now)) this.sink.timedMedia(media);
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

  /** An extended report told how long the way to its sender and back takes. */
  measured(tripMs: number): void {
    this.roundTrips.count += 1;
    this.roundTrips.totalMs += tripMs;
    this.roundTrips.lastMs = tripMs;
  }

  /** `ntpNowMs` is wall time. */
  reported(now: Instant, report: SenderReportPacket, ntpNowMs: number): void {
    this.senderClock.reported(ntpMsOf(report.ntpSeconds, report.ntpFraction), ntpNowMs, this.pathRoundTripMs);
    this.statistics?.receivedSenderReport(now, report);
    this.lastSenderReport = { report, receivedAt: now };
    this.senderReports += 1;
  }
}
