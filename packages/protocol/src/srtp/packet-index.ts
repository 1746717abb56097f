import { serialDistance16 } from '../bytes/index.js';

const SEQUENCES = 2 ** 16;

/** Rollover counters have 32 bits: no index reaches this under one key (RFC 3711 §9.2). */
export const MAX_RTP_PACKETS = 2 ** 48;

/** SRTCP indexes have 31 bits; as many packets may all sources together send under one key (RFC 3711 §9.2). */
export const MAX_RTCP_PACKETS = 2 ** 31;

/** The index that is nearest to the highest one so far (RFC 3711 §3.3.1, Appendix A); may be negative. Without one (-1), the number itself. */
export function nearestIndex(highest: number, sequence: number): number {
  return highest < 0 ? sequence : highest + serialDistance16(highest % SEQUENCES, sequence);
}

/** The same number one rollover later: what it is if more than half of all numbers were lost. */
export function laterIndex(index: number): number {
  return index + SEQUENCES;
}

export function rolloverOf(index: number): number {
  return Math.floor(index / SEQUENCES);
}

/** The index of a packet whose rollover counter is known; `rollover` may be signed. */
export function indexOf(rollover: number, sequence: number): number {
  return (rollover >>> 0) * SEQUENCES + sequence;
}
