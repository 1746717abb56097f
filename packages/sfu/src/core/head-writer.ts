import { ExtensionKind, type ExtensionTable } from './extension-kinds.js';
import type { PayloadRewrite, Segment } from './segment.js';
import type { SourcePacket } from './source-packet.js';

const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;
/** The largest value of the one-byte form (RFC 8285 §4.2). */
const MAX_ONE_BYTE_VALUE = 16;
/** Of RED, before the primary one; senders have two or three, nine at most. */
const MAX_REDUNDANT_BLOCKS = 16;
const VERSION_2 = 0x80;
const PADDING = 0x20;
const EXTENSION = 0x10;
const MARKER = 0x80;

/**
 * Writes the heads of outgoing packets: the RTP header with the extensions of one subscriber, and behind it what changes of the payload.
 * Plain stores into one buffer, one call after another; nothing is made.
 */
export class HeadWriter {
  /** Where the next byte goes. */
  at = 0;
  /** Of the payload, so many bytes were written anew by {@link payloadHead}. */
  consumed = 0;
  private isTwoByte = false;

  constructor(private readonly heads: Uint8Array) {}

  /** The fixed header (RFC 3550 §5.1). */
  begin(
    at: number,
    payloadType: number,
    isMarked: boolean,
    sequenceNumber: number,
    rtpTimestamp: number,
    ssrc: number,
    isPadded = false,
  ): void {
    const { heads } = this;
    heads[at] = VERSION_2 | EXTENSION | (isPadded ? PADDING : 0);
    heads[at + 1] = isMarked ? payloadType | MARKER : payloadType;
    heads[at + 2] = sequenceNumber >>> 8;
    heads[at + 3] = sequenceNumber;
    heads[at + 4] = rtpTimestamp >>> 24;
    heads[at + 5] = rtpTimestamp >>> 16;
    heads[at + 6] = rtpTimestamp >>> 8;
    heads[at + 7] = rtpTimestamp;
    heads[at + 8] = ssrc >>> 24;
    heads[at + 9] = ssrc >>> 16;
    heads[at + 10] = ssrc >>> 8;
    heads[at + 11] = ssrc;
    this.at = at + 16;
  }

  /**
   * The extensions that the subscriber negotiated: numbers and times of ours, what the publisher said of the packet, and the mid while
   * it is to be told. `packet` is undefined for padding.
   */
  extensions(
    packet: SourcePacket | undefined,
    table: ExtensionTable,
    transportSequence: number,
    absSendTime: number,
    frameNumberOffset: number,
    mid: Uint8Array | undefined,
  ): void {
    const { heads } = this;
    const { idOf } = table;
    const elementsAt = this.at;
    const isPlain = table.isUsual && mid === undefined && (!packet || (packet.passedCount === 0 && packet.descriptorOffset < 0));
    if (isPlain && transportSequence >= 0) return this.usual(table, transportSequence, absSendTime);
    this.isTwoByte = table.needsTwoBytes || (mid !== undefined && mid.length > MAX_ONE_BYTE_VALUE) || needsTwoBytes(packet, idOf);
    const transportId = idOf[ExtensionKind.transportSequence]!;
    if (transportId !== 0 && transportSequence >= 0) {
      this.element(transportId, 2);
      heads[this.at++] = transportSequence >>> 8;
      heads[this.at++] = transportSequence;
    }
    const timeId = idOf[ExtensionKind.absSendTime]!;
    if (timeId !== 0) {
      this.element(timeId, 3);
      heads[this.at++] = absSendTime >>> 16;
      heads[this.at++] = absSendTime >>> 8;
      heads[this.at++] = absSendTime;
    }
    if (packet) this.passed(packet, idOf, frameNumberOffset);
    const midId = idOf[ExtensionKind.mid]!;
    if (mid && midId !== 0) {
      this.element(midId, mid.length);
      for (let i = 0; i < mid.length; i++) heads[this.at++] = mid[i]!;
    }
    this.endExtensions(elementsAt);
  }

