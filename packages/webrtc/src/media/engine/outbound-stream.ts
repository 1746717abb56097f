import { RetransmissionBudget } from '@maru/protocol/congestion';
import type { Instant, RandomSource } from '@maru/protocol/core';
import { Malformed } from '@maru/protocol/core';
import type { PayloadCodec } from '@maru/protocol/jsep';
import {
  type FrameDescription,
  type Packetizer,
  type PayloadLimits,
  type PayloadPlan,
  RedPacketizer,
  TemporalLayers,
} from '@maru/protocol/payload';
import { NTP_UNIX_OFFSET_MS, type ReportBlock, type RtcpPacket, SenderStatistics } from '@maru/protocol/rtcp';
import {
  ABS_CAPTURE_TIME_BYTES,
  ABS_CAPTURE_TIME_WITH_OFFSET_BYTES,
  ABS_SEND_TIME_BYTES,
  AUDIO_LEVEL_BYTES,
  CaptureTimeTeller,
  MAX_TEMPORAL_STRUCTURE,
  RTX_HEADER_BYTES,
  RtpPacketView,
  RtpPacketWriter,
  TRANSPORT_SEQUENCE_BYTES,
  VIDEO_ORIENTATION_BYTES,
  wrapRtx,
  writeAbsCaptureTime,
  writeAbsSendTime,
  writeAudioLevel,
  writeToken,
  writeTransportSequence,
  writeVideoOrientation,
} from '@maru/protocol/rtp';
import type { MediaOutputs } from '@maru/protocol/transport';
import type { FrameMetadata } from '../transform/frame-transform.js';
import type { EncodedMedia } from './encoded-media.js';
import type { ExtensionIds } from './extension-ids.js';
import { FrameCadence } from './frame-cadence.js';
import type { Rotation } from './orientation.js';
import { PacketHistory, SLOT_BYTES } from './packet-history.js';
import { QuantizerSum } from './quantizer-sum.js';
import { SoundMeter } from './sound-meter.js';
import { TonePlayer } from './tone-player.js';

/** Of RTP with its header, before SRTP: what goes through any path with UDP, IPv6, TURN and SRTP around it. */
const MAX_PACKET_BYTES = 1_200;
/** S-52: a packet is sent again three times at most, a round trip apart. */
const MAX_RESENDS = 3;
/**
 * Deviates from S-52 where feedback tells of losses, for R-01: with three times in all, of packets that are lost once in twenty the
 * one that is lost four times stops the picture in five minutes; and what was lost twice is sent each half round trip from there
 * on, so that hardly anybody waits for a third one. The budget bounds them all.
 */
const SOME_LOSS = 0.005;
const MAX_RESENDS_UNDER_LOSS = 12;
const LATER_SPACING_UNDER_LOSS = 0.5;
const MIN_RESEND_SPACING_MS = 10;
const VIDEO_HISTORY_MS = 2_000;
const AUDIO_HISTORY_MS = 1_000;
/** Two a second: more only slow the encoder down (security budgets, "Keyframe requests to a publisher"). */
const KEY_FRAME_SPACING_MS = 500;
/** A key frame that has to wait itself is no reason for the next one. */
const SKIP_SPACING_MS = 2_000;
/** A picture after a longer pause is not meant to take what the pause has left. */
const LONGEST_FRAME_MS = 1_000;
/** Packets that carry MID and RID: until reports show that the receiver has bound the SSRC (RFC 8852 §4.3). */
const NAMED_PACKETS = 200;

export interface OutboundSettings {
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
  /** Retransmissions, where they were agreed on. */
  readonly rtx: { readonly ssrc: number; readonly payloadType: number } | undefined;
  readonly mid: string;
  readonly rid: string | undefined;
  readonly codec: PayloadCodec;
  /** Sound: the payload type under which each frame goes with the one before it, where that was chosen (RFC 2198). */
  readonly redundancy: number | undefined;
  /** Sound: how keys of a telephone are sent, where that was agreed on (RFC 4733). */
  readonly telephoneEvent: PayloadCodec | undefined;
  /** How many layers its frames have, where that was asked for. */
  readonly temporalLayers: number | undefined;
  /** The other side may report by stream (RFC 8888). */
  readonly isReportedByStream: boolean;
  readonly extensions: ExtensionIds;
}

