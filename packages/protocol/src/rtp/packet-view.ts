import { Malformed } from '../core/index.js';
import { EXTENSION_HEADER_BYTES, type ExtensionForm, extensionFormOf, STOP_ID } from './extension-form.js';
import {
  CSRC_COUNT_MASK,
  EXTENSION_BIT,
  PADDING_BIT,
  RTP_HEADER_BYTES,
  readMarker,
  readPayloadType,
  readRtpTimestamp,
  readSequenceNumber,
  readSsrc,
  readU16,
  readU32,
} from './header.js';

const TRUNCATED = Malformed.of('rtp/header/truncated');
const NOT_VERSION_2 = Malformed.of('rtp/header/not-version-2');
const CSRCS_PAST_END = Malformed.of('rtp/header/csrcs-past-end');
const EXTENSION_PAST_END = Malformed.of('rtp/extension/past-end');
const BAD_PADDING = Malformed.of('rtp/padding/not-within-payload');

const NOTHING = new Uint8Array(0);

/**
 * One RTP packet in a slab, checked once and then read by offset: make one view and {@link wrap} each packet in turn. It owns
 * nothing; it is valid as long as the bytes are. Offsets are into the slab.
 */
export class RtpPacketView {
  bytes: Uint8Array = NOTHING;
  /** Where the packet begins. */
  offset = 0;
  /** Of the whole packet, padding included. */
  length = 0;
  /** Of fixed header, contributing sources and header extension. */
  headerBytes = 0;
  csrcCount = 0;
  extensionForm: ExtensionForm = 'none';
  /** Where the elements of the header extension begin; their bytes are a multiple of four. */
  extensionOffset = 0;
  extensionBytes = 0;
  /** Of the padding at the end, its count included. */
  paddingBytes = 0;

  /** The element that {@link findExtension} or {@link nextExtension} stopped at. */
  elementId = 0;
  valueOffset = 0;
  valueBytes = 0;
  private elementCursor = 0;

  /** Points the view at a packet. A refusal leaves it unusable until the next call. */
  wrap(bytes: Uint8Array, offset = 0, length = bytes.length - offset): Malformed | undefined {
    return this.wrapHeader(bytes, offset, length) ?? this.wrapPadding();
  }

  /** {@link wrap} for a packet whose payload is still encrypted: `paddingBytes` stays 0, whatever there is. */
  wrapHeader(bytes: Uint8Array, offset: number, length: number): Malformed | undefined {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.elementCursor = 0;
    this.paddingBytes = 0;
    if (length < RTP_HEADER_BYTES) return TRUNCATED;
    const first = bytes[offset]!;
    if (first >> 6 !== 2) return NOT_VERSION_2;
    this.csrcCount = first & CSRC_COUNT_MASK;
    this.headerBytes = RTP_HEADER_BYTES + 4 * this.csrcCount;
    if (this.headerBytes > length) return CSRCS_PAST_END;
    if ((first & EXTENSION_BIT) === 0) this.hasNoExtension();
    else if (!this.wrapExtension()) return EXTENSION_PAST_END;
    return undefined;
  }

  get marker(): boolean {
    return readMarker(this.bytes, this.offset);
  }

  get payloadType(): number {
    return readPayloadType(this.bytes, this.offset);
  }

  get sequenceNumber(): number {
    return readSequenceNumber(this.bytes, this.offset);
  }

  get rtpTimestamp(): number {
    return readRtpTimestamp(this.bytes, this.offset);
  }

  get ssrc(): number {
    return readSsrc(this.bytes, this.offset);
  }

  /** The contributing source at `index`, from 0 to {@link csrcCount} - 1. */
  csrc(index: number): number {
    return readU32(this.bytes, this.offset + RTP_HEADER_BYTES + 4 * index);
  }

  get payloadOffset(): number {
    return this.offset + this.headerBytes;
  }

  /** Of the payload without padding. */
  get payloadBytes(): number {
    return this.length - this.headerBytes - this.paddingBytes;
  }

