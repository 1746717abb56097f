import { type Instant, NEVER } from '../core/index.js';

/**
 * Packet sizes worth trying, in ascending order: what is left for SCTP in IP packets of common sizes, minus IP, UDP and
 * DTLS (RFC 8261 §5: 20 or 40, 8, and at least 37 bytes), rounded down to chunks' alignment.
 */
const CANDIDATES = [1_188, 1_248, 1_312, 1_372, 1_412, 1_432, 3_996, 8_892, 16_380];

/** MAX_PROBES and PROBE_TIMER's least value (RFC 8899 §5.1.2, §5.1.1). */
const MAX_PROBES = 3;
const MIN_PROBE_WAIT_MS = 500;
/** PMTU_RAISE_TIMER: when to try again what failed (RFC 8899 §5.1.1). */
const RAISE_AFTER_MS = 600_000;

/** Finds the largest packet that the path carries: by asking, since a black hole tells nothing (RFC 8899, RFC 9260 §7.3). */
export class PathMtu {
  /** Size of packets that are known, or at first presumed, to arrive. */
  packetBytes: number;
  private candidates: readonly number[];
  private probes = 0;
  private probeSize = 0;
  /** When the probe in flight is lost, or when to search again. */
  deadline: Instant = NEVER;
  private isSearching = false;

  constructor(
    private readonly baseBytes: number,
    private readonly maxBytes: number,
  ) {
    this.packetBytes = baseBytes;
    this.candidates = this.above(baseBytes);
  }

  /** Full packets are being sent: a larger size would be of use. Begins the search unless it is over. */
  wanted(now: Instant): void {
    if (this.isSearching || this.deadline !== NEVER || this.candidates.length === 0) return;
    this.isSearching = true;
    this.deadline = now;
  }

  /** Size of the probe to send now, 0 for none. */
  takeProbe(now: Instant, rtoMs: number): number {
    if (now < this.deadline) return 0;
    if (!this.isSearching) return this.rearm();
    const [next] = this.candidates;
    if (next === undefined) return this.finish(now);
    if (this.probeSize !== next) this.probes = 0;
    this.probeSize = next;
    if (++this.probes > MAX_PROBES) return this.finish(now);
    this.deadline = now + Math.max(rtoMs, MIN_PROBE_WAIT_MS);
    return next;
  }

  /** A probe of this size came back: the path carries it. Returns whether packets may now be larger. */
  confirmed(now: Instant, probeBytes: number): boolean {
    if (!this.isSearching || probeBytes !== this.probeSize || probeBytes <= this.packetBytes) return false;
    this.packetBytes = probeBytes;
    this.candidates = this.above(probeBytes);
    if (this.candidates.length > 0) this.deadline = now;
    else this.finish(now);
    return true;
  }

  /** Full packets vanish, one timeout after another: back to the base (RFC 8899 §4.3). Returns whether that is a change. */
  blackHoleSuspected(now: Instant): boolean {
    if (this.packetBytes === this.baseBytes) return false;
    this.packetBytes = this.baseBytes;
    this.candidates = [];
    this.finish(now);
    return true;
  }

  /** The path is another one. */
  reset(): void {
    this.packetBytes = this.baseBytes;
    this.rearm();
  }

  /** What failed may be tried again, once it is wanted. */
  private rearm(): 0 {
    this.isSearching = false;
    this.candidates = this.above(this.packetBytes);
    this.probes = this.probeSize = 0;
    this.deadline = NEVER;
    return 0;
  }

  private finish(now: Instant): 0 {
    this.isSearching = false;
    this.probes = this.probeSize = 0;
    this.deadline = this.packetBytes < this.maxBytes ? now + RAISE_AFTER_MS : NEVER;
    return 0;
  }

  private above(bytes: number): number[] {
    return CANDIDATES.filter((candidate) => candidate > bytes && candidate <= this.maxBytes);
  }
}