/** Where a packet goes that waits to be sent: its number and its size. */
export type PacketQueue = (packet: number, bytes: number) => void;

/** Tells congestion control that a packet leaves; its transport-wide number. */
export type PacketNumber = (ssrc: number, sequenceNumber: number, bytes: number) => number;

/** What a stream has done, in the words of webrtc-stats. */
export interface OutboundCounters {
  framesSent: number;
  keyFramesSent: number;
  headerBytesSent: number;
  bytesSent: number;
  packetsSent: number;
  retransmittedPacketsSent: number;
  retransmittedBytesSent: number;
  nackCount: number;
  pliCount: number;
  firCount: number;
  framesDropped: number;
  /** What packets have waited between being written and being sent, in seconds. */
  totalPacketSendDelay: number;
  /** Of the newest frame that told. */
  frameWidth: number;
  frameHeight: number;
}

/** One RTP stream that we send: encoded media in, packets out, and what receivers ask of it. */
export class OutboundStream {
  readonly counters: OutboundCounters = {
    framesSent: 0,
    keyFramesSent: 0,
    headerBytesSent: 0,
    bytesSent: 0,
    packetsSent: 0,
    retransmittedPacketsSent: 0,
    retransmittedBytesSent: 0,
    nackCount: 0,
    pliCount: 0,
    firCount: 0,
    framesDropped: 0,
    totalPacketSendDelay: 0,
    frameWidth: 0,
    frameHeight: 0,
  };
  readonly cadence = new FrameCadence();
  readonly sound = new SoundMeter();
  readonly quantizers = new QuantizerSum();
  /** What its encoder is to give now, in bit/s. */
  targetBps = 0;
  /** What it was to give of all frames so far. */
  targetedBytes = 0;
  /** What encoding took, in milliseconds; undefined where the source does not tell. */
  encodeTimeMs: number | undefined;
  private encodedAt: Instant | undefined;
  /** What the other side said last. */
  remoteReport:
    | { readonly block: ReportBlock; readonly receivedAt: Instant; readonly roundTripMs: number | undefined }
    | undefined;
  roundTrips = { count: 0, totalMs: 0 };
  private readonly statistics: SenderStatistics;
  private readonly history: PacketHistory;
  private readonly writer = new RtpPacketWriter();
  private readonly view = new RtpPacketView();
  private readonly timestampOffset: number;
  private rtxSequence: number;
  private readonly resent = new Uint8Array(SLOT_BYTES);
  private readonly budget = new RetransmissionBudget();
  private keyFrameRequestedAt = Number.NEGATIVE_INFINITY;
  private skippedAt = Number.NEGATIVE_INFINITY;
  /** Of the newest key frame. */
  private keyFrameBytes = 0;
  /** The count of the first packet that is worth being sent again: before it, a key frame has made everything useless. */
  private firstNeeded = 0;
  private lastFirSequence = -1;
  /** The newest frame, so that a report can say what now would be in its units. */
  private newest: { readonly rtpTimestamp: number; readonly writtenAt: Instant } | undefined;
  private namedPackets = 0;
  /** The count of the last packet of the newest key frame. */
  private lastKeyFramePacket = -1;
  private redundancy: RedPacketizer | undefined;
  /** Of a stream with temporal layers. */
  private layers: TemporalLayers | undefined;
  /** What pictures said last of how they stand. */
  private rotation: Rotation = 0;
  private readonly captureTimes = new CaptureTimeTeller();
  private readonly tones = new TonePlayer();

  constructor(
    private current: OutboundSettings,
    private packetizer: Packetizer,
    random: RandomSource,
    /** When it was begun. */
    readonly bornAt: Instant,
    private readonly requestKeyFrame: () => void,
  ) {
    const { settings } = this;
    this.statistics = new SenderStatistics(settings.ssrc);
    // Below 2^15, so that the first roll-over cannot be missed (S-47, RFC 3711 §3.3.1).
    this.history = new PacketHistory(random.uint32() & 0x7fff, settings.kind === 'video' ? VIDEO_HISTORY_MS : AUDIO_HISTORY_MS);
    this.rtxSequence = random.uint32() & 0x7fff;
    this.timestampOffset = random.uint32();
  }

