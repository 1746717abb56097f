/**
 * The uncompressed beginning of a VP8 frame (RFC 6386 §9.1): a bit says that it is not a key frame, and a key frame says its size.
 */
const NOT_KEY_FRAME = 0x01;
const KEY_FRAME_HEADER_BYTES = 10;

/** Whether the frame that begins at `offset` is a key frame. */
export function isVp8KeyFrame(bytes: Uint8Array, offset = 0): boolean {
  return (bytes[offset]! & NOT_KEY_FRAME) === 0;
}

/** Whether a start code and a size follow, within `length` bytes. */
export function hasVp8Size(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < KEY_FRAME_HEADER_BYTES) return false;
  return bytes[offset + 3] === 0x9d && bytes[offset + 4] === 0x01 && bytes[offset + 5] === 0x2a;
}

/** Of a key frame, without the scaling that its two highest bits wish for. */
export function readVp8Width(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset + 7]! & 0x3f) << 8) | bytes[offset + 6]!;
}

export function readVp8Height(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset + 9]! & 0x3f) << 8) | bytes[offset + 8]!;
}
