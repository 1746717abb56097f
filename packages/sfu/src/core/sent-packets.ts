import type { Instant } from '@maru/protocol/core';

const FIRST_PACKETS = 64; // as many as the place tells of a number's bits, or more
const MAX_PACKETS = 2_048;
/** What was sent within this time is still asked for. */
const KEEP_MS = 1_000;
const FIELDS = 2;

/**
 * The first integer: what the place in the table does not tell of the number, the high bits of when it was sent, the source's number. The
 * second: the low bits of when; how often it was sent again, seven times at most; segment; marker; pictures. Time is in ticks of 16 ms, nine
 * minutes of them: a stream may send a packet now and then, as sound does in silence, and the table is not to grow for what is old.
 */
const NUMBER_SHIFT = 22;
const PLACE_BITS = 6;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
const NUMBER_MASK = 0x3ff;
const TICK_MS = 16;
const TICKS = 1 << 15;
const HIGH_TICK_SHIFT = 16;
const HIGH_TICK_MASK = 0x3f;
const LOW_TICK_BITS = 9;
const LOW_TICK_SHIFT = 23;
const COUNT_SHIFT = 20;
const COUNT_MASK = 0x07;
const SEGMENT_SHIFT = 16;
const SEGMENT_MASK = 0x0f;
const MARKED = 1 << 15;
const PICTURE_MASK = 0x7fff;
/** Never the second integer of a number that was used. */
const EMPTY = -1;
/** In place of a table, until there is a packet: one number, unused. */
const NOTHING_SENT = new Int32Array(FIELDS).fill(EMPTY);

/** How often a packet may be sent again, and how long apart: the second time, and later ones. */
export interface ResendRule {
  most: number;
  spacingMs: number;
  laterSpacingMs: number;
}

/**
 * What each of the last outgoing numbers of a stream was made of, so that the packet can be made again, and so that no number is used
 * twice: it would be sealed twice under one nonce. Eight bytes a packet; it grows to what one second needs.
 */
export class SentPackets {
  // What find() found.
  /** The low 16 bits of the source's number. */
  source = 0;
  segment = 0;
  picturesDropped = 0;
  isMarked = false;
  private slot = 0;
  private mask = 0;
  /** Of each number: its low 16 bits and those of the source's; and the rest. */
  private fields = NOTHING_SENT;

  /** A packet leaves, or waits to leave, under this unrolled number. `segment`: 0 to 15. */
  add(now: Instant, outgoing: number, source: number, segment: number, picturesDropped: number, isMarked: boolean): void {
    if (this.fields === NOTHING_SENT) this.begin();
    let at = (outgoing & this.mask) * FIELDS;
    const held = this.fields[at + 1]!;
    if (held !== EMPTY && this.mask + 1 < MAX_PACKETS && this.ageAt(now, at) < KEEP_MS) {
      this.grow();
      at = (outgoing & this.mask) * FIELDS;
    }
    const { fields } = this;
    const tick = now / TICK_MS;
    fields[at] = ((outgoing >> PLACE_BITS) << NUMBER_SHIFT) | (highOf(tick) << HIGH_TICK_SHIFT) | (source & 0xffff);
    fields[at + 1] =
      (tick << LOW_TICK_SHIFT) | (segment << SEGMENT_SHIFT) | (isMarked ? MARKED : 0) | (picturesDropped & PICTURE_MASK);
  }

  /** Whether it is known what this number was. */
  find(outgoing: number): boolean {
    const at = (outgoing & this.mask) * FIELDS;
    const packed = this.fields[at + 1]!;
    if (packed === EMPTY || this.fields[at]! >>> NUMBER_SHIFT !== ((outgoing >> PLACE_BITS) & NUMBER_MASK)) return false;
    this.slot = at;
    this.source = this.fields[at]! & 0xffff;
    this.segment = (packed >> SEGMENT_SHIFT) & SEGMENT_MASK;
    this.isMarked = (packed & MARKED) !== 0;
    this.picturesDropped = packed & PICTURE_MASK;
    return true;
  }

  /** Whether the number is free: neither used, nor so old that nobody knows. `highest` is the newest used. */
  isFree(outgoing: number, highest: number): boolean {
    if (outgoing > highest) return true;
    return highest - outgoing <= this.mask >> 1 && !this.find(outgoing);
  }

  /** Whether what {@link find} found may be sent again now. */
  mayResend(now: Instant, { most, spacingMs, laterSpacingMs }: ResendRule): boolean {
    const packed = this.fields[this.slot + 1]!;
    const count = (packed >> COUNT_SHIFT) & COUNT_MASK;
    if (count === 0) return true;
    return count < most && this.ageAt(now, this.slot) + TICK_MS / 2 >= (count === 1 ? spacingMs : laterSpacingMs);
  }

  /** What {@link find} found is sent again now. */
  countResend(now: Instant): void {
    const packed = this.fields[this.slot + 1]!;
    const count = (packed >> COUNT_SHIFT) & COUNT_MASK;
    const rest = packed & ((1 << COUNT_SHIFT) - 1);
    const tick = now / TICK_MS;
    const number = this.fields[this.slot]! & ~(HIGH_TICK_MASK << HIGH_TICK_SHIFT);
    this.fields[this.slot] = number | (highOf(tick) << HIGH_TICK_SHIFT);
    this.fields[this.slot + 1] = (tick << LOW_TICK_SHIFT) | ((count + 1) << COUNT_SHIFT) | rest;
  }

  /** How long ago what stands there was sent, in milliseconds. */
  private ageAt(now: Instant, at: number): number {
    const high = (this.fields[at]! >> HIGH_TICK_SHIFT) & HIGH_TICK_MASK;
    const tick = (high << LOW_TICK_BITS) | (this.fields[at + 1]! >>> LOW_TICK_SHIFT);
    return ((now / TICK_MS - tick) & (TICKS - 1)) * TICK_MS;
  }

  private begin(): void {
    this.mask = FIRST_PACKETS - 1;
    this.fields = new Int32Array(FIRST_PACKETS * FIELDS).fill(EMPTY);
  }

  private grow(): void {
    const { fields } = this;
    const slots = fields.length / FIELDS;
    this.mask = slots * 2 - 1;
    this.fields = new Int32Array(slots * 2 * FIELDS).fill(EMPTY);
    for (let at = 0; at < fields.length; at += FIELDS) {
      if (fields[at + 1] === EMPTY) continue;
      const number = ((fields[at]! >>> NUMBER_SHIFT) << PLACE_BITS) | ((at / FIELDS) & PLACE_MASK);
      const to = (number & this.mask) * FIELDS;
      this.fields[to] = fields[at]!;
      this.fields[to + 1] = fields[at + 1]!;
    }
  }
}

function highOf(tick: number): number {
  return (tick >> LOW_TICK_BITS) & HIGH_TICK_MASK;
}