  get settings(): OutboundSettings {
    return this.current;
  }

  /** Another exchange has agreed on other numbers, or another codec: the stream goes on under its SSRC and in its sequence. */
  reconfigure(settings: OutboundSettings, packetizer: Packetizer): void {
    if (settings.codec.payloadType !== this.current.codec.payloadType) {
      this.packetizer = packetizer;
      this.redundancy = undefined;
    }
    this.current = settings;
  }

  /** When the next packet of a tone is due. */
  get deadline(): Instant {
    return this.tones.deadline;
  }

  /** Nothing is sent for now: what was sent cannot be asked for any more, and the memory of it is given back. */
  rest(): void {
    this.tones.stop();
    this.history.release();
  }

  private rtpTimestampOf({ timestampMs }: EncodedMedia): number {
    return (Math.round((timestampMs * this.settings.codec.clockRate) / 1_000) + this.timestampOffset) >>> 0;
  }

  /** What transforms are told of `media`. */
  metadataOf(media: EncodedMedia): FrameMetadata {
    const { codec, kind, ssrc } = this.settings;
    const { width, height, description } = media;
    return {
      synchronizationSource: ssrc,
      payloadType: codec.payloadType,
      contributingSources: [],
      rtpTimestamp: this.rtpTimestampOf(media),
      mimeType: `${kind}/${codec.name}`,
      ...(width && height && { width, height }),
      ...(kind === 'video' && { spatialIndex: description?.spatialId ?? 0, temporalIndex: description?.temporalId ?? 0 }),
    };
  }

  /** The encoder has given `media`, which a transform may still change. */
  encoded(now: Instant, { data, encodeTimeMs }: EncodedMedia): void {
    if (this.settings.kind === 'audio') return;
    this.quantizers.add(this.settings.codec, data);
    if (encodeTimeMs !== undefined) this.encodeTimeMs = (this.encodeTimeMs ?? 0) + encodeTimeMs;
    const gapMs = this.encodedAt === undefined ? 0 : Math.min(now - this.encodedAt, LONGEST_FRAME_MS);
    this.targetedBytes += (this.targetBps * gapMs) / 8_000;
    this.encodedAt = now;
  }

  /** Cuts `media` into packets, and says the number and the size of each: it waits to be sent by {@link send}. */
  write(now: Instant, media: EncodedMedia, queue: PacketQueue): void {
    const rtpTimestamp = this.rtpTimestampOf(media);
    const description = this.describe(media);
    const rotation = this.rotationOf(media);
    const captureBytes = this.captureBytesOf(now, media, rtpTimestamp);
    const headerBytes = this.headerBytes(rotation !== undefined, captureBytes);
    const limits: PayloadLimits = {
      maxPayloadBytes: MAX_PACKET_BYTES - headerBytes,
      firstReductionBytes: 0,
      lastReductionBytes: 0,
    };
    if (this.tones.isPlaying) return; // in the place of sound (RFC 4733 §2.5.1.5)
    const redundant = this.redundantPlan(media, rtpTimestamp, limits);
    const plan = redundant ?? this.packetizer.packetize(media.data, limits, description);
    if (plan instanceof Malformed) {
      this.counters.framesDropped += 1;
      return;
    }
    const payloadType = redundant ? this.settings.redundancy! : this.settings.codec.payloadType;
    const isCut = plan.count > 1;
    if (isCut) this.history.stage(media.data);
    for (let index = 0; index < plan.count; index++) {
      const offset = this.history.begin();
      if (offset < 0) {
        this.counters.framesDropped += 1;
        return this.askForKeyFrame(now);
      }
      const isMarked = this.settings.kind === 'video' && plan.isPictureEnd && index === plan.count - 1;
      this.beginPacket(offset, payloadType, rtpTimestamp, isMarked, media.audioLevel);
      this.describePacket(index === 0, index === plan.count - 1);
      if (captureBytes > 0 && index === 0) this.writeCaptureTime(captureBytes, media);
      if (rotation !== undefined && index === plan.count - 1) this.writeRotation(rotation);
      const room = this.writer.payloadRoom(plan.payloadBytes(index));
      if (room < 0) return;
      if (isCut) plan.takeFrom(this.history.slab, 0);
      plan.write(index, this.history.slab, room);
      const bytes = this.writer.finish();
      const packet = this.history.commit(now, bytes, plan.payloadBytes(index));
      if (media.isKeyFrame) this.lastKeyFramePacket = packet;
      queue(packet, bytes);
    }
    this.newest = { rtpTimestamp, writtenAt: now };
    this.count(now, rtpTimestamp, media);
  }

