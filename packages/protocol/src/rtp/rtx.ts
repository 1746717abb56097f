import { readU16, writePayloadType, writeSequenceNumber, writeSsrc, writeU16 } from './header.js';
import type { RtpPacketView } from './packet-view.js';

/** Of the original sequence number, before the payload (RFC 4588 §4). */
export const RTX_HEADER_BYTES = 2;

/**
 * Writes the retransmission of the packet under `view` to `out` at `offset` and returns its length, or 0 if there is no room.
 * Header extensions and padding come along; what differs on a second sending is rewritten there by the caller.
 */
export function wrapRtx(
  view: RtpPacketView,
  out: Uint8Array,
  offset: number,
  payloadType: number,
  ssrc: number,
  sequenceNumber: number,
): number {
  const { bytes, headerBytes, length } = view;
  if (offset + length + RTX_HEADER_BYTES > out.length) return 0;
  // Back to front, so that `out` may be the packet's own slab with the same offset.
  copy(bytes, view.payloadOffset, out, offset + headerBytes + RTX_HEADER_BYTES, length - headerBytes);
  writeU16(out, offset + headerBytes, view.sequenceNumber);
  copy(bytes, view.offset, out, offset, headerBytes);
  writePayloadType(out, offset, payloadType);
  writeSequenceNumber(out, offset, sequenceNumber);
  writeSsrc(out, offset, ssrc);
  return length + RTX_HEADER_BYTES;
}

/**
 * Turns the retransmission under `view` back into what was lost, in place: the header moves two bytes on, over the original
 * sequence number, and the payload stays. The packet is then at `view.offset + 2` and two bytes shorter; `view` must wrap it
 * anew. False for a packet without payload, which is a probe (RFC 4588 says nothing of it, libwebrtc sends them).
 */
export function unwrapRtx(view: RtpPacketView, payloadType: number, ssrc: number): boolean {
  if (view.payloadBytes < RTX_HEADER_BYTES) return false;
  const { bytes, offset, headerBytes } = view;
  const original = readU16(bytes, view.payloadOffset);
  bytes.copyWithin(offset + RTX_HEADER_BYTES, offset, offset + headerBytes);
  const start = offset + RTX_HEADER_BYTES;
  writePayloadType(bytes, start, payloadType);
  writeSequenceNumber(bytes, start, original);
  writeSsrc(bytes, start, ssrc);
  return true;
}

function copy(from: Uint8Array, at: number, to: Uint8Array, toAt: number, length: number): void {
  if (from === to) to.copyWithin(toAt, at, at + length);
  else to.set(from.subarray(at, at + length), toAt);
}
