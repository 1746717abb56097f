import { type Instant, NEVER } from '../core/index.js';
import {
  FrameDependencies,
  hasDependencyStructure,
  MANDATORY_DESCRIPTOR_BYTES,
  type RtpPacketView,
  readFrameNumber,
  readStartOfFrame,
  SequenceUnroller,
} from '../rtp/index.js';
import type { Depacketizer, FrameSummary } from './depacketizer.js';
import type { EncodedFrame } from './encoded-frame.js';
import { FrameBuffer } from './frame-buffer.js';
import { type HeldPayload, PacketWindow } from './packet-window.js';
import { PayloadInfo } from './payload-info.js';
import { type Decodability, ReferenceTracker } from './reference-tracker.js';

export interface FrameAssemblerOptions {
  /** How long a missing packet is waited for once later ones are here. May be changed later: {@link FrameAssembler.maxWaitMs}. */
  readonly maxWaitMs?: number;
  /** How far apart the oldest awaited and the newest packet may be, a power of two. */
  readonly maxPackets?: number;
  readonly maxFrameBytes?: number;
  /** Key frames of more pixels are refused: a few bytes can claim 16,383 × 16,383 (S-59). */
  readonly maxPixels?: number;
}

/** Why frames and packets did not come through, counted. */
export interface AssemblyCounters {
  frames: number;
  keyFrames: number;
  /** Given up incomplete or refused by the codec. */
  framesLost: number;
  /** Complete, but lean on lost ones. */
  framesNotDecodable: number;
  packetsLost: number;
  packetsDuplicate: number;
  /** Came when nobody waited for them any more. */
  packetsLate: number;
  packetsMalformed: number;
}

const DEFAULT_MAX_WAIT_MS = 500;
const DEFAULT_MAX_PACKETS = 1_024;
const DEFAULT_MAX_FRAME_BYTES = 8 * 1024 * 1024;
/** 8K: what level 6 of the codecs holds. */
const DEFAULT_MAX_PIXELS = 8_192 * 4_320;
/** How many packets before the first of a key frame may still be on their way, where that was lost and is sent again. */
const REORDERING_PACKETS = 512;
/** What is missing for longer was not only overtaken on its way. */
const REORDERED_MS = 50;
/** So many packets far behind, with none ahead between them, are a sender that has gone on elsewhere. */
const RESTART_AFTER_PACKETS = 16;

const NO_SEQUENCE = Number.NEGATIVE_INFINITY;

/**
 * Puts the packets of one video stream together to frames, in order of decoding: takes packets in any order within a window,
 * with duplicates and gaps, and yields frames that can be decoded. Call {@link drain} after each input.
 *
 * After a loss it goes on where the codec's layer counters show that nothing needed is missing; otherwise {@link needsKeyFrame}
 * turns true and packets are passed over until a key frame begins.
 */
export class FrameAssembler {
  /** Nothing can be decoded until a key frame comes: ask the sender for one. True at birth. */
  needsKeyFrame = true;
  maxWaitMs: number;
  /** When {@link advance} is next worth calling: then a missing packet is given up. */
  deadline: Instant = NEVER;
  readonly counters: AssemblyCounters = {
    frames: 0,
    keyFrames: 0,
    framesLost: 0,
    framesNotDecodable: 0,
    packetsLost: 0,
    packetsDuplicate: 0,
    packetsLate: 0,
    packetsMalformed: 0,
  };

  private readonly unroller = new SequenceUnroller();
  private readonly window: PacketWindow;
  private readonly references = new ReferenceTracker();
  private readonly buffer: FrameBuffer;
  private readonly maxPixels: number;
  private readonly reorderingPackets: number;
  private readonly info = new PayloadInfo();
  /** Read in order, as structures come. */
  private dependencies = new FrameDependencies();
  /** It is of the payload that was read last. */
  private isDescribed = false;
  private readonly frame: AssembledFrame;