  /** So many bytes wait that they have become old: the next picture is to be a key frame, which needs none of them, if it is smaller. */
  skipAhead(now: Instant, waitingBytes: number): void {
    if (now - this.skippedAt < SKIP_SPACING_MS || waitingBytes < this.keyFrameBytes) return;
    this.skippedAt = now;
    this.askForKeyFrame(now);
  }

  /**
   * A key frame is about to be written: it needs none of the pictures that wait before it, but for the one that has begun to leave,
   * and none of those that were lost. Returns the count of the first packet that is not to be sent any more.
   */
  forgetUnsent(): number {
    const pictures = this.history.forgetUnsent();
    this.counters.framesDropped += pictures;
    this.counters.framesSent -= pictures;
    if (this.lastKeyFramePacket >= this.history.nextCount) this.lastKeyFramePacket = -1;
    this.firstNeeded = this.history.nextCount;
    return this.firstNeeded;
  }

  /** What packets say of a frame: of one with a temporal layer also what it leans on, as far as the encoder does not tell. */
  private describe({ isKeyFrame, description }: EncodedMedia): FrameDescription {
    const { temporalId } = description ?? {};
    if (temporalId === undefined || description?.spatialId !== undefined) {
      this.layers = undefined;
      return { isKeyFrame, ...description };
    }
    const wanted = this.settings.temporalLayers ?? MAX_TEMPORAL_STRUCTURE;
    if (!this.layers || (isKeyFrame && this.layers.layers !== wanted)) this.layers = new TemporalLayers(wanted);
    const { isLayerSync, pictureDiffs } = description ?? {};
    this.layers.frame({ isKeyFrame, temporalId, isLayerSync, pictureDiffs });
    return { isKeyFrame, ...description, isLayerSync: this.layers.isLayerSync, pictureDiffs: this.layers.diffs };
  }

  /** What a server needs that leaves layers out, and does not read payloads (AV1 RTP, Appendix A). */
  private describePacket(isFirst: boolean, isLast: boolean): void {
    const id = this.settings.extensions['dependency-descriptor'];
    const length = this.layers?.descriptorBytes(isFirst) ?? 0;
    if (!id || length === 0) return;
    const at = this.writer.extension(id, length);
    if (at >= 0) this.layers?.writeDescriptor(this.history.slab, at, isFirst, isLast);
  }

  /**
   * What the last packet of a picture says of how it stands: each that does not stand upright, since libwebrtc takes silence for
   * upright, and the first that does again. Undefined where nothing is to be said.
   */
  private rotationOf({ rotationDegrees = 0 }: EncodedMedia): Rotation | undefined {
    const isTold = this.settings.extensions['video-orientation'] !== 0 && (rotationDegrees !== 0 || this.rotation !== 0);
    this.rotation = rotationDegrees;
    return isTold ? rotationDegrees : undefined;
  }

  /** What the first packet of a frame says of when it was captured, in bytes: 0 where nothing is to be said. */
  private captureBytesOf(now: Instant, media: EncodedMedia, rtpTimestamp: number): number {
    const { captureTimeMs, captureClockOffsetMs } = media;
    const { extensions, codec } = this.settings;
    if (!extensions['abs-capture-time'] || captureTimeMs === undefined) return 0;
    if (!this.captureTimes.tells(now, rtpTimestamp, codec.clockRate, captureTimeMs, captureClockOffsetMs)) return 0;
    return captureClockOffsetMs === undefined ? ABS_CAPTURE_TIME_BYTES : ABS_CAPTURE_TIME_WITH_OFFSET_BYTES;
  }

