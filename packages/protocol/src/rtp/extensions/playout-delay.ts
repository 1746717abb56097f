/** Of the value of playout-delay. */
export const PLAYOUT_DELAY_BYTES = 3;

/** One unit is 10 ms; twelve bits hold 40.95 s (webrtc.org, playout-delay). */
const UNIT_MS = 10;
export const MAX_PLAYOUT_DELAY_MS = 0xfff * UNIT_MS;

/** Between which bounds the sender wants frames to wait before they are shown. */
export function readMinPlayoutDelayMs(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 4) | (bytes[offset + 1]! >> 4)) * UNIT_MS;
}

export function readMaxPlayoutDelayMs(bytes: Uint8Array, offset: number): number {
  return (((bytes[offset + 1]! & 0x0f) << 8) | bytes[offset + 2]!) * UNIT_MS;
}

/** Writes the bounds, rounded to 10 ms and no more than {@link MAX_PLAYOUT_DELAY_MS}. */
export function writePlayoutDelay(bytes: Uint8Array, offset: number, minMs: number, maxMs: number): void {
  const min = unitsOf(minMs);
  const max = unitsOf(maxMs);
  bytes[offset] = min >> 4;
  bytes[offset + 1] = (min << 4) | (max >> 8);
  bytes[offset + 2] = max;
}

function unitsOf(ms: number): number {
  return Math.round(Math.min(Math.max(ms, 0), MAX_PLAYOUT_DELAY_MS) / UNIT_MS);
}