  /** The next packet to consume. */
  private next = 0;
  private highest = NO_SEQUENCE;
  /** The earliest packet known to begin a key frame, while one is needed. */
  private keyFrameAt = NO_SEQUENCE;
  /** No packet that is held begins one; those that come are looked at as they come. */
  private isWindowSearched = true;
  /** The earliest packet known to begin a key frame behind a gap. */
  private laterKeyFrameAt = NO_SEQUENCE;
  private isFrameOpen = false;
  /** The packet before {@link next} ended a frame, so that the next one begins one. */
  private isAtFrameStart = false;
  /** Packets were lost since the last key frame: every frame is judged by its references. */
  private isSuspect = false;
  /** The gap that {@link deadline} is about. */
  private gapAt = NO_SEQUENCE;
  /** When the first packet behind it came. */
  private gapSince: Instant = 0;
  /** Packets far behind in a row. */
  private lateRun = 0;
  private isDraining = false;

  constructor(
    private readonly depacketizer: Depacketizer,
    options: FrameAssemblerOptions = {},
  ) {
    this.maxWaitMs = options.maxWaitMs ?? DEFAULT_MAX_WAIT_MS;
    this.buffer = new FrameBuffer(options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES);
    this.frame = new AssembledFrame(this.buffer);
    this.window = new PacketWindow(options.maxPackets ?? DEFAULT_MAX_PACKETS, this.buffer);
    this.reorderingPackets = Math.min(REORDERING_PACKETS, this.window.size >> 1);
    this.maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS;
  }

  /** Takes the packet under `packet`, decrypted. `descriptorId`: of the extension with its dependency descriptor, 0 where none was negotiated. */
  receive(now: Instant, packet: RtpPacketView, descriptorId = 0): void {
    const { sequenceNumber, rtpTimestamp, marker, bytes, payloadOffset, payloadBytes } = packet;
    const described = packet.findExtension(descriptorId, MANDATORY_DESCRIPTOR_BYTES) ? packet : undefined;
    this.receivePayload(now, sequenceNumber, rtpTimestamp, marker, bytes, payloadOffset, payloadBytes, described);
  }

  /**
   * The same for a payload that came otherwise: recovered, or out of RED. A length of 0 says that there is nothing of a frame
   * behind the sequence number (padding, forward error correction), so that it is no gap. `described`: stands at the extension
   * with its dependency descriptor.
   */
  receivePayload(
    now: Instant,
    sequenceNumber: number,
    rtpTimestamp: number,
    isMarked: boolean,
    bytes: Uint8Array,
    offset: number,
    length: number,
    described?: RtpPacketView,
  ): void {
    const sequence = this.unroll(sequenceNumber);
    if (sequence < this.next) return this.comesLate(sequence, sequenceNumber);
    this.lateRun = 0;
    if (this.window.get(sequence)) {
      this.counters.packetsDuplicate += 1;
      return;
    }
    this.makeRoom(sequence);
    const held = this.window.hold(sequence, bytes, offset, length);
    held.rtpTimestamp = rtpTimestamp;
    held.isMarked = isMarked;
    held.receivedAt = now;
    if (described) held.describe(described.bytes, described.valueOffset, described.valueBytes);
    if (sequence > this.highest) this.highest = sequence;
    if (this.needsKeyFrame) this.noteKeyFrame(held);
    else if (this.gapAt === this.next) this.noteLaterKeyFrame(now, held);
  }

  /** What is missing will not come, however long it is waited for: goes on with the next key frame. */
  giveUp(): void {
    if (this.needsKeyFrame) return;
    this.needsKeyFrame = true;
    this.isWindowSearched = false;
    this.loseFrame();
  }

  /** Gives up what has been missing for too long. */
  advance(now: Instant): void {
    if (now < this.deadline) return;
    this.deadline = NEVER;
    this.gapAt = NO_SEQUENCE;
    this.skipGap();
  }

  /** Hands over the frames that are whole. The frame and its bytes are lent for the call. */
  drain(take: (frame: EncodedFrame) => void): void {
    if (this.isDraining) return;
    this.isDraining = true;
    try {
      while (this.isAssembling()) {
        const held = this.window.get(this.next);
        if (!held && this.passEmptyGap()) continue;
        if (!held) break;
        if (!this.consume(held, take)) continue;
        this.window.release(held.sequence);
        this.next += 1;
      }
    } finally {
      this.isDraining = false;
    }
    this.watchGap();
  }

  /** Sequence numbers from the first on, with room before it for what was reordered at the very beginning. */
  private unroll(sequenceNumber: number): number {
    const sequence = this.unroller.unroll(sequenceNumber);
    if (this.highest === NO_SEQUENCE) this.next = sequence - this.reorderingPackets;
    return sequence;
  }

