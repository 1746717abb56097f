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

/** What was sent, or what arrived, in a stretch of time. */
class Stretch {
  packets = 0;
  private from = 0;
  private to = 0;
  private bytes = 0;
  private firstAt = Infinity;
  private firstBytes = 0;
  /** Something is known of the time before it, so that nothing in it means nothing. */
  private isCovered = false;

  begin(to: number, ms: number): void {
    this.to = to;
    this.from = to - ms;
    this.packets = this.bytes = this.firstBytes = 0;
    this.firstAt = Infinity;
    this.isCovered = false;
  }

  add(at: number, bytes: number): void {
    if (at > this.to) return;
    if (at <= this.from) {
      this.isCovered = true;
      return;
    }
    this.packets += 1;
    this.bytes += bytes;
    if (at >= this.firstAt) return;
    this.firstAt = at;
    this.firstBytes = bytes;
  }

  /** In bit/s; undefined where too little time is covered. */
  get bitsPerSecond(): number | undefined {
    if (this.isCovered) return (this.bytes * 8_000) / (this.to - this.from);
    const spanMs = this.to - this.firstAt;
    // The first packet only marks where time begins.
    return spanMs < MIN_SPAN_MS ? undefined : ((this.bytes - this.firstBytes) * 8_000) / spanMs;
  }
}

/** What is looked at, one controller after the other. */
const arrived = new Stretch();
const sent = new Stretch();
const sentBefore = new Stretch();

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
    this.look(WINDOW_MS);
    if (arrived.packets < MIN_PACKETS) this.look(LONG_WINDOW_MS);
    const [lately, before] = [sent.bitsPerSecond, sentBefore.bitsPerSecond];
    if (lately === undefined && before === undefined) return;
    const sentBps = Math.max(lately ?? 0, before ?? 0);
    this.bitsPerSecond = Math.min(arrived.bitsPerSecond ?? Infinity, sentBps);
    this.isHeldUp = this.bitsPerSecond < sentBps * HELD_UP;
  }

  private look(windowMs: number): void {
    let [lastSent, lastArrived] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let count = this.first; count < this.end; count++) {
      lastSent = Math.max(lastSent, this.field(count, SENT));
      lastArrived = Math.max(lastArrived, this.field(count, ARRIVED));
    }
    arrived.begin(lastArrived, windowMs);
    sent.begin(lastSent, windowMs);
    sentBefore.begin(lastSent - windowMs, windowMs);
    for (let count = this.first; count < this.end; count++) {
      const [sentAt, arrivedAt, bytes] = [this.field(count, SENT), this.field(count, ARRIVED), this.field(count, BYTES)];
      arrived.add(arrivedAt, bytes);
      sent.add(sentAt, bytes);
      sentBefore.add(sentAt, bytes);
    }
  }

  private field(count: number, field: number): number {
    return this.packets[(count & this.mask) * FIELDS + field]!;
  }
}
