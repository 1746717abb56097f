import { serialDistance16, serialDistance32 } from '@maru/protocol/bytes';
import type { Instant, RandomSource } from '@maru/protocol/core';
import type { NtpMs } from '@maru/protocol/rtcp';
import type { SlotDescription } from './description.js';
import { type Downlink, OVERHEAD_BYTES } from './downlink.js';
import type { LayerFilter } from './layers/layer-filter.js';
import { NO_PAYLOAD_TYPES } from './payload-types.js';
import { Segment } from './segment.js';
import { type ResendRule, SentPackets } from './sent-packets.js';
import type { SourcePacket } from './source-packet.js';

const SEGMENTS = 15;
/** In place of a segment: the number was filled with padding. */
const FILLED = 15;
const SEQUENCES = 0x1_0000;
/** How far the clocks of senders may say that two sources are apart before arrival is believed instead. */
const MAX_CLOCK_ERROR_MS = 1_000;
const NO_PICTURE = -1;

/**
 * What one slot sends: one SSRC for life, whose numbers, timestamps and picture ids go on without a break, whichever sources and layers
 * they come from. Each number is sealed once; what is sent again goes over the SSRC of retransmissions (RFC 4588).
 */
export class OutgoingStream {
  readonly ssrc: number;
  readonly rtxSsrc: number;
  /** Set with each track. */
  payloads = NO_PAYLOAD_TYPES;
  readonly index: number;
  segment: Segment | undefined;
  /** Packets of {@link segment} may follow; false after a pause, whose end begins another. */
  isOpen = false;
  /** For packets of before the last switch that were overtaken by it. */
  previous: Segment | undefined;
  /** Told with each packet until the subscriber has shown that it knows the SSRC. */
  mid: Uint8Array | undefined;
  /**
   * The same with retransmissions and padding, always: nothing is ever reported of their SSRC, so that it never shows whether the subscriber
   * knows which section it is of. Firefox was seen not to: its feedback called all padding lost that did not name its section.
   */
  private readonly rtxMid: Uint8Array;
  packets = 0;
  octets = 0;
  /** Of the media that left last. */
  lastTimestamp = 0;
  lastTimestampAt: Instant = Number.NaN;
  lastSentAt: Instant = Number.NEGATIVE_INFINITY;
  clockRate: number;
  /** Payload of the packet that {@link prepareResend} found. */
  resendBytes = 0;
  resends = 0;
  private endsPicture = true;
  private highest: number;
  private rtxHighest: number;
  private segmentIndex = 0;
  private readonly segments: (Segment | undefined)[] = [];
  private readonly sent = new SentPackets();
  private lastPictureId = NO_PICTURE;
  private lastTl0 = NO_PICTURE;
  private lastKeyIndex = NO_PICTURE;
  private lastFrameNumber = NO_PICTURE;
  /** Of retransmissions and padding; -1 where there are none. */
  rtxType = -1;

  constructor(
    readonly downlink: Downlink,
    description: SlotDescription,
    random: RandomSource,
    private readonly isPaced: boolean,
  ) {
    this.ssrc = description.ssrc;
    this.rtxSsrc = description.rtxSsrc ?? 0;
    this.clockRate = description.codecs[0]?.clockRate ?? 90_000;
    this.mid = this.rtxMid = Uint8Array.from(description.mid, (character) => character.charCodeAt(0));
    // Below 2^15, so that a receiver that misses the first packets cannot take them for those of a later rollover (RFC 3711 §3.3.1).
    this.highest = random.uint32() & 0x7fff;
    this.rtxHighest = random.uint32() & 0x7fff;
    this.index = downlink.add(this);
  }

  get canPad(): boolean {
    return this.rtxSsrc !== 0 && this.rtxType >= 0;
  }

  get highestSequence(): number {
    return this.highest;
  }

  /**
   * From `packet` on, the stream is of its source. Where what came before ends within a picture, a number is left out, so that nobody
   * takes the part for a whole.
   */
  begin(now: Instant, packet: SourcePacket, filter: LayerFilter): Segment {
    const source = packet.source!;
    const skip = this.endsPicture ? 0 : 1;
    const segment = new Segment(source, filter, packet.sequence, this.highest + 1 + skip);
    const { info, dependencies } = packet;
    segment.timestampOffset = serialDistance32(packet.rtpTimestamp, this.timestampAfter(now - packet.ageMs, packet));
    if (info.pictureId >= 0 && this.lastPictureId >= 0) segment.pictureIdOffset = this.lastPictureId + 1 - info.pictureId;
    if (info.tl0PicIdx >= 0 && this.lastTl0 >= 0) segment.tl0Offset = this.lastTl0 + 1 - info.tl0PicIdx;
    if (info.keyIndex >= 0 && this.lastKeyIndex >= 0) segment.keyIndexOffset = this.lastKeyIndex + 1 - info.keyIndex;
    if (dependencies && this.lastFrameNumber >= 0)
      segment.frameNumberOffset = this.lastFrameNumber + 1 - dependencies.frameNumber;
    if (this.segment) this.segment.last = this.highest;
    this.previous = this.isOpen ? this.segment : undefined;
    this.isOpen = true;
    this.segment = segment;
    this.segmentIndex = (this.segmentIndex + 1) % SEGMENTS;
    this.segments[this.segmentIndex] = segment;
    return segment;
  }

