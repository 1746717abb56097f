import type { PacketResults } from '../packet-results.js';

/** Packets looked at, a power of two. */
const SLOTS = 1_024;
const MASK = SLOTS - 1;
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
  private readonly sentAt = new Float64Array(SLOTS);
  private readonly arrivedAt = new Float64Array(SLOTS);
  private readonly bytes = new Int32Array(SLOTS);
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
    if (this.end - this.first === SLOTS) this.shift();
    const slot = this.end++ & MASK;
    this.sentAt[slot] = sentAt;
    this.arrivedAt[slot] = arrivedAt;
    this.bytes[slot] = bytes;
    this.sum += bytes;
  }

  private shift(): void {
    this.sum -= this.bytes[this.first++ & MASK]!;
  }

  private measure(): void {
    const newest = this.sentAt[(this.end - 1) & MASK]!;
    for (;;) {
      const age = newest - this.sentAt[this.first & MASK]!;
      if (age <= WINDOW_MS || (age <= MAX_WINDOW_MS && this.end - this.first <= MIN_PACKETS)) break;
      this.shift();
    }
    let [firstSent, lastSent, firstArrived, lastArrived] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let count = this.first; count < this.end; count++) {
      const slot = count & MASK;
      firstSent = Math.min(firstSent, this.sentAt[slot]!);
      lastSent = Math.max(lastSent, this.sentAt[slot]!);
      firstArrived = Math.min(firstArrived, this.arrivedAt[slot]!);
      lastArrived = Math.max(lastArrived, this.arrivedAt[slot]!);
    }
    const spanMs = Math.max(lastSent - firstSent, lastArrived - firstArrived);
    if (spanMs < MIN_SPAN_MS) return;
    // The first packet only marks where time begins.
    this.bitsPerSecond = ((this.sum - this.bytes[this.first & MASK]!) * 8_000) / spanMs;
  }
}
