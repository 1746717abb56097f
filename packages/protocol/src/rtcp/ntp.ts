/** NTP time in milliseconds since 1900, as one number: exact to a quarter of a microsecond. Wall time, not an Instant. */
export type NtpMs = number;

/** From 1900, where NTP begins, to 1970, where Unix does. */
export const NTP_UNIX_OFFSET_MS = 2_208_988_800_000;

const FRACTIONS_PER_MS = 2 ** 32 / 1_000;

export function ntpSecondsOf(ntpMs: NtpMs): number {
  return Math.floor(ntpMs / 1_000) % 2 ** 32;
}

/** In 2^-32 s. */
export function ntpFractionOf(ntpMs: NtpMs): number {
  return Math.min(Math.floor((ntpMs % 1_000) * FRACTIONS_PER_MS), 0xffff_ffff);
}

export function ntpMsOf(ntpSeconds: number, ntpFraction: number): NtpMs {
  return ntpSeconds * 1_000 + ntpFraction / FRACTIONS_PER_MS;
}

/** The middle 32 bits, in 1/65536 s, as reports carry them (RFC 3550 §4). */
export function compactNtp(ntpSeconds: number, ntpFraction: number): number {
  return (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0;
}

export function compactNtpOf(ntpMs: NtpMs): number {
  return compactNtp(ntpSecondsOf(ntpMs), ntpFractionOf(ntpMs));
}

/** A duration in the 1/65536 s of `delay since last SR`; what does not fit 32 bits (18 hours) is the most that does. */
export function compactDuration(ms: number): number {
  return Math.min(Math.round((Math.max(ms, 0) * 65_536) / 1_000), 0xffff_ffff);
}
