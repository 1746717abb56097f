/** Of the value of abs-send-time. */
export const ABS_SEND_TIME_BYTES = 3;

/** One unit is 2^-18 s, and the 24 bits wrap every 64 s (webrtc.org, abs-send-time). */
const UNITS_PER_MS = 262.144;
const MODULUS = 2 ** 24;

/** When the packet left, in ms of a clock that wraps at 64,000. */
export function readAbsSendTimeMs(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 16) | (bytes[offset + 1]! << 8) | bytes[offset + 2]!) / UNITS_PER_MS;
}

/** Writes `sentAtMs`, of any clock that does not jump, modulo 64 s. */
export function writeAbsSendTime(bytes: Uint8Array, offset: number, sentAtMs: number): void {
  const units = Math.round(sentAtMs * UNITS_PER_MS) % MODULUS;
  bytes[offset] = units >>> 16;
  bytes[offset + 1] = units >>> 8;
  bytes[offset + 2] = units;
}
