import { readU16, writeU16 } from '../header.js';

/** Of the value of video-timing; an old form without the flags is one shorter. */
export const VIDEO_TIMING_BYTES = 13;

/** What became of a frame on its way, in ms after it was captured (webrtc.org, video-timing). */
export interface VideoTiming {
  /** Why the frame carries this: bit 0 a timer, bit 1 its size. */
  readonly flags: number;
  readonly encodeStartMs: number;
  readonly encodeFinishMs: number;
  readonly packetizationFinishMs: number;
  readonly pacerExitMs: number;
  /** For middleboxes to write. */
  readonly networkMs: number;
  readonly network2Ms: number;
}

/** Undefined if `length` is none that the extension has. */
export function readVideoTiming(bytes: Uint8Array, offset: number, length: number): VideoTiming | undefined {
  if (length !== VIDEO_TIMING_BYTES && length !== VIDEO_TIMING_BYTES - 1) return undefined;
  const at = offset + length - 12;
  return {
    flags: length === VIDEO_TIMING_BYTES ? bytes[offset]! : 0,
    encodeStartMs: readU16(bytes, at),
    encodeFinishMs: readU16(bytes, at + 2),
    packetizationFinishMs: readU16(bytes, at + 4),
    pacerExitMs: readU16(bytes, at + 6),
    networkMs: readU16(bytes, at + 8),
    network2Ms: readU16(bytes, at + 10),
  };
}

export function writeVideoTiming(bytes: Uint8Array, offset: number, timing: VideoTiming): void {
  bytes[offset] = timing.flags;
  writeU16(bytes, offset + 1, timing.encodeStartMs);
  writeU16(bytes, offset + 3, timing.encodeFinishMs);
  writeU16(bytes, offset + 5, timing.packetizationFinishMs);
  writeU16(bytes, offset + 7, timing.pacerExitMs);
  writeU16(bytes, offset + 9, timing.networkMs);
  writeU16(bytes, offset + 11, timing.network2Ms);
}
