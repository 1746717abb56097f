import type { FrameSize } from '../stun/index.js';

/** Length of the header before each packet on a TCP candidate: a 16-bit length (RFC 4571 §2, RFC 6544 §3). */
export const FRAME_HEADER_BYTES = 2;

/** The largest packet that one frame carries. */
export const MAX_FRAME_BYTES = FRAME_HEADER_BYTES + 0xffff;

/** The size of an RFC 4571 frame with its header. An empty frame is legal, and carries nothing. */
export const framedPacketSize: FrameSize = (bytes) =>
  bytes.length < FRAME_HEADER_BYTES ? undefined : FRAME_HEADER_BYTES + ((bytes[0]! << 8) | bytes[1]!);

/** Writes the frame of `packet` into `target`; returns its length. */
export function framePacket(packet: Uint8Array, target: Uint8Array): number {
  target[0] = packet.length >>> 8;
  target[1] = packet.length;
  target.set(packet, FRAME_HEADER_BYTES);
  return FRAME_HEADER_BYTES + packet.length;
}