  /** A gap of more than half the numbers looks like the past, and so does a sender that starts anew (RFC 3550 A.1). */
  private comesLate(sequence: number, sequenceNumber: number): void {
    this.counters.packetsLate += 1;
    if (sequence > this.next - this.window.size) return;
    this.lateRun += 1;
    if (this.lateRun < RESTART_AFTER_PACKETS) return;
    this.loseFrame();
    this.dropUntil(this.highest + 1);
    this.unroller.reset();
    this.highest = NO_SEQUENCE;
    this.next = this.unroller.unroll(sequenceNumber) + 1;
    this.highest = this.next - 1;
    this.lateRun = 0;
    this.isAtFrameStart = false;
    this.isSuspect = true;
    this.dependencies = new FrameDependencies();
  }

  /** Gives up the oldest packets where `sequence` would lie beyond the window. */
  private makeRoom(sequence: number): void {
    const first = sequence - this.window.size + 1;
    if (this.next >= first) return;
    const isCounted = !this.needsKeyFrame || this.isFrameOpen;
    this.loseFrame();
    const passed = first - this.next;
    const held = this.dropUntil(first);
    if (isCounted) this.counters.packetsLost += passed - held;
    this.isAtFrameStart = false;
    this.isSuspect = true;
    this.isWindowSearched = false;
  }

  /** Releases what is held before `sequence`, goes on there, and returns how many packets that were. */
  private dropUntil(sequence: number): number {
    const end = Math.min(sequence, this.highest + 1);
    const before = this.window.count;
    for (let at = this.next; at < end; at++) this.window.release(at);
    if (sequence > this.next) this.next = sequence;
    return before - this.window.count;
  }

  /** While a key frame is needed: whether it may begin with this packet. */
  private noteKeyFrame(held: HeldPayload): void {
    if (held.length === 0 || !this.peek(held)) return;
    if (!this.info.isKeyFrame || !this.info.isPictureStart) return;
    if (this.keyFrameAt === NO_SEQUENCE || held.sequence < this.keyFrameAt) this.keyFrameAt = held.sequence;
  }

  /** A key frame that is whole needs nothing of what is missing before it: what was not only overtaken is not waited for any longer. */
  private noteLaterKeyFrame(now: Instant, held: HeldPayload): void {
    if (this.laterKeyFrameAt < this.next) this.laterKeyFrameAt = NO_SEQUENCE;
    if (this.laterKeyFrameAt === NO_SEQUENCE) {
      if (held.length === 0 || !this.peek(held) || !this.info.isKeyFrame || !this.info.isPictureStart) return;
      this.laterKeyFrameAt = held.sequence;
    }
    if (now - this.gapSince < REORDERED_MS) return;
    for (let at = this.laterKeyFrameAt; ; at++) {
      const one = this.window.get(at);
      if (!one) return;
      if (one.isMarked) break;
    }
    this.giveUp();
  }

  private findKeyFrame(): void {
    this.isWindowSearched = true;
    this.keyFrameAt = NO_SEQUENCE;
    for (let at = this.next; at <= this.highest && this.keyFrameAt === NO_SEQUENCE; at++) {
      const held = this.window.get(at);
      if (held) this.noteKeyFrame(held);
    }
  }

  /** Whether packets may be consumed; while a key frame is needed, only from the beginning of one. */
  private isAssembling(): boolean {
    if (!this.needsKeyFrame || this.isFrameOpen) return this.highest !== NO_SEQUENCE;
    if (!this.isWindowSearched) this.findKeyFrame();
    if (this.keyFrameAt === NO_SEQUENCE) {
      this.dropUntil(this.highest - this.reorderingPackets + 1);
      return false;
    }
    this.dropUntil(this.keyFrameAt);
    this.keyFrameAt = NO_SEQUENCE;
    this.isWindowSearched = false; // what looked like one from outside may be none: then the search goes on behind it
    this.isAtFrameStart = true;
    return true;
  }

