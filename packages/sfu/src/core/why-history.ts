import type { Instant } from '@maru/protocol/core';
import type { LimitingFactor, WhyMoment } from './events.js';

/** Ten minutes at one entry in ten seconds, and room for changes. */
const KEEP_MS = 600_000;
const SPACING_MS = 10_000;
const ENTRIES = 128;
const FIRST_ENTRIES = 8;
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

/** What a subscription got in the last ten minutes, and why: a bounded ring of numbers that grows to what it needs. */
export class WhyHistory {
  private at = new Float64Array(FIRST_ENTRIES);
  private bitrates = new Float64Array(FIRST_ENTRIES);
  private estimates = new Float64Array(FIRST_ENTRIES);
  private losses = new Float32Array(FIRST_ENTRIES);
  private encodings = new Int8Array(FIRST_ENTRIES);
  private factors = new Uint8Array(FIRST_ENTRIES);
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
    const last = (this.next + this.at.length - 1) % this.at.length;
    const factor = FACTORS.indexOf(limitedBy);
    const hasLast = this.count > 0;
    const isOther = isChange || !hasLast || this.factors[last] !== factor;
    if (!isOther && now - this.at[last]! < SPACING_MS) return;
    const isTooSoon = hasLast && now - this.at[last]! < MIN_SPACING_MS;
    const slot = isTooSoon ? last : this.append();
    if (!isTooSoon) this.at[slot] = now;
    this.bitrates[slot] = Math.round(bitrateBps);
    this.estimates[slot] = Math.round(estimateBps);
    this.losses[slot] = lossShare;
    this.encodings[slot] = encoding;
    this.factors[slot] = factor;
  }

  /** The oldest first. */
  moments(now: Instant, nameOf: (encoding: number) => string | undefined): WhyMoment[] {
    const found: WhyMoment[] = [];
    for (let i = 0; i < this.count; i++) {
      const slot = (this.next - this.count + i + this.at.length) % this.at.length;
      if (now - this.at[slot]! > KEEP_MS) continue;
      found.push({
        at: this.at[slot]!,
        encoding: nameOf(this.encodings[slot]!),
        bitrateBps: this.bitrates[slot]!,
        estimateBps: this.estimates[slot]!,
        lossShare: this.losses[slot]!,
        limitedBy: FACTORS[this.factors[slot]!]!,
      });
    }
    return found;
  }

  private append(): number {
    if (this.count === this.at.length && this.at.length < ENTRIES) this.grow();
    const slot = this.next;
    this.next = (this.next + 1) % this.at.length;
    this.count = Math.min(this.count + 1, this.at.length);
    return slot;
  }

  /** Full, and so in order from `next` on. */
  private grow(): void {
    const slots = this.at.length;
    const order = Array.from({ length: slots }, (_, i) => (this.next + i) % slots);
    const moved = <T extends Float64Array | Float32Array | Int8Array | Uint8Array>(from: T, to: T): T => {
      for (let i = 0; i < slots; i++) to[i] = from[order[i]!]!;
      return to;
    };
    this.at = moved(this.at, new Float64Array(slots * 2));
    this.bitrates = moved(this.bitrates, new Float64Array(slots * 2));
    this.estimates = moved(this.estimates, new Float64Array(slots * 2));
    this.losses = moved(this.losses, new Float32Array(slots * 2));
    this.encodings = moved(this.encodings, new Int8Array(slots * 2));
    this.factors = moved(this.factors, new Uint8Array(slots * 2));
    this.next = slots;
  }
}