  /** Nothing is sent for a while. What was sent may be asked for again. */
  pause(): void {
    this.isOpen = false;
    this.downlink.controller.pacer.forget(this.index);
  }

  /** Nothing of what waits is to be sent any more, nor sent again: the subscriber gets something else. */
  end(): void {
    this.isOpen = false;
    this.segment = this.previous = undefined;
    this.segments.length = 0;
    this.downlink.controller.pacer.forget(this.index);
  }

  /** Sends a packet newer than all before. */
  forward(now: Instant, packet: SourcePacket, segment: Segment, isMarked: boolean): void {
    const outgoing = segment.forward(packet.sequence);
    this.highest = outgoing;
    this.endsPicture = isMarked || !this.isPaced;
    this.noteProgress(now, packet, segment);
    this.emit(now, packet, segment, this.segmentIndex, outgoing, isMarked, segment.filter.picturesDropped);
  }

  /** Sends a packet that was overtaken, under the number that was left free for it. */
  forwardLate(now: Instant, packet: SourcePacket, segment: Segment): void {
    const outgoing = segment.late(packet.sequence);
    if (outgoing < 0 || !this.sent.isFree(outgoing, this.highest)) return;
    const { filter } = segment;
    const index = this.segments.indexOf(segment);
    if (index < 0) return;
    const verdict = filter.judgeLate(packet);
    if (verdict === 'lost') return;
    if (outgoing > this.highest) {
      // What came after it was kept back, so that it is the newest of the stream nevertheless.
      this.highest = outgoing;
      if (verdict === 'forward') this.noteProgress(now, packet, segment);
      this.endsPicture = verdict === 'drop' || filter.isMarked(packet);
    }
    if (verdict !== 'forward') return this.fill(now, packet, segment, outgoing);
    this.emit(now, packet, segment, index, outgoing, filter.isMarked(packet), filter.picturesDropped);
    // The subscriber has missed it, too: what it has asked for already is answered by this.
    if (this.sent.find(outgoing)) this.sent.countResend(now);
  }

  /** A number that was left free turns out not to be needed: padding takes it, so that nobody waits for it. */
  private fill(now: Instant, packet: SourcePacket, segment: Segment, outgoing: number): void {
    const type = this.payloads.types[packet.payloadType]!;
    if (type < 0 || !this.downlink.isConnected) return;
    this.sent.add(now, outgoing, packet.payloadType, FILLED, 0, false);
    const timestamp = (packet.rtpTimestamp + segment.timestampOffset) >>> 0;
    this.writePadding(now, type, outgoing, timestamp, this.ssrc, 1);
  }

  /** What the next segment goes on from. */
  private noteProgress(now: Instant, packet: SourcePacket, segment: Segment): void {
    const timestamp = (packet.rtpTimestamp + segment.timestampOffset) >>> 0;
    const { dependencies } = packet;
    if (dependencies) this.lastFrameNumber = (dependencies.frameNumber + segment.frameNumberOffset) & 0xffff;
    if (timestamp === this.lastTimestamp) return; // of the same picture as before
    if (Number.isNaN(this.lastTimestampAt) || serialDistance32(this.lastTimestamp, timestamp) > 0) {
      this.lastTimestamp = timestamp;
      this.lastTimestampAt = now - packet.ageMs;
    }
    if (this.isPaced && this.payloads.rewrites[packet.payloadType] !== 'none') this.notePicture(packet, segment);
  }

  private notePicture({ info }: SourcePacket, segment: Segment): void {
    const pictureId = info.pictureId + segment.pictureIdOffset - segment.filter.picturesDropped;
    if (info.pictureId >= 0) this.lastPictureId = pictureId & (info.pictureIdBits === 7 ? 0x7f : 0x7fff);
    if (info.tl0PicIdx >= 0) this.lastTl0 = (info.tl0PicIdx + segment.tl0Offset) & 0xff;
    if (info.keyIndex >= 0) this.lastKeyIndex = (info.keyIndex + segment.keyIndexOffset) & 0x1f;
  }