  /** The payload as a view, padding left out. */
  payload(): Uint8Array {
    return this.bytes.subarray(this.payloadOffset, this.payloadOffset + this.payloadBytes);
  }

  /** The whole packet as a view. */
  packet(): Uint8Array {
    return this.bytes.subarray(this.offset, this.offset + this.length);
  }

  /**
   * Whether there is an element with `id` of `minBytes` at least: its value is then at {@link valueOffset}, {@link valueBytes}
   * long. The first counts. Id 0 stands for what was not negotiated.
   */
  findExtension(id: number, minBytes = 0): boolean {
    if (id === 0) return false;
    this.rewindExtensions();
    while (this.nextExtension()) if (this.elementId === id) return this.valueBytes >= minBytes;
    return false;
  }

  /** Before the first {@link nextExtension}. */
  rewindExtensions(): void {
    this.elementCursor = this.extensionOffset;
  }

  /** Moves to the next element that lies within the extension whole; a length that runs past it ends the list (RFC 8285 §4.1). */
  nextExtension(): boolean {
    if (this.extensionForm === 'one-byte') return this.nextOneByte();
    return this.extensionForm === 'two-byte' && this.nextTwoByte();
  }

  private nextOneByte(): boolean {
    const { bytes } = this;
    const end = this.extensionOffset + this.extensionBytes;
    for (let at = this.elementCursor; at < end; ) {
      const head = bytes[at]!;
      if (head === 0) {
        at += 1; // padding between elements
        continue;
      }
      const id = head >> 4;
      const length = (head & 0x0f) + 1;
      if (id === STOP_ID || at + 1 + length > end) break;
      at += 1;
      if (id === 0) {
        at += length; // reserved: "MUST be ignored", its data with it (RFC 8285 §4.2)
        continue;
      }
      return this.stopAt(id, at, length);
    }
    this.elementCursor = end;
    return false;
  }

  private nextTwoByte(): boolean {
    const { bytes } = this;
    const end = this.extensionOffset + this.extensionBytes;
    for (let at = this.elementCursor; at < end; ) {
      const id = bytes[at]!;
      if (id === 0) {
        at += 1; // padding is one byte without a length (RFC 8285 §4.3)
        continue;
      }
      if (at + 2 > end) break;
      const length = bytes[at + 1]!;
      if (at + 2 + length > end) break;
      return this.stopAt(id, at + 2, length);
    }
    this.elementCursor = end;
    return false;
  }

  private stopAt(id: number, valueOffset: number, valueBytes: number): true {
    this.elementId = id;
    this.valueOffset = valueOffset;
    this.valueBytes = valueBytes;
    this.elementCursor = valueOffset + valueBytes;
    return true;
  }

  private hasNoExtension(): void {
    this.extensionForm = 'none';
    this.extensionOffset = this.offset + this.headerBytes;
    this.extensionBytes = 0;
  }

  private wrapExtension(): boolean {
    const at = this.offset + this.headerBytes;
    if (this.headerBytes + EXTENSION_HEADER_BYTES > this.length) return false;
    this.extensionForm = extensionFormOf(readU16(this.bytes, at));
    this.extensionBytes = 4 * readU16(this.bytes, at + 2);
    this.extensionOffset = at + EXTENSION_HEADER_BYTES;
    this.headerBytes += EXTENSION_HEADER_BYTES + this.extensionBytes;
    return this.headerBytes <= this.length;
  }

  /** The last byte counts the padding and itself: from 1 to all that is left (RFC 3550 §5.1). */
  private wrapPadding(): Malformed | undefined {
    if ((this.bytes[this.offset]! & PADDING_BIT) === 0) return undefined;
    const room = this.length - this.headerBytes;
    const count = room > 0 ? this.bytes[this.offset + this.length - 1]! : 0;
    if (count === 0 || count > room) return BAD_PADDING;
    this.paddingBytes = count;
    return undefined;
  }
}
