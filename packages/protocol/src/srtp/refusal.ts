/** Why a packet was not protected or not accepted: negative, so that one integer says it or the length. */
export const SrtpRefusal = {
  /** Shorter than its own header says, or no RTP or RTCP at all. */
  malformed: -1,
  /** The target has no room for the packet and what protection adds. */
  noRoom: -2,
  /** Came before, or is older than the window remembers (RFC 3711 §3.3.2). */
  replayed: -3,
  /** The authentication tag is wrong (RFC 3711 §3.3 step 5). */
  unauthentic: -4,
  /** An SRTCP packet without the E bit: all our profiles encrypt (RFC 3711 §3.4). */
  unencrypted: -5,
  /** We have protected this index before: a second time would give the key stream away. */
  indexReused: -6,
  /** The key has been used as often as it may be (RFC 3711 §9.2). */
  keyExhausted: -7,
  /** A sender with more sources than it was made for. Their state is never thrown away, since they would begin anew. */
  tooManySources: -8,
} as const;

export type SrtpRefusal = (typeof SrtpRefusal)[keyof typeof SrtpRefusal];

const NAMES = Object.entries(SrtpRefusal) as readonly [keyof typeof SrtpRefusal, SrtpRefusal][];

/** Counts refusals by their reason, without garbage. */
export class RefusalCounter {
  /** Made with the first. */
  private counts: Float64Array | undefined;

  add(refusal: SrtpRefusal): SrtpRefusal {
    this.counts ??= new Float64Array(NAMES.length + 1);
    this.counts[-refusal] = this.counts[-refusal]! + 1;
    return refusal;
  }

  byReason(): SrtpStats['refused'] {
    const entries = NAMES.map(([name, code]) => [name, this.counts?.[-code] ?? 0] as const);
    return Object.fromEntries(entries) as SrtpStats['refused'];
  }
}

/** What one direction has done. */
export interface SrtpStats {
  /** Of which state is kept. */
  readonly sources: number;
  readonly rtpPackets: number;
  readonly rtcpPackets: number;
  readonly refused: Readonly<Record<keyof typeof SrtpRefusal, number>>;
}
