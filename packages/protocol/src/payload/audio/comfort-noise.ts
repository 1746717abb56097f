/** The payload of comfort noise: a level, then as many reflection coefficients as there are bytes (RFC 3389 §3). */
const LEVEL_MASK = 0x7f;

/** Of noise that is as loud as can be. */
export const LOUDEST_NOISE_LEVEL = 0;

/** How far below the overload point the noise is, in dB from 0 to 127; 127 for an empty payload. */
export function readComfortNoiseLevel(bytes: Uint8Array, offset: number, length: number): number {
  return length < 1 ? LEVEL_MASK : bytes[offset]! & LEVEL_MASK;
}

/** Writes noise of no particular colour and returns its length, or 0 if there is no room. */
export function writeComfortNoise(level: number, out: Uint8Array, offset: number): number {
  if (offset >= out.length) return 0;
  out[offset] = Math.min(LEVEL_MASK, Math.max(0, Math.round(level)));
  return 1;
}