  private writeCaptureTime(bytes: number, { captureTimeMs = 0, captureClockOffsetMs }: EncodedMedia): void {
    const at = this.writer.extension(this.settings.extensions['abs-capture-time'], bytes);
    const captureNtpMs = captureTimeMs + NTP_UNIX_OFFSET_MS;
    if (at >= 0) writeAbsCaptureTime(this.history.slab, at, { captureNtpMs, captureClockOffsetMs });
  }

  private writeRotation(rotationDegrees: Rotation): void {
    const at = this.writer.extension(this.settings.extensions['video-orientation'], VIDEO_ORIENTATION_BYTES);
    if (at >= 0) writeVideoOrientation(this.history.slab, at, { rotationDegrees, isFlipped: false, camera: 'front' });
  }

  /** The frame with the one before it; undefined where that was not agreed on, or does not fit. */
  private redundantPlan({ data }: EncodedMedia, rtpTimestamp: number, limits: PayloadLimits): PayloadPlan | undefined {
    const { redundancy, codec } = this.settings;
    if (redundancy === undefined) return undefined;
    this.redundancy ??= new RedPacketizer(codec.payloadType);
    const plan = this.redundancy.packetize(data, rtpTimestamp, limits.maxPayloadBytes);
    return plan instanceof Malformed ? undefined : plan;
  }

  /** Begins a key of a telephone; sound waits until it ends. */
  playTone(now: Instant, tone: string, durationMs: number): void {
    const { telephoneEvent } = this.settings;
    if (telephoneEvent) this.tones.play(now, tone, durationMs, telephoneEvent.clockRate, this.rtpTimestampAt(now));
  }

  /** Packets of tones that are due go where sound goes. */
  advance(now: Instant, queue: PacketQueue): void {
    const { telephoneEvent } = this.settings;
    for (let packet = this.tones.take(now); packet; packet = this.tones.take(now)) {
      const offset = this.history.begin();
      if (offset < 0 || !telephoneEvent) return;
      this.beginPacket(offset, telephoneEvent.payloadType, packet.rtpTimestamp, packet.isMarked, undefined);
      this.writer.payload(packet.payload);
      const bytes = this.writer.finish();
      queue(this.history.commit(now, bytes, packet.payload.length), bytes);
    }
  }

  private rtpTimestampAt(now: Instant): number {
    const { clockRate } = this.settings.codec;
    const from = this.newest ?? { rtpTimestamp: this.timestampOffset, writtenAt: 0 };
    return (from.rtpTimestamp + Math.round(((now - from.writtenAt) * clockRate) / 1_000)) >>> 0;
  }

  private count(now: Instant, rtpTimestamp: number, media: EncodedMedia): void {
    this.counters.framesSent += 1;
    if (this.settings.kind === 'audio') return this.sound.packet(rtpTimestamp, this.settings.codec.clockRate, media.audioLevel);
    this.cadence.frame(now, media.data.length);
    if (media.width && media.height) Object.assign(this.counters, { frameWidth: media.width, frameHeight: media.height });
    if (!media.isKeyFrame) return;
    this.counters.keyFramesSent += 1;
    this.keyFrameBytes = media.data.length;
  }

  /** Of the header with every extension that a packet may carry. */
  private headerBytes(tellsRotation: boolean, captureBytes: number): number {
    const { mid, rid, extensions: ids } = this.settings;
    let elements = 0;
    if (ids.mid) elements += 1 + mid.length;
    if (ids.rid && rid !== undefined) elements += 1 + rid.length;
    if (ids['transport-cc']) elements += 1 + TRANSPORT_SEQUENCE_BYTES;
    if (ids['abs-send-time']) elements += 1 + ABS_SEND_TIME_BYTES;
    if (ids['ssrc-audio-level']) elements += 1 + AUDIO_LEVEL_BYTES;
    if (ids['dependency-descriptor'] && this.layers) elements += 1 + this.layers.descriptorBytes(true);
    if (tellsRotation) elements += 1 + VIDEO_ORIENTATION_BYTES;
    if (captureBytes > 0) elements += 1 + captureBytes;
    return 12 + RTX_HEADER_BYTES + (elements > 0 ? 4 + Math.ceil(elements / 4) * 4 : 0);
  }

