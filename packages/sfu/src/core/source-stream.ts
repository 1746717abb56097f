import { serialDistance16, serialDistance32 } from '@maru/protocol/bytes';
import { KeyFrameThrottle, NackScheduler } from '@maru/protocol/congestion';
import { type Instant, ReplayWindow } from '@maru/protocol/core';
import { PayloadInspector, type VideoCodec } from '@maru/protocol/payload';
import { ReceptionStatistics, type SenderReportPacket } from '@maru/protocol/rtcp';
import { FrameDependencies } from '@maru/protocol/rtp';
import type { CodecDescription } from './description.js';
import { LayerRates } from './layer-rates.js';
import { CachedPackets, type PacketCache } from './packet-cache.js';
import type { PublishedTrack } from './published-track.js';
import { SenderClock } from './sender-clock.js';
import { SourcePacket } from './source-packet.js';

/** Of 16-bit numbers. Unrolled ones begin one turn up, so that what was sent before the first packet and comes later is not below zero. */
const TURN = 0x1_0000;
/** What is so far behind was not overtaken: the sender counts anew, or half of all numbers were lost. */
const MAX_MISORDER = 1_024;
/** The budgets of the catalogue, "RTX cache": two seconds of video, one of audio; 4 MiB and 64 KiB of pages. */
const VIDEO_AGE_MS = 2_000;
const AUDIO_AGE_MS = 1_000;
const VIDEO_PAGES = 256;
const AUDIO_PAGES = 4;

/** How much is sent at once to who was waiting for a key frame. */
const MAX_REPLAY = 256;
/** A key frame that is no older serves whoever comes now: what has come since fits into a burst. */
const RECENT_MS = 700;
const RECENT_PACKETS = 40;

const VIDEO_CODECS: readonly string[] = ['vp8', 'vp9', 'h264', 'h265', 'av1'] satisfies readonly VideoCodec[];

/** Whoever gets packets of a source. */
export interface SourceTaker {
  receive(now: Instant, packet: SourcePacket): void;
  /** An invariant of its own did not hold when it was handed a packet: nobody else is to suffer. */
  broke(error: unknown): void;
}

/** One SSRC of a publisher: an encoding of a simulcast, or all of a track. */
export class SourceStream {
  readonly takers: SourceTaker[] = [];
  readonly clock = new SenderClock();
  readonly rates = new LayerRates();
  readonly keyFrames = new KeyFrameThrottle();
  /** Undefined for audio: what is late is of no use there. */
  readonly nack: NackScheduler | undefined;
  readonly statistics: ReceptionStatistics;
  readonly cache: CachedPackets;
  /** Of the last key frame that told; 0 before. */
  width = 0;
  height = 0;
  rtxSsrc = 0;
  packets = 0;
  bytes = 0;
  duplicates = 0;
  lastPacketAt: Instant = Number.NEGATIVE_INFINITY;
  /** Numbers FIR requests (RFC 5104 §4.3.1.1). */
  firSequence = 0;
  /** Since when it is what it is; long ago where signaling said so. */
  boundAt: Instant = Number.NEGATIVE_INFINITY;
  private readonly seen = new ReplayWindow(MAX_MISORDER);
  /** The number that would confirm that the sender counts anew. */
  private suspected = -1;
  private inspector: PayloadInspector | undefined;
  private dependencies: FrameDependencies | undefined;
  private codec: CodecDescription | undefined;
  private highest = -1;
  private keyFrameAt: Instant = Number.NEGATIVE_INFINITY;
  private keyFrameSequence = 0;

  constructor(
    readonly track: PublishedTrack,
    /** Its place among the encodings of the track, from the lowest up. */
    readonly index: number,
    readonly ssrc: number,
    packetCache: PacketCache,
  ) {
    const isVideo = track.kind === 'video';
    this.nack = isVideo ? new NackScheduler() : undefined;
    this.statistics = new ReceptionStatistics(ssrc, track.clockRate);
    this.cache = new CachedPackets(packetCache, isVideo ? VIDEO_AGE_MS : AUDIO_AGE_MS, isVideo ? VIDEO_PAGES : AUDIO_PAGES);
  }

