/** G.711 in both laws and G.722: the RTP clock of all is 8,000 Hz, of G.722 by an old mistake (RFC 3551 §4.5.2). */
export const SAMPLED_CLOCK_RATE = 8_000;

/** How far the RTP timestamp moves for a payload: one unit a byte (RFC 3551 §4.5.2, §4.5.14). */
export function sampledDuration(payloadBytes: number): number {
  return payloadBytes;
}

/** Samples of audio in a payload of G.722: two in each byte, at 16,000 Hz. */
export function g722Samples(payloadBytes: number): number {
  return 2 * payloadBytes;
}
