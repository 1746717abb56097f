/**
 * The fixed RTP header (RFC 3550 §5.1), read and written in place by the offset of the packet in a slab. Nothing here checks
 * lengths: {@link RtpPacketView.wrap} does that once for each packet.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *     |                           timestamp                           |
 *     |           synchronization source (SSRC) identifier            |
 *     |            contributing source (CSRC) identifiers             |
 */

/** Bytes of the header without contributing sources. */
export const RTP_HEADER_BYTES = 12;

export const VERSION_2 = 0x80;
export const PADDING_BIT = 0x20;
export const EXTENSION_BIT = 0x10;
export const CSRC_COUNT_MASK = 0x0f;

const MARKER_BIT = 0x80;

export function readU16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

export function readU32(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}

export function writeU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

export function readMarker(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + 1]! & MARKER_BIT) !== 0;
}

export function readPayloadType(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 1]! & 0x7f;
}

export function readSequenceNumber(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 2);
}

export function readRtpTimestamp(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + 4);
}

export function readSsrc(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset + 8);
}

export function writeMarker(bytes: Uint8Array, offset: number, marker: boolean): void {
  bytes[offset + 1] = (bytes[offset + 1]! & 0x7f) | (marker ? MARKER_BIT : 0);
}

export function writePayloadType(bytes: Uint8Array, offset: number, payloadType: number): void {
  bytes[offset + 1] = (bytes[offset + 1]! & MARKER_BIT) | (payloadType & 0x7f);
}

export function writeSequenceNumber(bytes: Uint8Array, offset: number, sequenceNumber: number): void {
  writeU16(bytes, offset + 2, sequenceNumber);
}

export function writeRtpTimestamp(bytes: Uint8Array, offset: number, rtpTimestamp: number): void {
  writeU32(bytes, offset + 4, rtpTimestamp);
}

export function writeSsrc(bytes: Uint8Array, offset: number, ssrc: number): void {
  writeU32(bytes, offset + 8, ssrc);
}