  /**
   * Takes in a packet that {@link SourcePacket.wrap} has read, and fills in what is known of it. False for what is not to be
   * forwarded: duplicates, unknown payload types.
   */
  take(now: Instant, packet: SourcePacket, isRepair: boolean): boolean {
    const codec = this.track.codecs[packet.payloadType];
    if (!codec) return false;
    const sequence = this.unroll(packet.sequenceNumber, isRepair);
    if (sequence < 0 || !this.seen.isFresh(sequence)) {
      this.duplicates += 1;
      return false;
    }
    this.seen.accept(sequence);
    packet.source = this;
    packet.sequence = sequence;
    packet.isNewest = sequence > this.highest;
    if (packet.isNewest) this.highest = sequence;
    this.packets += 1;
    this.bytes += packet.payloadBytes;
    this.lastPacketAt = now;
    if (!isRepair) this.statistics.received(now, packet.sequenceNumber, packet.rtpTimestamp);
    this.nack?.received(now, sequence, isRepair);
    if (this.nack) this.inspect(now, packet, codec);
    if (packet.payloadBytes > 0) {
      const { info, payloadBytes, isMarked } = packet;
      if (this.nack) this.rates.add(now, payloadBytes, info.spatialId, info.temporalId, isMarked);
      else this.rates.add(now, payloadBytes, 0, 0, isMarked); // sound has no layers, and its packets tell nothing of any
      const { view } = packet;
      this.cache.add(now, sequence, packet.bytes, view.offset, view.length);
    }
    return true;
  }

  /**
   * The number with its turns; -1 for what is of no use. A sender that counts anew is believed with its second packet (RFC 3550 A.1),
   * and its numbers are then those of the next turn; a retransmission moves nothing.
   */
  private unroll(sequenceNumber: number, isRepair: boolean): number {
    if (this.highest < 0) return sequenceNumber + TURN;
    const ahead = serialDistance16(this.highest & 0xffff, sequenceNumber);
    if (ahead > -MAX_MISORDER && (!isRepair || ahead < MAX_MISORDER)) return this.highest + ahead;
    if (isRepair) return -1;
    const isConfirmed = sequenceNumber === this.suspected;
    this.suspected = isConfirmed ? -1 : (sequenceNumber + 1) & 0xffff;
    return isConfirmed ? this.highest + ahead + TURN : -1;
  }

  /** Of the video that came last; -1 before any has. */
  get payloadType(): number {
    return this.codec?.payloadType ?? -1;
  }

  /** Reads the packet of this number from the cache; false where it is not there any more. */
  load(sequence: number, packet: SourcePacket): boolean {
    const { cache, track } = this;
    if (!cache.find(sequence)) return false;
    const { bytes, slab } = track.publisher.cache;
    if (packet.wrap(bytes, slab, cache.offset, cache.length, track.publisher.extensions)) return false;
    packet.source = this;
    packet.sequence = sequence;
    return true;
  }

  /** The same by the number of the wire: the latest packet that had it. */
  recall(sequenceNumber: number, packet: SourcePacket): boolean {
    if (this.highest < 0) return false;
    return this.load(this.highest + serialDistance16(this.highest & 0xffff, sequenceNumber), packet);
  }

  receiveSenderReport(now: Instant, report: SenderReportPacket): void {
    this.statistics.receivedSenderReport(now, report);
    this.clock.report(report);
  }

  /** What this source would call the media that `other`, of the same sender, calls `rtpTimestamp`; undefined before both have reported. */
  timestampOf(other: SourceStream, rtpTimestamp: number): number | undefined {
    if (other === this) return rtpTimestamp;
    if (!this.clock.isKnown || !other.clock.isKnown) return undefined;
    const { clockRate } = this.track;
    return this.clock.timestampAt(other.clock.timeOf(rtpTimestamp, clockRate), clockRate);
  }

  addTaker(taker: SourceTaker): void {
    if (!this.takers.includes(taker)) this.takers.push(taker);
  }

  removeTaker(taker: SourceTaker): void {
    const at = this.takers.indexOf(taker);
    if (at >= 0) this.takers.splice(at, 1);
  }

