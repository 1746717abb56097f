import { compactNtpOf, type NtpMs } from './ntp.js';

/**
 * The round trip that a report block, or an entry of DLRR, tells of (RFC 3550 §6.4.1): now, less when our report was sent, less
 * how long the peer kept it. Undefined if the peer has had no report of ours, or if its numbers are nonsense.
 */
export function roundTripMs(lastReport: number, delaySinceLastReport: number, now: NtpMs): number | undefined {
  if (lastReport === 0) return undefined;
  const elapsed = (compactNtpOf(now) - lastReport - delaySinceLastReport) | 0;
  if (elapsed < -MAX_CLOCK_ERROR) return undefined;
  return (Math.max(elapsed, 0) * 1_000) / 65_536;
}

/** Rounding, and clocks that are read a little apart: 100 ms. More below zero is a lie. */
const MAX_CLOCK_ERROR = 6_554;
