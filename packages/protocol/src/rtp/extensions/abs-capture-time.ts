import { readU32, writeU32 } from '../header.js';

/** Of the value without the offset of the capture clock. */
export const ABS_CAPTURE_TIME_BYTES = 8;
/** Of the value with it. */
export const ABS_CAPTURE_TIME_WITH_OFFSET_BYTES = 16;

/** When a frame was captured, by the clock of who captured it (webrtc.org, abs-capture-time). */
export interface AbsCaptureTime {
  /** NTP time in ms since 1900: exact to a quarter of a microsecond or so. */
  readonly captureNtpMs: number;
  /** What to add to the sender's clock, that of its reports, to get the capturer's; undefined where the packet does not say. */
  readonly captureClockOffsetMs: number | undefined;
}

const FRACTIONS_PER_MS = 2 ** 32 / 1_000;

/** Undefined if `length` is none that the extension has. */
export function readAbsCaptureTime(bytes: Uint8Array, offset: number, length: number): AbsCaptureTime | undefined {
  if (length !== ABS_CAPTURE_TIME_BYTES && length !== ABS_CAPTURE_TIME_WITH_OFFSET_BYTES) return undefined;
  const captureNtpMs = readFixed(bytes, offset);
  const hasOffset = length === ABS_CAPTURE_TIME_WITH_OFFSET_BYTES;
  return { captureNtpMs, captureClockOffsetMs: hasOffset ? readSignedFixed(bytes, offset + 8) : undefined };
}

/** Writes 16 bytes if the offset is known, else 8. */
export function writeAbsCaptureTime(bytes: Uint8Array, offset: number, time: AbsCaptureTime): void {
  writeFixed(bytes, offset, time.captureNtpMs);
  if (time.captureClockOffsetMs !== undefined) writeFixed(bytes, offset + 8, time.captureClockOffsetMs);
}

/** Seconds as 32.32 bits, in ms. */
function readFixed(bytes: Uint8Array, offset: number): number {
  return readU32(bytes, offset) * 1_000 + readU32(bytes, offset + 4) / FRACTIONS_PER_MS;
}

function readSignedFixed(bytes: Uint8Array, offset: number): number {
  return (readU32(bytes, offset) | 0) * 1_000 + readU32(bytes, offset + 4) / FRACTIONS_PER_MS;
}

/** Floor and remainder make two's complement of negative values by themselves. */
function writeFixed(bytes: Uint8Array, offset: number, ms: number): void {
  const seconds = Math.floor(ms / 1_000);
  writeU32(bytes, offset, seconds);
  writeU32(bytes, offset + 4, Math.min(Math.round((ms - seconds * 1_000) * FRACTIONS_PER_MS), 0xffff_ffff));
}
