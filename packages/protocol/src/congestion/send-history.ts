import { serialDistance16 } from '../bytes/index.js';
import type { Instant } from '../core/index.js';
import {
  arrivalOffsetMs,
  type CcfbPacket,
  isReceived,
  TWCC_REFERENCE_UNIT_MS,
  TWCC_TICKS_PER_MS,
  type TwccPacket,
} from '../rtcp/index.js';
import type { PacketResults } from './packet-results.js';

/** Packets remembered, a power of two: at 20,000 a second, what leaves in 400 ms; at usual rates, minutes. */
const SLOTS = 8_192;
/** With the first packet: who sends nothing keeps nothing. */
const FIRST_SLOTS = 64;
const NO_TIMES = new Float64Array(0);
const NO_NUMBERS = new Int32Array(0);
/** Numbers remembered of each stream, for feedback by stream (RFC 8888). A power of two. */
const STREAM_SLOTS = 4_096;
const STREAM_MASK = STREAM_SLOTS - 1;
/** As many streams as a peer may have (S-49). */
const MAX_STREAMS = 64;
/** What has been on its way for so long is nowhere any more. */
const MAX_FLIGHT_MS = 10_000;

/** `passed`: later packets were told of, this one was not; its feedback is lost, or late. */
const State = { unknown: 0, inFlight: 1, lost: 2, received: 3, forgotten: 4, passed: 5 } as const;
const STATE_BITS = 3;
const STATE_MASK = 7;

/** The reference time of TWCC is signed and has 24 bits. */
const REFERENCE_TIMES = 2 ** 24;
/** The time of a report of RFC 8888: 32 bits in 1/65536 s. */
const REPORT_TIMES = 2 ** 32;
const REPORT_TIMES_PER_MS = 65.536;

/**
 * What was sent under which transport-wide number, so that feedback can be joined with it. Bounded, without garbage. Whatever a
 * feedback claims, only packets that were sent and not yet settled have a result (S-54).
 */
export class SendHistory {
  /** Bytes sent of which nothing is known yet. */
  inFlightBytes = 0;
  private slots = 0;
  private mask = -1;
  private sentAt = NO_TIMES;
  /** Of each packet two: its bytes and {@link State}, and its probe. */
  private fields = NO_NUMBERS;
  /** The count of the next packet, and of the oldest that may be in flight. */
  private next = 0;
  private oldest = 0;
  /** The count of the newest packet that is known to have arrived. */
  private newestReceived = -1;
  /** By SSRC: the count of each packet, by its sequence number. */
  private streams: Map<number, Float64Array> | undefined;
  private highestReference: number | undefined;
  private highestReportTime: number | undefined;

  /** `firstSequence` is where the numbers begin. */
  constructor(private readonly firstSequence = 1) {}

  /** The number that the next packet will have, 16 bits. */
  get nextSequence(): number {
    return (this.firstSequence + this.next) & 0xffff;
  }

  /** How many were sent. */
  get packets(): number {
    return this.next;
  }

  /** A packet leaves; returns its transport-wide number. */
  sent(now: Instant, bytes: number, probe = 0): number {
    if (this.slots === 0 || (this.slots < SLOTS && this.isUntold(this.next & this.mask))) this.grow();
    const slot = this.next & this.mask;
    this.land(slot, State.forgotten);
    if (this.oldest <= this.next - this.slots) this.oldest = this.next - this.slots + 1;
    this.sentAt[slot] = now;
    this.fields[2 * slot] = (bytes << STATE_BITS) | State.inFlight;
    this.fields[2 * slot + 1] = probe;
    this.inFlightBytes += bytes;
    const sequence = this.nextSequence;
    this.next += 1;
    return sequence;
  }

  /** The same, where feedback comes by stream (RFC 8888): the packet has this SSRC and sequence number. */
  sentOf(now: Instant, ssrc: number, sequenceNumber: number, bytes: number, probe = 0): number {
    const key = ssrc | 0;
    this.streams ??= new Map();
    let stream = this.streams.get(key);
    if (!stream && this.streams.size < MAX_STREAMS) {
      stream = new Float64Array(STREAM_SLOTS).fill(-1);
      this.streams.set(key, stream);
    }
    if (stream) stream[sequenceNumber & STREAM_MASK] = this.next * 0x1_0000 + sequenceNumber;
    return this.sent(now, bytes, probe);
  }

  /** The stream has ended. */
  forgetStream(ssrc: number): void {
    this.streams?.delete(ssrc | 0);
  }

  /** What was in flight is on a path that nobody hears of any more. */
  reset(): void {
    for (let count = this.oldest; count < this.next; count++) this.land(count & this.mask, State.forgotten);
    this.oldest = this.next;
    this.highestReference = undefined;
    this.highestReportTime = undefined;
  }

  /** When the oldest packet was sent of which nothing is known; undefined if there is none. */
  get oldestInFlightAt(): Instant | undefined {
    this.skipSettled();
    return this.oldest < this.next ? this.sentAt[this.oldest & this.mask] : undefined;
  }

  /** Gives up what was sent ten seconds ago, so that lost feedback holds nothing up. */
  advance(now: Instant): void {
    this.skipSettled();
    while (this.oldest < this.next && now - this.sentAt[this.oldest & this.mask]! > MAX_FLIGHT_MS) {
      this.land(this.oldest & this.mask, State.forgotten);
      this.skipSettled();
    }
  }

