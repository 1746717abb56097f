import { Malformed } from '../../core/index.js';
import { PayloadPlan } from '../payload-plan.js';

/**
 * Redundant audio data (RFC 2198 §3): a header for each block, then the blocks. The last header, of the primary block, is short.
 *
 *     |1|  block PT   |  timestamp offset         |   block length    |
 *     |0|  block PT   |
 */
const FOLLOWED = 0x80;
const HEADER_BYTES = 4;
const PRIMARY_HEADER_BYTES = 1;
const MAX_BLOCK_BYTES = 0x3ff;
const MAX_TIMESTAMP_OFFSET = 0x3fff;

const TRUNCATED = Malformed.of('payload/red/truncated');
const BLOCK_PAST_END = Malformed.of('payload/red/block-past-end');
const DOES_NOT_FIT = Malformed.of('payload/red/frame-does-not-fit');
/** A hundred headers in a packet describe nothing that anybody sends. */
const TOO_MANY_BLOCKS = Malformed.of('payload/red/too-many-blocks');

const MAX_BLOCKS = 32;

/** Walks the blocks of a payload, oldest first; the primary one is the last. */
export class RedBlocks {
  payloadType = 0;
  /** How much older than the packet's RTP timestamp the block is. */
  timestampOffset = 0;
  offset = 0;
  length = 0;
  isPrimary = false;
  /** How many blocks come after this one. Where every packet has a frame, it was first sent so many packets before. */
  blocksAfter = 0;
  private bytes: Uint8Array = NOTHING;
  private count = 0;
  private index = 0;
  private headerAt = 0;
  private dataAt = 0;
  private end = 0;

  /** Points at a payload and checks all of its headers; a refusal leaves nothing to walk. */
  reset(bytes: Uint8Array, offset: number, length: number): Malformed | undefined {
    const end = offset + length;
    this.bytes = bytes;
    this.count = 0;
    this.index = 0;
    this.headerAt = offset;
    this.end = end;
    let at = offset;
    let count = 1;
    let blocksBytes = 0;
    for (; at < end && bytes[at]! & FOLLOWED; at += HEADER_BYTES, count++) {
      if (at + HEADER_BYTES > end) return TRUNCATED;
      if (count === MAX_BLOCKS) return TOO_MANY_BLOCKS;
      blocksBytes += ((bytes[at + 2]! & 0x03) << 8) | bytes[at + 3]!;
    }
    if (at >= end) return TRUNCATED;
    this.dataAt = at + PRIMARY_HEADER_BYTES;
    if (this.dataAt + blocksBytes > end) return BLOCK_PAST_END;
    this.count = count;
    return undefined;
  }

  next(): boolean {
    if (this.index >= this.count) return false;
    const { bytes, headerAt } = this;
    this.index += 1;
    this.blocksAfter = this.count - this.index;
    this.isPrimary = this.blocksAfter === 0;
    this.payloadType = bytes[headerAt]! & 0x7f;
    this.timestampOffset = this.isPrimary ? 0 : (bytes[headerAt + 1]! << 6) | (bytes[headerAt + 2]! >> 2);
    this.offset = this.dataAt;
    this.length = this.isPrimary ? this.end - this.dataAt : ((bytes[headerAt + 2]! & 0x03) << 8) | bytes[headerAt + 3]!;
    this.headerAt += HEADER_BYTES;
    this.dataAt += this.length;
    return true;
  }
}

interface SentBlock {
  bytes: Uint8Array;
  length: number;
  rtpTimestamp: number;
}

/** Sends each frame again with the one or two after it, so that a lost packet costs nothing. One for each stream. */
export class RedPacketizer {
  private readonly plan = new PayloadPlan();
  /** The frames before, the last one first. */
  private readonly sent: SentBlock[];
  private sentCount = 0;

  /** `payloadType` is that of the codec inside; `redundancy`: 1 or 2 frames again. */
  constructor(
    private readonly payloadType: number,
    redundancy: 1 | 2 = 1,
  ) {
    this.sent = Array.from({ length: redundancy }, () => ({ bytes: new Uint8Array(256), length: 0, rtpTimestamp: 0 }));
  }

  /**
   * Plans the one payload of `frame`. A frame before that is too large, too old or does not fit is left out, and so are those
   * before it, so that {@link RedBlocks.blocksAfter} stays true.
   */
  packetize(frame: Uint8Array, rtpTimestamp: number, maxPayloadBytes: number): PayloadPlan | Malformed {
    const { plan } = this;
    let size = PRIMARY_HEADER_BYTES + frame.length;
    if (frame.length === 0 || size > maxPayloadBytes) return DOES_NOT_FIT;
    let count = 0;
    for (; count < this.sentCount; count++) {
      const { length, rtpTimestamp: sentTimestamp } = this.sent[count]!;
      const age = (rtpTimestamp - sentTimestamp) >>> 0;
      size += HEADER_BYTES + length;
      if (length > MAX_BLOCK_BYTES || age > MAX_TIMESTAMP_OFFSET || size > maxPayloadBytes) break;
    }
    plan.begin(frame);
    for (let i = count - 1; i >= 0; i--) this.planHeader(this.sent[i]!, rtpTimestamp);
    plan.u8(this.payloadType & 0x7f);
    for (let i = count - 1; i >= 0; i--) plan.raw(this.sent[i]!.bytes, 0, this.sent[i]!.length);
    plan.range(0, frame.length).endPayload();
    this.keep(frame, rtpTimestamp);
    return plan;
  }

  private planHeader({ length, rtpTimestamp: sentTimestamp }: SentBlock, rtpTimestamp: number): void {
    const age = (rtpTimestamp - sentTimestamp) >>> 0;
    this.plan.u8(FOLLOWED | (this.payloadType & 0x7f)).u8(age >> 6);
    this.plan.u8(((age & 0x3f) << 2) | (length >> 8)).u8(length & 0xff);
  }

  private keep(frame: Uint8Array, rtpTimestamp: number): void {
    const oldest = this.sent.pop()!;
    if (frame.length > oldest.bytes.length) oldest.bytes = new Uint8Array(frame.length);
    oldest.bytes.set(frame);
    oldest.length = frame.length;
    oldest.rtpTimestamp = rtpTimestamp;
    this.sent.unshift(oldest);
    this.sentCount = Math.min(this.sentCount + 1, this.sent.length);
  }
}

const NOTHING = new Uint8Array(0);