  /** {@link extensions} where there are just the two that almost all packets have. */
  private usual({ transportElement, timeElement }: ExtensionTable, transportSequence: number, absSendTime: number): void {
    const { heads, at } = this;
    heads[at - 4] = ONE_BYTE_PROFILE >>> 8;
    heads[at - 3] = ONE_BYTE_PROFILE & 0xff;
    heads[at - 2] = 0;
    heads[at - 1] = 2;
    heads[at] = transportElement;
    heads[at + 1] = transportSequence >>> 8;
    heads[at + 2] = transportSequence;
    heads[at + 3] = timeElement;
    heads[at + 4] = absSendTime >>> 16;
    heads[at + 5] = absSendTime >>> 8;
    heads[at + 6] = absSendTime;
    heads[at + 7] = 0;
    this.at = at + 8;
  }

  /** What of the payload is written anew; {@link consumed} says how much of the original it stands for. */
  payloadHead(packet: SourcePacket, rewrite: PayloadRewrite, segment: Segment, picturesDropped: number, types: Int16Array): void {
    this.consumed = 0;
    if (rewrite === 'none' || packet.payloadBytes === 0) return;
    if (rewrite === 'vp8') this.vp8(packet, segment, picturesDropped);
    else if (rewrite === 'vp9') this.vp9(packet, segment);
    else this.red(packet, types, rewrite === 'red-primary');
  }

  u16(value: number): void {
    this.heads[this.at++] = value >>> 8;
    this.heads[this.at++] = value;
  }

  /** Padding to the end of the packet (RFC 3550 §5.1). */
  padding(bytes: number): void {
    this.heads.fill(0, this.at, this.at + bytes - 1);
    this.at += bytes;
    this.heads[this.at - 1] = bytes;
  }

  private passed(packet: SourcePacket, idOf: Uint8Array, frameNumberOffset: number): void {
    const { heads } = this;
    const { bytes } = packet;
    for (let i = 0; i < packet.passedCount; i++) {
      const id = idOf[packet.passedKinds[i]!]!;
      if (id === 0) continue;
      const length = packet.passedBytes[i]!;
      const from = packet.passedOffsets[i]!;
      this.element(id, length);
      for (let byte = 0; byte < length; byte++) heads[this.at++] = bytes[from + byte]!;
    }
    const id = idOf[ExtensionKind.dependencyDescriptor]!;
    if (packet.descriptorOffset < 0 || id === 0) return;
    const length = packet.descriptorBytes;
    const from = packet.descriptorOffset;
    this.element(id, length);
    const start = this.at;
    for (let byte = 0; byte < length; byte++) heads[this.at++] = bytes[from + byte]!;
    if (length < 3) return;
    const frameNumber = ((bytes[from + 1]! << 8) | bytes[from + 2]!) + frameNumberOffset;
    heads[start + 1] = frameNumber >>> 8;
    heads[start + 2] = frameNumber;
  }

  private element(id: number, length: number): void {
    const { heads } = this;
    if (this.isTwoByte) {
      heads[this.at++] = id;
      heads[this.at++] = length;
    } else heads[this.at++] = (id << 4) | (length - 1);
  }

  private endExtensions(elementsAt: number): void {
    const { heads } = this;
    while ((this.at - elementsAt) & 3) heads[this.at++] = 0;
    const profile = this.isTwoByte ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE;
    const words = (this.at - elementsAt) >> 2;
    heads[elementsAt - 4] = profile >>> 8;
    heads[elementsAt - 3] = profile;
    heads[elementsAt - 2] = words >>> 8;
    heads[elementsAt - 1] = words;
  }