  /**
   * Hands the packets from this number on to one who could not take them when they came: a key frame has turned out to begin there. False
   * where it is too long ago.
   */
  replay(now: Instant, sequence: number, taker: SourceTaker, ageMs = 0): boolean {
    const { codec } = this;
    if (!codec || this.highest - sequence > MAX_REPLAY) return false;
    const packet = new SourcePacket();
    const inspector = inspectorOf(codec);
    const dependencies = new FrameDependencies();
    const end = this.highest;
    let firstTimestamp = Number.NaN;
    for (let next = sequence; next <= end; next++) {
      if (!this.load(next, packet)) continue;
      if (Number.isNaN(firstTimestamp)) firstTimestamp = packet.rtpTimestamp;
      const laterMs = (serialDistance32(firstTimestamp, packet.rtpTimestamp) * 1_000) / this.track.clockRate;
      packet.ageMs = Math.max(0, ageMs - laterMs);
      packet.isNewest = true;
      readPayload(packet, inspector, dependencies);
      taker.receive(now, packet);
    }
    return true;
  }

  /** The same from the last key frame on, where that was a moment ago: then nobody needs to be asked for another. */
  replayKeyFrame(now: Instant, taker: SourceTaker): boolean {
    const isRecent = now - this.keyFrameAt < RECENT_MS && this.highest - this.keyFrameSequence < RECENT_PACKETS;
    return isRecent && this.replay(now, this.keyFrameSequence, taker, now - this.keyFrameAt);
  }

  /** Hands the packet to whoever takes it. A taker may leave meanwhile. */
  forward(now: Instant, packet: SourcePacket): void {
    const { takers } = this;
    for (let i = takers.length - 1; i >= 0; i--) {
      const taker = takers[i]!;
      try {
        taker.receive(now, packet);
      } catch (error) {
        taker.broke(error);
      }
    }
  }

  close(): void {
    this.takers.length = 0;
    this.cache.clear();
  }

  private inspect(now: Instant, packet: SourcePacket, codec: CodecDescription): void {
    if (codec !== this.codec) this.changeCodec(codec);
    if (packet.descriptorOffset >= 0) this.dependencies ??= new FrameDependencies();
    readPayload(packet, this.inspector, this.dependencies);
    if (!packet.isKeyFrameStart) return;
    this.keyFrames.arrived();
    this.keyFrameAt = now;
    this.keyFrameSequence = packet.sequence;
    const { width, height } = packet.info;
    const told = packet.dependencies?.structure?.resolutions.at(-1);
    if (width > 0) {
      this.width = width;
      this.height = height;
    } else if (told) {
      this.width = told.width;
      this.height = told.height;
    }
  }

  private changeCodec(codec: CodecDescription): void {
    this.codec = codec;
    this.dependencies = undefined;
    this.inspector = inspectorOf(codec);
  }
}

function inspectorOf({ name }: CodecDescription): PayloadInspector | undefined {
  const codec = VIDEO_CODECS.find((known): known is VideoCodec => known === name);
  return codec && new PayloadInspector(codec);
}

/** Fills in what the payload and the dependency descriptor say. */
function readPayload(
  packet: SourcePacket,
  inspector: PayloadInspector | undefined,
  dependencies: FrameDependencies | undefined,
): void {
  packet.dependencies = undefined;
  packet.isKeyFrameStart = false;
  if (!inspector) return;
  const { info } = inspector;
  packet.info = info;
  if (packet.payloadBytes === 0) {
    info.reset();
    return;
  }
  packet.isKeyFrameStart = inspector.isKeyFrameStart(packet.bytes, packet.payloadOffset, packet.payloadBytes);
  if (!dependencies || packet.descriptorOffset < 0) return;
  if (!dependencies.read(packet.bytes, packet.descriptorOffset, packet.descriptorBytes)) return;
  packet.dependencies = dependencies;
  info.spatialId = dependencies.spatialId;
  info.temporalId = dependencies.temporalId;
  if (dependencies.isKeyFrame && dependencies.isFirstPacketOfFrame && dependencies.spatialId === 0) packet.isKeyFrameStart = true;
}
