import type { Instant } from '@maru/protocol/core';

const FIRST_PACKETS = 64;
const MAX_PACKETS = 2_048;
/** What was sent within this time is still asked for. */
const KEEP_MS = 1_000;
const FIELDS = 4;
const COUNT_BITS = 2;
const COUNT_MASK = (1 << COUNT_BITS) - 1;
/** Ticks of 1 ms, 29 bits: six days, and then again. */
const TICK_MASK = 0x1fff_ffff;

const MARKED = 1 << 15;
const PICTURE_MASK = 0x7fff;
const SEGMENT_SHIFT = 16;

/**
 * What each of the last outgoing numbers of a stream was made of, so that the packet can be made again, and so that no number is used
 * twice: it would be sealed twice under one nonce. Four integers a packet; grows to what one second needs.
 */
export class SentPackets {
  // What find() found.
  /** The low 32 bits of the source's unrolled number, signed. */
  source = 0;
  segment = 0;
  picturesDropped = 0;
  isMarked = false;
  private slot = 0;
  private mask = FIRST_PACKETS - 1;
  /** Outgoing number; source number; segment, marker and pictures; tick and count of resends. */
  private fields = new Int32Array(FIRST_PACKETS * FIELDS).fill(-1);

  /** A packet leaves, or waits to leave, under this unrolled number. */
  add(now: Instant, outgoing: number, source: number, segment: number, picturesDropped: number, isMarked: boolean): void {
    let at = (outgoing & this.mask) * FIELDS;
    const { fields } = this;
    if (fields[at] !== -1 && this.mask + 1 < MAX_PACKETS && this.ageOf(now, at) < KEEP_MS) {
      this.grow();
      at = (outgoing & this.mask) * FIELDS;
    }
    this.fields[at] = outgoing | 0;
    this.fields[at + 1] = source | 0;
    this.fields[at + 2] = (segment << SEGMENT_SHIFT) | (isMarked ? MARKED : 0) | (picturesDropped & PICTURE_MASK);
    this.fields[at + 3] = (tickOf(now) << COUNT_BITS) | 0;
  }

  /** Whether it is known what this number was. */
  find(outgoing: number): boolean {
    const at = (outgoing & this.mask) * FIELDS;
    if (this.fields[at] !== (outgoing | 0)) return false;
    const packed = this.fields[at + 2]!;
    this.slot = at;
    this.source = this.fields[at + 1]!;
    this.segment = packed >> SEGMENT_SHIFT;
    this.isMarked = (packed & MARKED) !== 0;
    this.picturesDropped = packed & PICTURE_MASK;
    return true;
  }

  /** Whether the number is free: neither used, nor so old that nobody knows. `highest` is the newest used. */
  isFree(outgoing: number, highest: number): boolean {
    if (outgoing > highest) return true;
    return highest - outgoing <= this.mask >> 1 && this.fields[(outgoing & this.mask) * FIELDS] !== (outgoing | 0);
  }

  /** Whether what {@link find} found may be sent again: so often at most, and so long apart (S-52). It counts as sent. */
  resend(now: Instant, spacingMs: number, maxResends: number): boolean {
    const packed = this.fields[this.slot + 3]!;
    const count = packed & COUNT_MASK;
    if (count >= maxResends || (count > 0 && this.ageOf(now, this.slot) < spacingMs)) return false;
    this.fields[this.slot + 3] = (tickOf(now) << COUNT_BITS) | (count + 1);
    return true;
  }

  private ageOf(now: Instant, at: number): number {
    return (tickOf(now) - ((this.fields[at + 3]! >>> COUNT_BITS) & TICK_MASK)) & TICK_MASK;
  }

  private grow(): void {
    const { fields } = this;
    const slots = fields.length / FIELDS;
    this.mask = slots * 2 - 1;
    this.fields = new Int32Array(slots * 2 * FIELDS).fill(-1);
    for (let at = 0; at < fields.length; at += FIELDS) {
      if (fields[at + 2] === -1 && fields[at] === -1) continue;
      const to = (fields[at]! & this.mask) * FIELDS;
      for (let i = 0; i < FIELDS; i++) this.fields[to + i] = fields[at + i]!;
    }
  }
}

function tickOf(now: Instant): number {
  return now & TICK_MASK;
}