  private emit(
    now: Instant,
    packet: SourcePacket,
    segment: Segment,
    index: number,
    outgoing: number,
    isMarked: boolean,
    picturesDropped: number,
  ): void {
    const { downlink } = this;
    this.sent.add(now, outgoing, packet.sequence, index, picturesDropped, isMarked);
    this.packets += 1;
    this.octets += packet.payloadBytes;
    this.lastSentAt = now;
    const bytes = packet.payloadBytes + OVERHEAD_BYTES;
    if (this.isPaced && !downlink.passes(now, bytes)) downlink.queue(now, 'video', this.index, outgoing, bytes);
    else this.write(now, packet, segment, outgoing, isMarked, picturesDropped, bytes);
    if (!this.isPaced) downlink.spend(now, bytes);
  }

  /** A packet whose turn has come. What is not in the cache any more is lost. */
  sendQueued(now: Instant, outgoing: number): void {
    const packet = this.load(outgoing);
    if (!packet) return;
    const { sent } = this;
    const segment = this.segments[sent.segment]!;
    this.write(now, packet, segment, outgoing, sent.isMarked, sent.picturesDropped, packet.payloadBytes + OVERHEAD_BYTES);
  }

  private write(
    now: Instant,
    packet: SourcePacket,
    segment: Segment,
    outgoing: number,
    isMarked: boolean,
    picturesDropped: number,
    bytes: number,
  ): void {
    const { downlink } = this;
    const { egress, head } = downlink;
    const type = this.payloads.types[packet.payloadType]!;
    if (type < 0 || downlink.address < 0) return;
    const transportSequence = downlink.count(now, bytes, true);
    const at = egress.reserve();
    const timestamp = (packet.rtpTimestamp + segment.timestampOffset) >>> 0;
    head.begin(at, type, isMarked, outgoing & 0xffff, timestamp, this.ssrc);
    const abs = egress.absSendTime(now);
    head.extensions(packet, downlink.extensions, transportSequence, abs, segment.frameNumberOffset, this.mid);
    const clear = head.at - at;
    head.payloadHead(packet, this.payloads.rewrites[packet.payloadType]!, segment, picturesDropped, this.payloads.types);
    egress.batch.add(
      downlink.address,
      downlink.key,
      Math.floor(outgoing / SEQUENCES),
      head.at - at,
      clear,
      packet.slab,
      packet.payloadOffset + head.consumed,
      packet.payloadBytes - head.consumed,
    );
    egress.packets += 1;
  }

  /** Whether a number that the subscriber misses can be sent again now: its unrolled number, or -1. */
  prepareResend(now: Instant, sequenceNumber: number, rule: ResendRule): number {
    const outgoing = this.highest - ((this.highest - sequenceNumber) & 0xffff);
    // Who asks for everything over and over is to cost a look at a table, and no packet read (S-52).
    if (this.rtxSsrc === 0 || !this.sent.find(outgoing) || !this.sent.mayResend(now, rule)) return -1;
    const packet = this.load(outgoing);
    if (!packet && !this.isFilled(outgoing)) return -1;
    this.resendBytes = packet?.payloadBytes ?? 0;
    return outgoing;
  }

  /** What {@link prepareResend} found is sent again now, or waits for its turn. */
  countResend(now: Instant): void {
    this.sent.countResend(now);
  }

  /** Sends a packet again, as RFC 4588 has it. */
  resend(now: Instant, outgoing: number): void {
    const packet = this.load(outgoing);
    const { downlink, sent } = this;
    if (downlink.address < 0) return;
    if (!packet) {
      if (this.isFilled(outgoing)) this.resendNothing(now, outgoing);
      return;
    }
    const { egress, head } = downlink;
    const type = this.payloads.rtxTypes[packet.payloadType]!;
    if (type < 0) return;
    const segment = this.segments[sent.segment]!;
    const transportSequence = downlink.count(now, packet.payloadBytes + OVERHEAD_BYTES, false);
    const at = egress.reserve();
    const timestamp = (packet.rtpTimestamp + segment.timestampOffset) >>> 0;
    this.rtxHighest += 1;
    this.resends += 1;
    head.begin(at, type, sent.isMarked, this.rtxHighest & 0xffff, timestamp, this.rtxSsrc);
    const abs = egress.absSendTime(now);
    head.extensions(packet, downlink.extensions, transportSequence, abs, segment.frameNumberOffset, this.rtxMid);
    const clear = head.at - at;
    head.u16(outgoing & 0xffff);
    head.payloadHead(packet, this.payloads.rewrites[packet.payloadType]!, segment, sent.picturesDropped, this.payloads.types);
    egress.batch.add(
      downlink.address,
      downlink.key,
      Math.floor(this.rtxHighest / SEQUENCES),
      head.at - at,
      clear,
      packet.slab,
      packet.payloadOffset + head.consumed,
      packet.payloadBytes - head.consumed,
    );
    egress.packets += 1;
  }

  private isFilled(outgoing: number): boolean {
    return this.sent.find(outgoing) && this.sent.segment === FILLED;
  }