  private beginPacket(
    offset: number,
    payloadType: number,
    rtpTimestamp: number,
    isMarked: boolean,
    audioLevel: number | undefined,
  ): void {
    const { ssrc, mid, rid, extensions: ids } = this.settings;
    const { writer } = this;
    const { slab, nextSequence } = this.history;
    writer.begin(slab, offset, offset + SLOT_BYTES, payloadType, isMarked, nextSequence, rtpTimestamp, ssrc);
    // The two that are written anew at sending come first, so that a second sending finds them at once.
    if (ids['transport-cc']) writer.extension(ids['transport-cc'], TRANSPORT_SEQUENCE_BYTES);
    if (ids['abs-send-time']) writer.extension(ids['abs-send-time'], ABS_SEND_TIME_BYTES);
    if (this.namedPackets < NAMED_PACKETS) {
      this.namedPackets += 1;
      this.token(ids.mid, mid);
      if (rid !== undefined) this.token(ids.rid, rid);
    }
    if (ids['ssrc-audio-level'] && audioLevel !== undefined) {
      const at = writer.extension(ids['ssrc-audio-level'], AUDIO_LEVEL_BYTES);
      if (at >= 0) writeAudioLevel(slab, at, audioLevel, audioLevel < 127);
    }
  }

  private token(id: number, token: string): void {
    if (id === 0) return;
    const at = this.writer.extension(id, token.length);
    if (at >= 0) writeToken(this.history.slab, at, token);
  }

  /** Sends packet `count` for the first time; `number` gives the number that congestion control knows it by; of `lossShare` depends how much may be sent again. */
  send(now: Instant, count: number, outputs: MediaOutputs, number: PacketNumber, lossShare: number): void {
    const { history, counters } = this;
    if (!history.send(now, count)) return;
    const offset = history.offsetOf(count);
    const length = history.lengthOf(count);
    const payloadBytes = history.payloadBytesOf(count);
    this.stamp(now, history.slab, offset, length, number(this.settings.ssrc, history.sequenceOf(count), length));
    outputs.rtp(history.slab, offset, length);
    this.statistics.sent(payloadBytes);
    this.budget.sent(now, length, lossShare);
    counters.packetsSent += 1;
    counters.bytesSent += payloadBytes;
    counters.headerBytesSent += length - payloadBytes;
    counters.totalPacketSendDelay += (now - history.writtenAtOf(count)) / 1_000;
  }

  /** Writes what is only known when a packet leaves. */
  private stamp(now: Instant, bytes: Uint8Array, offset: number, length: number, transportSequence: number): void {
    const { extensions: ids } = this.settings;
    if (!ids['transport-cc'] && !ids['abs-send-time']) return;
    const { view } = this;
    if (view.wrap(bytes, offset, length)) return;
    if (view.findExtension(ids['transport-cc'], TRANSPORT_SEQUENCE_BYTES))
      writeTransportSequence(bytes, view.valueOffset, transportSequence);
    if (view.findExtension(ids['abs-send-time'], ABS_SEND_TIME_BYTES)) writeAbsSendTime(bytes, view.valueOffset, now);
  }

  /** Sends packet `count` once more (RFC 4588). */
  sendAgain(now: Instant, count: number, outputs: MediaOutputs, number: PacketNumber): void {
    const length = this.wrapAgain(count);
    if (length === 0) return;
    this.stamp(now, this.resent, 0, length, this.numberAgain(number, length));
    outputs.rtp(this.resent, 0, length);
    this.counters.retransmittedPacketsSent += 1;
    this.counters.retransmittedBytesSent += this.history.payloadBytesOf(count);
  }

