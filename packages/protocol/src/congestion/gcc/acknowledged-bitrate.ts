import type { PacketResults } from '../packet-results.js';

/** Packets looked at, at most and with the first of them; powers of two. */
const SLOTS = 1_024;
const FIRST_SLOTS = 64;
const NO_TIMES = new Float64Array(0);
const NO_SIZES = new Int32Array(0);
/** How far back we look: short, so that a drop shows at once, but not shorter than some packets. */
const WINDOW_MS = 400;
const MAX_WINDOW_MS = 2_000;
const MIN_PACKETS = 10;
/** Of time that has to be covered before anything is said. */
const MIN_SPAN_MS = 100;

/**
 * How much got through: the rate at which packets arrived lately, but never more than the rate at which they were sent, so that a
 * receiver who claims that everything came at once gains nothing (S-54).
 */
export class AcknowledgedBitrate {
  /** In bit/s; undefined while too little is known. */
  bitsPerSecond: number | undefined;
  private mask = -1;
  private sentAt = NO_TIMES;
  private arrivedAt = NO_TIMES;
  private bytes = NO_SIZES;
  private end = 0;
  private first = 0;
  private sum = 0;

  add(results: PacketResults): void {
    let isNew = false;
    for (let i = 0; i < results.count; i++) {
      if (results.isReceived[i] === 0 || Number.isNaN(results.arrivedAt[i]!)) continue;
      this.push(results.sentAt[i]!, results.arrivedAt[i]!, results.bytes[i]!);
      isNew = true;
    }
    if (isNew) this.measure();
  }

  reset(): void {
    this.first = this.end;
    this.sum = 0;
    this.bitsPerSecond = undefined;
  }

  private push(sentAt: number, arrivedAt: number, bytes: number): void {
    if (this.end - this.first > this.mask) this.makeRoom();
    const slot = this.end++ & this.mask;
    this.sentAt[slot] = sentAt;
    this.arrivedAt[slot] = arrivedAt;
    this.bytes[slot] = bytes;
    this.sum += bytes;
  }

  private makeRoom(): void {
    const { mask, sentAt, arrivedAt, bytes } = this;
    if (mask + 1 === SLOTS) return this.shift();
    const slots = Math.max(FIRST_SLOTS, 2 * (mask + 1));
    this.mask = slots - 1;
    this.sentAt = new Float64Array(slots);
    this.arrivedAt = new Float64Array(slots);
    this.bytes = new Int32Array(slots);
    for (let count = this.first; count < this.end; count++) {
      const [from, to] = [count & mask, count & this.mask];
      this.sentAt[to] = sentAt[from]!;
      this.arrivedAt[to] = arrivedAt[from]!;
      this.bytes[to] = bytes[from]!;
    }
  }

  private shift(): void {
    this.sum -= this.bytes[this.first++ & this.mask]!;
  }

  private measure(): void {
    const newest = this.sentAt[(this.end - 1) & this.mask]!;
    for (;;) {
      const age = newest - this.sentAt[this.first & this.mask]!;
      if (age <= WINDOW_MS || (age <= MAX_WINDOW_MS && this.end - this.first <= MIN_PACKETS)) break;
      this.shift();
    }
    let [firstSent, lastSent, firstArrived, lastArrived] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let count = this.first; count < this.end; count++) {
      const slot = count & this.mask;
      firstSent = Math.min(firstSent, this.sentAt[slot]!);
      lastSent = Math.max(lastSent, this.sentAt[slot]!);
      firstArrived = Math.min(firstArrived, this.arrivedAt[slot]!);
      lastArrived = Math.max(lastArrived, this.arrivedAt[slot]!);
    }
    const spanMs = Math.max(lastSent - firstSent, lastArrived - firstArrived);
    if (spanMs < MIN_SPAN_MS) return;
    // The first packet only marks where time begins.
    this.bitsPerSecond = ((this.sum - this.bytes[this.first & this.mask]!) * 8_000) / spanMs;
  }
}