  /** That there is nothing under a number that was filled with padding. */
  private resendNothing(now: Instant, outgoing: number): void {
    if (this.rtxType < 0) return;
    const { downlink } = this;
    const { egress, head } = downlink;
    const transportSequence = downlink.count(now, OVERHEAD_BYTES, false);
    const at = egress.reserve();
    this.rtxHighest += 1;
    head.begin(at, this.rtxType, false, this.rtxHighest & 0xffff, this.lastTimestamp, this.rtxSsrc);
    head.extensions(undefined, downlink.extensions, transportSequence, egress.absSendTime(now), 0, this.rtxMid);
    const clear = head.at - at;
    head.u16(outgoing & 0xffff);
    const rollover = Math.floor(this.rtxHighest / SEQUENCES);
    egress.batch.add(downlink.address, downlink.key, rollover, head.at - at, clear, 0, 0, 0);
    egress.packets += 1;
  }

  /** Sends the newest packet again, as padding that may be of use. */
  resendRecent(now: Instant): boolean {
    if (!this.load(this.highest)) return false;
    this.resend(now, this.highest);
    return true;
  }

  /** Sends a packet of padding over the SSRC of retransmissions. */
  sendPadding(now: Instant, bytes: number): void {
    this.rtxHighest += 1;
    this.writePadding(now, this.rtxType, this.rtxHighest, this.lastTimestamp, this.rtxSsrc, bytes);
  }

  private writePadding(now: Instant, type: number, outgoing: number, timestamp: number, ssrc: number, bytes: number): void {
    const { downlink } = this;
    const { egress, head } = downlink;
    const transportSequence = downlink.count(now, bytes + OVERHEAD_BYTES, false);
    const at = egress.reserve();
    head.begin(at, type, false, outgoing & 0xffff, timestamp, ssrc, true);
    head.extensions(undefined, downlink.extensions, transportSequence, egress.absSendTime(now), 0, this.rtxMid);
    const clear = head.at - at;
    head.padding(bytes);
    egress.batch.add(downlink.address, downlink.key, Math.floor(outgoing / SEQUENCES), head.at - at, clear, 0, 0, 0);
    egress.packets += 1;
  }

  /** Reads what the number was made of from the cache. */
  private load(outgoing: number): SourcePacket | undefined {
    const { sent } = this;
    if (!sent.find(outgoing)) return undefined;
    const segment = this.segments[sent.segment];
    if (!segment) return undefined;
    const { source } = segment;
    const sequence = segment.highest + serialDistance16(segment.highest & 0xffff, sent.source);
    const packet = this.downlink.egress.resent;
    return source.load(sequence, packet) ? packet : undefined;
  }

  /** What media captured now carries; `ntpMs` is now on the clock of our reports. By its sender's reports where it sends any, else by when it came. */
  timestampAt(now: Instant, ntpMs: NtpMs): number {
    const byArrival = (this.lastTimestamp + Math.round(((now - this.lastTimestampAt) * this.clockRate) / 1_000)) >>> 0;
    const { segment } = this;
    const source = segment?.source;
    const offsetMs = source?.track.publisher.clockOffset.ms ?? Number.NaN;
    if (!segment || !source?.clock.isKnown || Number.isNaN(offsetMs)) return byArrival;
    const captured = (source.clock.timestampAt(ntpMs - offsetMs, this.clockRate) + segment.timestampOffset) >>> 0;
    const errorMs = (serialDistance32(byArrival, captured) * 1_000) / this.clockRate;
    return Math.abs(errorMs) < MAX_CLOCK_ERROR_MS ? captured : byArrival;
  }

  /** The timestamp that the packet gets: as far behind what left last as the capture of the two was apart. */
  private timestampAfter(now: Instant, packet: SourcePacket): number {
    if (Number.isNaN(this.lastTimestampAt)) return packet.rtpTimestamp;
    const { segment } = this;
    const elapsedMs = now - this.lastTimestampAt;
    const byArrival = this.lastTimestamp + Math.round((elapsedMs * this.clockRate) / 1_000);
    let timestamp = byArrival;
    const source = packet.source!;
    if (segment && segment.source.track === source.track) {
      const aligned = segment.source.timestampOf(source, packet.rtpTimestamp);
      if (aligned !== undefined) {
        const outgoing = (aligned + segment.timestampOffset) >>> 0;
        const errorMs = (serialDistance32(byArrival >>> 0, outgoing) * 1_000) / this.clockRate;
        if (Math.abs(errorMs) < MAX_CLOCK_ERROR_MS) timestamp = outgoing;
      }
    }
    const ahead = serialDistance32(this.lastTimestamp, timestamp >>> 0);
    return (ahead > 0 ? timestamp : this.lastTimestamp + 1) >>> 0;
  }
}