  /** Takes the next packet in order; false: something else comes first, ask again. */
  private consume(held: HeldPayload, take: (frame: EncodedFrame) => void): boolean {
    if (held.length === 0) return true;
    if (this.isFrameOpen && held.rtpTimestamp !== this.frame.rtpTimestamp) {
      this.finishFrame(take); // with no gap before, the change of timestamp ends a frame without marker as well
      return false;
    }
    if (!this.read(held)) {
      this.counters.packetsMalformed += 1;
      this.loseFrame();
      this.isSuspect = true;
      this.isAtFrameStart = held.isMarked;
      return true;
    }
    if (!this.isFrameOpen) {
      const beginning = this.judgeBeginning();
      if (beginning === 'key-frame-needed') {
        this.needsKeyFrame = true;
        this.isWindowSearched = false;
        return true;
      }
      if (beginning !== 'decodable') {
        if (this.info.isPictureStart) this.references.pass(this.info, this.described);
        this.isAtFrameStart = held.isMarked;
        return true;
      }
      this.openFrame(held);
    }
    this.append(held);
    if (held.isMarked) this.finishFrame(take);
    return true;
  }

  /** Whether a frame that can be decoded begins here. */
  private judgeBeginning(): Decodability {
    if (!this.isAtFrameStart && !this.info.isPictureStart) return 'not-decodable';
    if (!this.isSuspect) return 'decodable';
    const decodability = this.references.judge(this.info, this.described);
    if (decodability === 'not-decodable') this.counters.framesNotDecodable += 1;
    return decodability;
  }

  private openFrame(held: HeldPayload): void {
    this.isFrameOpen = true;
    this.buffer.reset();
    this.depacketizer.begin(this.buffer);
    this.references.begin(this.info, this.isAtFrameStart && !this.info.isKeyFrame);
    this.frame.begin(held, this.info);
  }

  private append(held: HeldPayload): void {
    this.frame.add(held, this.info);
    this.references.add(this.described);
    const { buffer } = this;
    const refusal = this.depacketizer.append(buffer.bytes, buffer.tailAt + held.offset, held.length, this.info, buffer);
    if (!refusal && !buffer.failed) return;
    if (refusal) this.counters.packetsMalformed += 1;
    this.loseFrame();
  }

  private finishFrame(take: (frame: EncodedFrame) => void): void {
    this.isAtFrameStart = true;
    if (!this.isFrameOpen) return; // lost with its last packet
    const { frame, buffer } = this;
    frame.isKeyFrame = false;
    const refusal = this.depacketizer.finish(buffer, frame);
    const isMissed = this.needsKeyFrame && !frame.isKeyFrame;
    if (refusal || buffer.failed || isMissed || frame.width * frame.height > this.maxPixels) return this.loseFrame();
    this.isFrameOpen = false;
    this.counters.frames += 1;
    if (frame.isKeyFrame) {
      this.counters.keyFrames += 1;
      this.needsKeyFrame = false;
      this.isSuspect = false;
    }
    this.references.give(frame.isKeyFrame);
    frame.whole();
    take(frame);
  }

  /** The open frame, if any, will not be whole. */
  private loseFrame(): void {
    if (!this.isFrameOpen) return;
    this.isFrameOpen = false;
    this.isAtFrameStart = false;
    this.isSuspect = true;
    this.counters.framesLost += 1;
    this.isWindowSearched = false;
  }

  /** Goes on behind the packets that are missing now. */
  private skipGap(): void {
    if (this.highest < this.next || this.window.get(this.next)) return;
    this.loseFrame();
    const gap = this.next;
    while (!this.window.get(this.next)) this.next += 1;
    this.counters.packetsLost += this.next - gap;
    this.isAtFrameStart = false;
    this.isSuspect = true;
  }

  /**
   * Goes on behind packets that are missing between two frames that follow one another: none of a picture, so padding or protection,
   * which senders do not send again (RFC 5109). A step of numbers may change with the layers that are sent, so references are looked at.
   */
  private passEmptyGap(): boolean {
    if (!this.isAtFrameStart || this.isFrameOpen || this.needsKeyFrame) return false;
    let missing = 0;
    let at = this.next;
    let held = this.window.get(at);
    for (; at <= this.highest && !held?.length; held = this.window.get(++at)) if (!held) missing += 1;
    if (!held || !this.peek(held) || !this.info.isPictureStart) return false;
    if (!this.references.isNext(this.info, frameNumberOf(held))) return false;
    this.dropUntil(at);
    this.counters.packetsLost += missing;
    this.isSuspect = true;
    return true;
  }