  /** Fills `results` with what `feedback` tells (draft-holmer-rmcat-transport-wide-cc-extensions-01). */
  joinTwcc(feedback: TwccPacket, results: PacketResults): void {
    results.clear();
    if (this.next === 0) return;
    const { receivedSequences, arrivalTicks, baseSequence } = feedback;
    const referenceMs = this.referenceOf(feedback.referenceTime) * TWCC_REFERENCE_UNIT_MS;
    let count = this.countOf(baseSequence);
    for (let i = 0; i < receivedSequences.length; i++) {
      const received = count + serialDistance16((this.firstSequence + count) & 0xffff, receivedSequences[i]!);
      if (received >= this.next) return;
      for (; count < received; count++) this.settle(count, false, Number.NaN, results);
      const ticks = arrivalTicks[i];
      this.settle(received, true, ticks === undefined ? Number.NaN : referenceMs + ticks / TWCC_TICKS_PER_MS, results);
      count = received + 1;
    }
    const end = Math.min(this.countOf(baseSequence) + feedback.packetStatusCount, this.next);
    for (; count < end; count++) this.settle(count, false, Number.NaN, results);
    this.pass(results);
  }

  /** Fills `results` with what `feedback` tells (RFC 8888). */
  joinCcfb(feedback: CcfbPacket, results: PacketResults): void {
    results.clear();
    const reportMs = this.reportTimeOf(feedback.reportTimestamp) / REPORT_TIMES_PER_MS;
    for (const { ssrc, beginSequence, metrics } of feedback.streams) {
      const stream = this.streams?.get(ssrc | 0);
      if (!stream) continue;
      for (let i = 0; i < metrics.length; i++) {
        const sequenceNumber = (beginSequence + i) & 0xffff;
        const entry = stream[sequenceNumber & STREAM_MASK]!;
        if (entry < 0 || entry % 0x1_0000 !== sequenceNumber) continue;
        const metric = metrics[i]!;
        const arrivedAt = reportMs - (arrivalOffsetMs(metric) ?? Number.NaN);
        this.settle(Math.floor(entry / 0x1_0000), isReceived(metric), arrivedAt, results);
      }
    }
    this.pass(results);
  }

  /** What was sent before something that arrived is not on its way any more, whether anybody tells of it or not. */
  private pass(results: PacketResults): void {
    for (; this.oldest < this.newestReceived; this.oldest++) {
      const slot = this.oldest & this.mask;
      if (this.stateOf(slot) !== State.inFlight) continue;
      this.land(slot, State.passed);
      results.addUntold(this.sentAt[slot]!, this.bytesOf(slot));
    }
  }

  /** The count of the packet that had this number most recently. */
  private countOf(sequence: number): number {
    const last = this.next - 1;
    return last - ((((this.firstSequence + last) & 0xffff) - sequence) & 0xffff);
  }

  private settle(count: number, isReceived: boolean, arrivedAt: number, results: PacketResults): void {
    if (count < 0 || count <= this.next - this.slots - 1 || count >= this.next) return;
    const slot = count & this.mask;
    const state = this.stateOf(slot);
    if (!this.isUntold(slot) && !(isReceived && state === State.lost)) return;
    if (isReceived && count > this.newestReceived) this.newestReceived = count;
    this.land(slot, isReceived ? State.received : State.lost);
    const [wasLost, wasUntold] = [state === State.lost, state === State.passed];
    results.add(this.sentAt[slot]!, arrivedAt, this.bytesOf(slot), this.fields[2 * slot + 1]!, isReceived, wasLost, wasUntold);
  }

  /** Nobody has said what became of it. */
  private isUntold(slot: number): boolean {
    const state = this.stateOf(slot);
    return state === State.inFlight || state === State.passed;
  }

  private stateOf(slot: number): number {
    return this.fields[2 * slot]! & STATE_MASK;
  }

  private bytesOf(slot: number): number {
    return this.fields[2 * slot]! >>> STATE_BITS;
  }

  /** Twice the room: most paths never have so much under way that they need it. */
  private grow(): void {
    const { slots, mask, sentAt, fields } = this;
    this.slots = Math.max(FIRST_SLOTS, 2 * slots);
    this.mask = this.slots - 1;
    this.sentAt = new Float64Array(this.slots);
    this.fields = new Int32Array(2 * this.slots);
    for (let count = Math.max(0, this.next - slots); count < this.next; count++) {
      const [from, to] = [count & mask, count & this.mask];
      this.sentAt[to] = sentAt[from]!;
      this.fields[2 * to] = fields[2 * from]!;
      this.fields[2 * to + 1] = fields[2 * from + 1]!;
    }
  }

  private land(slot: number, state: number): void {
    if (this.stateOf(slot) === State.inFlight) this.inFlightBytes -= this.bytesOf(slot);
    this.fields[2 * slot] = (this.fields[2 * slot]! & ~STATE_MASK) | state;
  }

  private skipSettled(): void {
    while (this.oldest < this.next && this.stateOf(this.oldest & this.mask) !== State.inFlight) this.oldest += 1;
  }

  private referenceOf(referenceTime: number): number {
    const unrolled = unroll(this.highestReference, referenceTime, REFERENCE_TIMES);
    if (this.highestReference === undefined || unrolled > this.highestReference) this.highestReference = unrolled;
    return unrolled;
  }

  private reportTimeOf(reportTimestamp: number): number {
    const unrolled = unroll(this.highestReportTime, reportTimestamp, REPORT_TIMES);
    if (this.highestReportTime === undefined || unrolled > this.highestReportTime) this.highestReportTime = unrolled;
    return unrolled;
  }
}

/** The number equal to `value` modulo `range` that is nearest to `highest`. */
function unroll(highest: number | undefined, value: number, range: number): number {
  if (highest === undefined) return value;
  const ahead = (((value - highest) % range) + range) % range;
  return highest + (ahead < range / 2 ? ahead : ahead - range);
}
