import type { Instant } from '../../core/index.js';
import type { IpEndpoint } from './ip-endpoint.js';

/** Cells of each of the two rows. */
const CELLS = 16_384;
const WINDOW_MS = 1_000;

/**
 * How many replies went to each IP address in this second, in a table of fixed size: two rows of counters, of which the smaller
 * tells (a count-min sketch). A hundred thousand spoofed sources cost it nothing; whoever shares both cells with a flood waits
 * for the next second.
 */
export class ReplyLimiter {
  private readonly counts = new Uint16Array(2 * CELLS);
  private windowEndsAt: Instant = -Infinity;
  private isDirty = false;

  constructor(private readonly seed: number) {}

  /** Whether one more reply may go to this address; it is counted if so. Ports do not matter. */
  admits(now: Instant, { w0, w1, w2, w3 }: IpEndpoint, limit: number): boolean {
    this.turn(now);
    // of an IPv6 address, the /64 counts: everybody has as many addresses in his own as he likes
    const isIpv4 = w0 === 0 && w1 === 0 && w2 === 0xffff;
    const first = scramble(this.seed ^ w0, isIpv4 ? w3 : w1);
    const second = scramble(first ^ 0x5bd1_e995, isIpv4 ? w3 : w1);
    const a = first & (CELLS - 1);
    const b = CELLS + (second & (CELLS - 1));
    if (Math.min(this.counts[a]!, this.counts[b]!) >= limit) return false;
    this.counts[a]! += 1;
    this.counts[b]! += 1;
    this.isDirty = true;
    return true;
  }

  private turn(now: Instant): void {
    if (now < this.windowEndsAt) return;
    this.windowEndsAt = now + WINDOW_MS;
    if (this.isDirty) this.counts.fill(0);
    this.isDirty = false;
  }
}

function scramble(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x85eb_ca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2_ae35);
  return h ^ (h >>> 16);
}
