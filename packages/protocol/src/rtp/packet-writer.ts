import {
  EXTENSION_HEADER_BYTES,
  MAX_ONE_BYTE_ID,
  MAX_ONE_BYTE_VALUE_BYTES,
  ONE_BYTE_PROFILE,
  TWO_BYTE_PROFILE,
} from './extension-form.js';
import {
  EXTENSION_BIT,
  PADDING_BIT,
  RTP_HEADER_BYTES,
  VERSION_2,
  writeMarker,
  writePayloadType,
  writeRtpTimestamp,
  writeSequenceNumber,
  writeSsrc,
  writeU16,
  writeU32,
} from './header.js';

const NOTHING = new Uint8Array(0);

/**
 * Writes one RTP packet after another into slabs, front to back: {@link begin}, contributing sources, extension elements,
 * payload, {@link finish}. What does not fit sets `failed`, and `finish` then returns 0; it never throws.
 */
export class RtpPacketWriter {
  failed = false;
  private bytes: Uint8Array = NOTHING;
  private start = 0;
  private limit = 0;
  private at = 0;
  private profile = 0;
  /** Where the elements begin; 0 while there are none, since a header comes before them. */
  private elementsAt = 0;
  private isHeaderOver = false;

  /** Begins a packet at `offset`; nothing is written at or behind `limit`. */
  begin(
    bytes: Uint8Array,
    offset: number,
    limit: number,
    payloadType: number,
    marker: boolean,
    sequenceNumber: number,
    rtpTimestamp: number,
    ssrc: number,
    form: 'one-byte' | 'two-byte' = 'one-byte',
  ): this {
    this.bytes = bytes;
    this.start = offset;
    this.limit = Math.min(limit, bytes.length);
    this.at = offset;
    this.failed = false;
    this.profile = form === 'one-byte' ? ONE_BYTE_PROFILE : TWO_BYTE_PROFILE;
    this.elementsAt = 0;
    this.isHeaderOver = false;
    if (!this.take(RTP_HEADER_BYTES)) return this;
    bytes[offset] = VERSION_2;
    bytes[offset + 1] = 0;
    writeMarker(bytes, offset, marker);
    writePayloadType(bytes, offset, payloadType);
    writeSequenceNumber(bytes, offset, sequenceNumber);
    writeRtpTimestamp(bytes, offset, rtpTimestamp);
    writeSsrc(bytes, offset, ssrc);
    return this;
  }

  /** Adds a contributing source: up to fifteen, before the first extension. */
  csrc(ssrc: number): this {
    const count = this.failed ? 0 : this.bytes[this.start]! & 0x0f;
    if (count === 15 || this.elementsAt !== 0 || this.isHeaderOver) this.failed = true;
    if (!this.take(4)) return this;
    writeU32(this.bytes, this.at - 4, ssrc);
    this.bytes[this.start] = this.bytes[this.start]! + 1;
    return this;
  }

  /**
   * Makes room for an element with `id` and returns where its value of `length` bytes must be written, or -1. The one-byte
   * form takes ids to 14 and 1 to 16 bytes (RFC 8285 §4.2), the two-byte form ids to 255 and 0 to 255 bytes.
   */
  extension(id: number, length: number): number {
    const isOneByte = this.profile === ONE_BYTE_PROFILE;
    const isInRange = isOneByte
      ? id <= MAX_ONE_BYTE_ID && length >= 1 && length <= MAX_ONE_BYTE_VALUE_BYTES
      : id <= 0xff && length <= 0xff;
    if (id < 1 || !isInRange || this.isHeaderOver) this.failed = true;
    if (this.elementsAt === 0) this.beginElements();
    if (!this.take((isOneByte ? 1 : 2) + length)) return -1;
    const at = this.at - length;
    if (isOneByte) this.bytes[at - 1] = (id << 4) | (length - 1);
    else {
      this.bytes[at - 2] = id;
      this.bytes[at - 1] = length;
    }
    return at;
  }

  /** Copies an element's value from elsewhere. */
  copyExtension(id: number, from: Uint8Array, offset: number, length: number): this {
    const at = this.extension(id, length);
    if (at >= 0) for (let i = 0; i < length; i++) this.bytes[at + i] = from[offset + i]!;
    return this;
  }

  /** Ends the header, makes room for `length` bytes of payload, and returns where they must be written, or -1. */
  payloadRoom(length: number): number {
    this.endHeader();
    return this.take(length) ? this.at - length : -1;
  }

  /** Copies payload; may be called several times. */
  payload(from: Uint8Array, offset = 0, length = from.length - offset): this {
    const at = this.payloadRoom(length);
    if (at < 0) return this;
    if (offset === 0 && length === from.length) this.bytes.set(from, at);
    else this.bytes.set(from.subarray(offset, offset + length), at);
    return this;
  }

  /** Ends the packet with `paddingBytes` of padding, from 0 to 255, and returns its length; 0 if something did not fit. */
  finish(paddingBytes = 0): number {
    this.endHeader();
    if (paddingBytes > 0 && this.take(paddingBytes)) {
      this.bytes.fill(0, this.at - paddingBytes, this.at - 1);
      this.bytes[this.at - 1] = paddingBytes;
      this.bytes[this.start] = this.bytes[this.start]! | PADDING_BIT;
    }
    return this.failed ? 0 : this.at - this.start;
  }

  private beginElements(): void {
    if (!this.take(EXTENSION_HEADER_BYTES)) return;
    this.elementsAt = this.at;
    this.bytes[this.start] = this.bytes[this.start]! | EXTENSION_BIT;
    writeU16(this.bytes, this.at - EXTENSION_HEADER_BYTES, this.profile);
  }

  private endHeader(): void {
    if (this.isHeaderOver) return;
    this.isHeaderOver = true;
    if (this.elementsAt === 0) return;
    const padding = -(this.at - this.elementsAt) & 3;
    if (!this.take(padding)) return;
    for (let i = this.at - padding; i < this.at; i++) this.bytes[i] = 0;
    writeU16(this.bytes, this.elementsAt - 2, (this.at - this.elementsAt) / 4);
  }

  private take(length: number): boolean {
    if (this.at + length > this.limit) this.failed = true;
    if (this.failed) return false;
    this.at += length;
    return true;
  }
}