  private numberAgain(number: PacketNumber, length: number): number {
    return number(this.settings.rtx!.ssrc, (this.rtxSequence - 1) & 0xffff, length);
  }

  /** Whether there is something that can be sent again for nothing but its size. */
  get canPad(): boolean {
    return this.settings.rtx !== undefined && this.settings.kind === 'video' && this.history.newestSent >= 0;
  }

  /** Sends about `bytes` of no news; false if it cannot. */
  pad(now: Instant, bytes: number, outputs: MediaOutputs, number: PacketNumber): boolean {
    const count = this.history.newestSent;
    const length = count < 0 || bytes === 0 ? 0 : this.wrapAgain(count);
    if (length === 0) return false;
    this.stamp(now, this.resent, 0, length, this.numberAgain(number, length));
    outputs.rtp(this.resent, 0, length);
    return true;
  }

  /** Writes packet `count` as a retransmission; its length, or 0 if it is gone or none was agreed on. */
  private wrapAgain(count: number): number {
    const { rtx } = this.settings;
    const { history } = this;
    if (!rtx || !history.has(count)) return 0;
    if (this.view.wrap(history.slab, history.offsetOf(count), history.lengthOf(count))) return 0;
    const length = wrapRtx(this.view, this.resent, 0, rtx.payloadType, rtx.ssrc, this.rtxSequence);
    if (length > 0) this.rtxSequence = (this.rtxSequence + 1) & 0xffff;
    return length;
  }

  /** The receiver misses packets (RFC 4585 §6.2.1): what may be sent again is queued. */
  nacked(now: Instant, sequences: readonly number[], roundTripMs: number, lossShare: number, queue: PacketQueue): void {
    this.counters.nackCount += 1;
    if (!this.settings.rtx) return;
    const spacingMs = Math.max(MIN_RESEND_SPACING_MS, roundTripMs);
    const isLossy = lossShare > SOME_LOSS;
    const laterSpacingMs = isLossy ? LATER_SPACING_UNDER_LOSS * spacingMs : spacingMs;
    const resends = isLossy ? MAX_RESENDS_UNDER_LOSS : MAX_RESENDS;
    for (const sequence of sequences) {
      const count = this.history.resend(now, sequence, spacingMs, resends, laterSpacingMs);
      if (count >= this.firstNeeded && this.budget.take(this.history.lengthOf(count)))
        queue(count, this.history.lengthOf(count) + RTX_HEADER_BYTES);
    }
  }

  /** It cannot decode (RFC 4585 §6.3.1). */
  pictureLost(now: Instant): void {
    this.counters.pliCount += 1;
    this.askForKeyFrame(now);
  }

  /** It wants a key frame (RFC 5104 §4.3.1); a repeated number asks for the same one. */
  fullIntraRequested(now: Instant, sequence: number): void {
    if (sequence === this.lastFirSequence) return;
    this.lastFirSequence = sequence;
    this.counters.firCount += 1;
    this.askForKeyFrame(now);
  }

  /** Not for what was asked before the last key frame has left: it waits in the pacer, and another behind it would wait longer. */
  private askForKeyFrame(now: Instant): void {
    if (now - this.keyFrameRequestedAt < KEY_FRAME_SPACING_MS || this.history.isWaiting(this.lastKeyFramePacket)) return;
    this.keyFrameRequestedAt = now;
    this.requestKeyFrame();
  }

  /** What is told of this stream now; undefined before anything was sent. */
  report(now: Instant, ntpMs: number, reports: readonly ReportBlock[]): RtcpPacket | undefined {
    if (this.counters.packetsSent === 0) return undefined;
    return this.statistics.report(ntpMs, this.rtpTimestampAt(now), reports);
  }

  /** The other side tells how it goes. */
  reported(now: Instant, block: ReportBlock, roundTripMs: number | undefined): void {
    this.remoteReport = { block, receivedAt: now, roundTripMs };
    if (roundTripMs === undefined) return;
    this.roundTrips = { count: this.roundTrips.count + 1, totalMs: this.roundTrips.totalMs + roundTripMs };
  }
}
