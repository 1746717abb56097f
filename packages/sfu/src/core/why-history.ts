import type { Instant } from '@maru/protocol/core';
import type { LimitingFactor, WhyMoment } from './events.js';

/** Ten minutes at one entry in ten seconds, and room for changes. */
const KEEP_MS = 600_000;
const SPACING_MS = 10_000;
const ENTRIES = 128;
const FIRST_ENTRIES = 4;
/** Changes follow each other no faster, or the last is written over. */
const MIN_SPACING_MS = 250;

const FACTORS: readonly LimitingFactor[] = [
  'nothing',
  'network',
  'tile',
  'hidden',
  'publisher',
  'codec',
  'server',
  'muted',
  'unsubscribed',
  'no-slot',
];

/** Of an entry: milliseconds modulo 2^32, bit/s, bit/s; and the loss in 65535ths, the encoding plus one, the factor. */
const FIELDS = 4;
const AT = 0;
const BITRATE = 1;
const ESTIMATE = 2;
const REST = 3;
const MAX_U32 = 0xffff_ffff;
const NO_ROWS = new Uint32Array(0);

/** What a subscription got in the last ten minutes, and why: a bounded ring of 16 bytes an entry that grows to what it needs. */
export class WhyHistory {
  private rows = NO_ROWS;
  private count = 0;
  private next = 0;

  /** Writes down how it is, if something has changed or ten seconds are over. */
  note(
    now: Instant,
    encoding: number,
    bitrateBps: number,
    estimateBps: number,
    lossShare: number,
    limitedBy: LimitingFactor,
    isChange: boolean,
  ): void {
    const factor = FACTORS.indexOf(limitedBy);
    let row = (((this.next || this.slots) - 1) * FIELDS) | 0;
    const ageMs = this.count > 0 ? this.ageOf(row, now) : KEEP_MS;
    const isOther = isChange || this.count === 0 || (this.rows[row + REST]! & 0xff) !== factor;
    if (!isOther && ageMs < SPACING_MS) return;
    if (ageMs >= MIN_SPACING_MS) {
      row = this.append() * FIELDS;
      this.rows[row + AT] = now;
    }
    this.rows[row + BITRATE] = Math.min(Math.round(bitrateBps), MAX_U32);
    this.rows[row + ESTIMATE] = Math.min(Math.round(estimateBps), MAX_U32);
    this.rows[row + REST] = (Math.round(lossShare * 0xffff) << 16) | ((encoding + 1) << 8) | factor;
  }

  /** The oldest first. */
  moments(now: Instant, nameOf: (encoding: number) => string | undefined): WhyMoment[] {
    const { rows } = this;
    const found: WhyMoment[] = [];
    for (let i = 0; i < this.count; i++) {
      const row = ((this.next - this.count + i + this.slots) % this.slots) * FIELDS;
      const ageMs = this.ageOf(row, now);
      if (ageMs > KEEP_MS) continue;
      const rest = rows[row + REST]!;
      found.push({
        at: Math.floor(now) - ageMs,
        encoding: nameOf(((rest >>> 8) & 0xff) - 1),
        bitrateBps: rows[row + BITRATE]!,
        estimateBps: rows[row + ESTIMATE]!,
        lossShare: (rest >>> 16) / 0xffff,
        limitedBy: FACTORS[rest & 0xff]!,
      });
    }
    return found;
  }

  private get slots(): number {
    return this.rows.length / FIELDS;
  }

  private ageOf(row: number, now: Instant): number {
    return (Math.floor(now) - this.rows[row + AT]!) >>> 0;
  }

  private append(): number {
    if (this.count === this.slots && this.slots < ENTRIES) this.grow();
    const slot = this.next;
    this.next = (this.next + 1) % this.slots;
    this.count = Math.min(this.count + 1, this.slots);
    return slot;
  }

  /** Full, and so in order from `next` on. */
  private grow(): void {
    const { rows, next } = this;
    const slots = this.count;
    this.rows = new Uint32Array(Math.max(FIRST_ENTRIES, 2 * slots) * FIELDS);
    this.rows.set(rows.subarray(next * FIELDS));
    this.rows.set(rows.subarray(0, next * FIELDS), (slots - next) * FIELDS);
    this.next = slots;
  }
}