  /** Sets the deadline by the oldest packet that waits behind a gap. */
  private watchGap(): void {
    const isWaiting = !this.needsKeyFrame || this.isFrameOpen;
    if (!isWaiting || this.highest < this.next) {
      this.gapAt = NO_SEQUENCE;
      this.deadline = NEVER;
      return;
    }
    if (this.gapAt === this.next) return;
    this.gapAt = this.next;
    let at = this.next + 1;
    while (!this.window.get(at)) at += 1;
    this.gapSince = this.window.get(at)!.receivedAt;
    this.deadline = this.gapSince + this.maxWaitMs;
  }

  /** What the descriptor of the payload says that was read last. */
  private get described(): FrameDependencies | undefined {
    return this.isDescribed ? this.dependencies : undefined;
  }

  /** Reads the next payload into `info`, what its dependency descriptor says included; false if it is malformed. */
  private read(held: HeldPayload): boolean {
    const { info, buffer, dependencies } = this;
    if (this.depacketizer.read(buffer.bytes, buffer.tailAt + held.offset, held.length, info)) return false;
    this.isDescribed = held.descriptorBytes > 0 && dependencies.read(held.descriptor, 0, held.descriptorBytes);
    if (!this.isDescribed) return true;
    info.spatialId = dependencies.spatialId;
    info.temporalId = dependencies.temporalId;
    if (!dependencies.isFirstPacketOfFrame || dependencies.spatialId > 0) return true;
    info.isPictureStart = true;
    if (dependencies.isKeyFrame) info.isKeyFrame = true;
    return true;
  }

  /** Reads into `info` what can be known of a payload whose turn has not come: structures that its descriptor leans on may still be on their way. */
  private peek({ offset, length, descriptor, descriptorBytes }: HeldPayload): boolean {
    const { info, buffer } = this;
    if (this.depacketizer.read(buffer.bytes, buffer.tailAt + offset, length, info)) return false;
    if (descriptorBytes === 0 || !readStartOfFrame(descriptor, 0)) return true;
    info.isPictureStart = true;
    if (hasDependencyStructure(descriptor, 0, descriptorBytes)) info.isKeyFrame = true;
    return true;
  }
}

/** Of its dependency descriptor; -1 without one. */
function frameNumberOf({ descriptor, descriptorBytes }: HeldPayload): number {
  return descriptorBytes > 0 ? readFrameNumber(descriptor, 0) : -1;
}

/** The one frame object of an assembler, lent again and again. */
class AssembledFrame implements EncodedFrame, FrameSummary {
  length = 0;
  isKeyFrame = false;
  rtpTimestamp = 0;
  width = 0;
  height = 0;
  spatialId = 0;
  temporalId = 0;
  pictureId = -1;
  tl0PicIdx = -1;
  firstSequence = 0;
  lastSequence = 0;
  packetCount = 0;
  firstReceivedAt: Instant = 0;
  lastReceivedAt: Instant = 0;
  readonly #buffer: FrameBuffer;
  #bytes: Uint8Array | undefined;

  constructor(buffer: FrameBuffer) {
    this.#buffer = buffer;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= this.#buffer.view());
  }

  /** Nothing more is added. */
  whole(): void {
    this.length = this.#buffer.length;
    this.#bytes = undefined;
  }

  begin(held: HeldPayload, info: PayloadInfo): void {
    this.rtpTimestamp = held.rtpTimestamp;
    this.width = 0;
    this.height = 0;
    this.spatialId = 0;
    this.temporalId = info.temporalId;
    this.pictureId = info.pictureId;
    this.tl0PicIdx = info.tl0PicIdx;
    this.firstSequence = held.sequence;
    this.packetCount = 0;
    this.firstReceivedAt = held.receivedAt;
    this.lastReceivedAt = held.receivedAt;
  }

  add(held: HeldPayload, info: PayloadInfo): void {
    this.lastSequence = held.sequence;
    this.packetCount += 1;
    if (info.spatialId > this.spatialId) this.spatialId = info.spatialId;
    if (held.receivedAt < this.firstReceivedAt) this.firstReceivedAt = held.receivedAt;
    if (held.receivedAt > this.lastReceivedAt) this.lastReceivedAt = held.receivedAt;
  }
}
