import type { PacketResults } from '../packet-results.js';

/** Packets looked at, at most and with the first of them; powers of two. */
const SLOTS = 1_024;
const FIRST_SLOTS = 16;
/** Of each packet: when it was sent and when it arrived, and its bytes. */
const FIELDS = 3;
const SENT = 0;
const ARRIVED = 1;
const BYTES = 2;
const NOTHING = new Float64Array(0);
/** How far back we look: short, so that a drop shows at once; longer where that has less than some packets. */
const WINDOW_MS = 400;
const LONG_WINDOW_MS = 1_000;
const MIN_PACKETS = 10;
/** What nobody told of for longer than this was not one feedback that got lost. */
const MAX_UNTOLD_MS = 500;
/** What comes through so much slower than it was sent waits somewhere, or is lost. */
const HELD_UP = 0.85;
/** Of time that has to be covered before anything is said. */
const MIN_SPAN_MS = 100;

/**
 * How much got through: the rate at which packets arrived lately, but never more than the rate at which they were sent, so that a
 * receiver who claims that everything came at once gains nothing (S-54). Where packets come unevenly, some that were sent of late
 * are still on their way: what was sent a moment before is looked at as well. What a lost feedback would have told of is taken to
 * have arrived like its neighbours: as nothing, it would say that the path carries less each time that a feedback is lost.
 */
export class AcknowledgedBitrate {
  /** In bit/s; undefined while too little is known. */
  bitsPerSecond: number | undefined;
  /** Less came through than was sent. Where not, it says what there was to send, and not what the path carries. */
  isHeldUp = false;
  private mask = -1;
  private packets = NOTHING;
  private end = 0;
  private first = 0;
  /** Of the last look. */
  private packetsIn = 0;

  add(results: PacketResults): void {
    let isNew = false;
    let isBridged = false;
    for (let i = 0; i < results.count; i++) {
      if (results.isReceived[i] === 0 || Number.isNaN(results.arrivedAt[i]!)) continue;
      if (!isBridged) this.bridge(results, results.arrivedAt[i]! - results.sentAt[i]!);
      isBridged = true;
      if (results.wasUntold[i] === 1) continue; // counted already
      this.push(results.sentAt[i]!, results.arrivedAt[i]!, results.bytes[i]!);
      isNew = true;
    }
    if (isNew) this.measure();
  }

  /** Counts what was passed over untold, once a feedback. */
  private bridge(results: PacketResults, transitMs: number): void {
    const { untold, untoldSentAt, untoldBytes } = results;
    if (untold === 0 || untoldSentAt[untold - 1]! - untoldSentAt[0]! > MAX_UNTOLD_MS) return;
    for (let i = 0; i < untold; i++) this.push(untoldSentAt[i]!, untoldSentAt[i]! + transitMs, untoldBytes[i]!);
  }

  reset(): void {
    this.first = this.end;
    this.bitsPerSecond = undefined;
  }

  private push(sentAt: number, arrivedAt: number, bytes: number): void {
    if (this.end - this.first > this.mask) this.makeRoom();
    const { packets } = this;
    const at = (this.end++ & this.mask) * FIELDS;
    packets[at + SENT] = sentAt;
    packets[at + ARRIVED] = arrivedAt;
    packets[at + BYTES] = bytes;
  }

  private makeRoom(): void {
    const { mask, packets } = this;
    if (mask + 1 === SLOTS) {
      this.first += 1;
      return;
    }
    const slots = Math.max(FIRST_SLOTS, 2 * (mask + 1));
    this.mask = slots - 1;
    this.packets = new Float64Array(slots * FIELDS);
    for (let count = this.first; count < this.end; count++) {
      const from = (count & mask) * FIELDS;
      this.packets.set(packets.subarray(from, from + FIELDS), (count & this.mask) * FIELDS);
    }
  }

  private measure(): void {
    const newest = this.field(this.end - 1, SENT);
    // The oldest stays, so that it is known what was before.
    while (this.first + 1 < this.end && newest - this.field(this.first + 1, SENT) > 2 * LONG_WINDOW_MS) this.first += 1;
    let windowMs = WINDOW_MS;
    let arrivedBps = this.rateIn(ARRIVED, this.latest(ARRIVED), windowMs);
    if (this.packetsIn < MIN_PACKETS) {
      windowMs = LONG_WINDOW_MS;
      arrivedBps = this.rateIn(ARRIVED, this.latest(ARRIVED), windowMs);
    }
    const lastSent = this.latest(SENT);
    const lately = this.rateIn(SENT, lastSent, windowMs);
    const before = this.rateIn(SENT, lastSent - windowMs, windowMs);
    if (lately === undefined && before === undefined) return;
    const sentBps = Math.max(lately ?? 0, before ?? 0);
    this.bitsPerSecond = Math.min(arrivedBps ?? Infinity, sentBps);
    this.isHeldUp = this.bitsPerSecond < sentBps * HELD_UP;
  }

  /** Looked at anew with each feedback: what goes on from one to the next would be wrong for ever with one arrival that is a lie (S-54). */
  private latest(field: number): number {
    const { packets, mask, first, end } = this;
    let latest = Number.NEGATIVE_INFINITY;
    for (let count = first; count < end; count++) {
      const at = packets[(count & mask) * FIELDS + field]!;
      if (at > latest) latest = at;
    }
    return latest;
  }

  /** What was sent, or what arrived, in the time up to `to`, in bit/s; undefined where too little time is covered. Counts {@link packetsIn}. */
  private rateIn(field: number, to: number, ms: number): number | undefined {
    const { packets, mask, first, end } = this;
    const from = to - ms;
    let count = 0;
    let bytes = 0;
    let firstAt = Infinity;
    let firstBytes = 0;
    /** Something is known of the time before, so that nothing in it means nothing. */
    let isCovered = false;
    for (let index = first; index < end; index++) {
      const slot = (index & mask) * FIELDS;
      const at = packets[slot + field]!;
      if (at > to) continue;
      if (at <= from) {
        isCovered = true;
        continue;
      }
      count += 1;
      bytes += packets[slot + BYTES]!;
      if (at >= firstAt) continue;
      firstAt = at;
      firstBytes = packets[slot + BYTES]!;
    }
    this.packetsIn = count;
    if (isCovered) return (bytes * 8_000) / ms;
    // The first packet only marks where time begins.
    return to - firstAt < MIN_SPAN_MS ? undefined : ((bytes - firstBytes) * 8_000) / (to - firstAt);
  }

  private field(count: number, field: number): number {
    return this.packets[(count & this.mask) * FIELDS + field]!;
  }
}