  /** The descriptor of RFC 7741 §4.2, in the widths that it has. One that is cut off stays as it is. */
  private vp8({ bytes, payloadOffset, payloadBytes }: SourcePacket, segment: Segment, picturesDropped: number): void {
    const { heads } = this;
    const first = bytes[payloadOffset]!;
    if ((first & 0x80) === 0 || payloadBytes < 2) return;
    const flags = bytes[payloadOffset + 1]!;
    let from = payloadOffset + 2;
    const pictureIdBytes = flags & 0x80 ? (bytes[from]! & 0x80 ? 2 : 1) : 0;
    if (payloadBytes < 2 + pictureIdBytes + (flags & 0x40 ? 1 : 0) + (flags & 0x30 ? 1 : 0)) return;
    heads[this.at++] = first;
    heads[this.at++] = flags;
    if (flags & 0x80) {
      from += this.pictureId(bytes, from, segment.pictureIdOffset - picturesDropped);
    }
    if (flags & 0x40) heads[this.at++] = bytes[from++]! + segment.tl0Offset;
    if (flags & 0x30) {
      const layer = bytes[from++]!;
      heads[this.at++] = flags & 0x10 ? (layer & 0xe0) | ((layer + segment.keyIndexOffset) & 0x1f) : layer;
    }
    this.consumed = from - payloadOffset;
  }

  /** The descriptor of RFC 9628 §4.2 up to TL0PICIDX; what follows is relative, and stays. One that is cut off stays as it is. */
  private vp9({ bytes, payloadOffset, payloadBytes }: SourcePacket, segment: Segment): void {
    const { heads } = this;
    const first = bytes[payloadOffset]!;
    if ((first & 0x80) === 0 || payloadBytes < 2) return;
    let from = payloadOffset + 1;
    const pictureIdBytes = bytes[from]! & 0x80 ? 2 : 1;
    const layerBytes = first & 0x20 ? (first & 0x10 ? 1 : 2) : 0;
    if (payloadBytes < 1 + pictureIdBytes + layerBytes) return;
    heads[this.at++] = first;
    from += this.pictureId(bytes, from, segment.pictureIdOffset);
    if (first & 0x20) {
      heads[this.at++] = bytes[from++]!;
      if ((first & 0x10) === 0) heads[this.at++] = bytes[from++]! + segment.tl0Offset;
    }
    this.consumed = from - payloadOffset;
  }

  /** The picture id at `from`, of 7 or 15 bits, moved on; returns its length. */
  private pictureId(bytes: Uint8Array, from: number, offset: number): number {
    const { heads } = this;
    const high = bytes[from]!;
    if ((high & 0x80) === 0) {
      heads[this.at++] = (high + offset) & 0x7f;
      return 1;
    }
    const pictureId = (((high & 0x7f) << 8) | bytes[from + 1]!) + offset;
    heads[this.at++] = 0x80 | ((pictureId >> 8) & 0x7f);
    heads[this.at++] = pictureId;
    return 2;
  }

  /** The headers of RFC 2198 §3 with the payload types of the subscriber; or none of it, for who takes the primary encoding alone. */
  private red({ bytes, payloadOffset, payloadBytes }: SourcePacket, types: Int16Array, isPrimaryAlone: boolean): void {
    const { heads } = this;
    const end = payloadOffset + payloadBytes;
    const start = this.at;
    const last = Math.min(end, payloadOffset + 4 * MAX_REDUNDANT_BLOCKS + 1);
    let redundantBytes = 0;
    let from = payloadOffset;
    while (from + 4 < last && bytes[from]! & 0x80) {
      heads[this.at++] = 0x80 | (types[bytes[from]! & 0x7f]! & 0x7f);
      for (let i = 1; i < 4; i++) heads[this.at++] = bytes[from + i]!;
      redundantBytes += ((bytes[from + 2]! & 0x03) << 8) | bytes[from + 3]!;
      from += 4;
    }
    heads[this.at++] = types[bytes[from]! & 0x7f]! & 0x7f;
    from += 1;
    if (isPrimaryAlone) {
      this.at = start;
      from += redundantBytes;
    }
    this.consumed = Math.min(from - payloadOffset, payloadBytes);
  }
}

function needsTwoBytes(packet: SourcePacket | undefined, idOf: Uint8Array): boolean {
  if (!packet) return false;
  if (
    packet.descriptorBytes > MAX_ONE_BYTE_VALUE &&
    packet.descriptorOffset >= 0 &&
    idOf[ExtensionKind.dependencyDescriptor] !== 0
  )
    return true;
  for (let i = 0; i < packet.passedCount; i++)
    if (packet.passedBytes[i]! > MAX_ONE_BYTE_VALUE && idOf[packet.passedKinds[i]!] !== 0) return true;
  return false;
}
