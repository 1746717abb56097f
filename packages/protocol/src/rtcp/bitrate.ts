/** What a mantissa with a six-bit exponent may say goes up to 2^80; nobody sends more than this (S-51). */
export const MAX_BITRATE_BPS = 1e12;

/** `mantissa` times 2 to the `exponent`, clamped. */
export function bitrateOf(exponent: number, mantissa: number): number {
  return Math.min(mantissa * 2 ** exponent, MAX_BITRATE_BPS);
}

/** The least exponent with which `bitrateBps`, rounded down, fits `mantissaBits`. */
export function exponentFor(bitrateBps: number, mantissaBits: number): number {
  let exponent = 0;
  while (Math.floor(bitrateBps / 2 ** exponent) >= 2 ** mantissaBits) exponent += 1;
  return exponent;
}
