import { type Instant, NEVER } from '../core/index.js';

/** Numbers watched, a power of two: further back, nothing is worth its retransmission (security budgets, "NACK list"). */
const SLOTS = 1_024;
const MASK = SLOTS - 1;
/** So many missing at once are cheaper to mend by a key frame; */
const MAX_MISSING = 500;
/** and so many where nothing has come for so long: the path was dead, and what is shown of that time would be late anyway. */
const MAX_MISSING_AFTER_SILENCE = 25;
const SILENCE_MS = 400;
/** Of a round trip each: requests within one are one try. */
const MAX_TRIES = 16;
/** Nothing that has been missing for so long is waited for. */
const MAX_AGE_MS = 2_000;
/**
 * Round trips between requests for the same packet. Where the stream keeps its order, what is missing is lost, and is asked for
 * several times before an answer can be here: requests are lost too, and who sends again lets a round trip pass before the next
 * time, so that it answers one of them. Just beyond a quarter, so that the one after a lost answer is not taken for one of these.
 */
const ORDERED_ROUND_TRIPS = 0.26;
/** Less reordering than this is order. */
const ORDERED_MS = 5;
/** Where packets overtake one another, each early request may be in vain: the first is given a round trip, the later ones half. */
const ROUND_TRIPS = 1.1;
const LATER_ROUND_TRIPS = 0.55;
const MIN_SPACING_MS = 20;
/** What is due this soon is asked for in the same packet. */
const GATHER_MS = 5;
/** How the wait for packets that were only overtaken is learnt: it rises by what one packet teaches, and falls by a hundredth of it for each other. */
const LESSON_MS = 10;
const FORGETTING = 0.01;
const MAX_WAIT_MS = 150;
/** Requests for each packet that arrives, more than one where three of ten are lost and requests with them; and how many may be saved up. */
const BUDGET_PER_PACKET = 3;
const MAX_BUDGET = 500;

const State = { none: 0, received: 1, missing: 2 } as const;

export interface NackCounters {
  /** Numbers asked for, repetitions included. */
  requested: number;
  /** Came after they had been asked for. */
  recovered: number;
  /** Were asked for, and came of themselves: the request was in vain. */
  vain: number;
  givenUp: number;
}

/**
 * Which packets of a stream to ask for again, and when (RFC 4585 §6.2.1). How long a missing packet may merely have been overtaken
 * is learnt from the stream: 99 % of the packets are to come within the wait.
 */
export class NackScheduler {
  roundTripMs = 100;
  readonly counters: NackCounters = { requested: 0, recovered: 0, vain: 0, givenUp: 0 };
  /** When {@link due} has something next. */
  deadline: Instant = NEVER;
  private readonly states = new Uint8Array(SLOTS);
  private readonly tries = new Uint8Array(SLOTS);
  private readonly since = new Float64Array(SLOTS);
  private readonly dueAt = new Float64Array(SLOTS);
  /** When the try of now began. */
  private readonly triedAt = new Float64Array(SLOTS);
  private readonly requests: number[] = [];
  private highest: number | undefined;
  /** Nothing below is missing. */
  private oldest = 0;
  private missing = 0;
  private waitMs = 0;
  private budget = 100;
  private hasGivenUp = false;
  private heardAt: Instant = Number.NaN;

  /** How long a missing packet is given before it is asked for. */
  get reorderingMs(): number {
    return this.waitMs;
  }

  get isEmpty(): boolean {
    return this.missing === 0;
  }

  /** Packet number `sequence` (unrolled) came; `isRepair` where it came as a retransmission. */
  received(now: Instant, sequence: number, isRepair: boolean): void {
    this.budget = Math.min(MAX_BUDGET, this.budget + BUDGET_PER_PACKET);
    const silentMs = now - this.heardAt;
    this.heardAt = now;
    if (this.highest === undefined) {
      this.highest = sequence;
      this.oldest = sequence + 1;
      return;
    }
    if (sequence <= this.highest) return this.fill(now, sequence, isRepair);
    if (this.waitMs > 0) this.waitMs = Math.max(0, this.waitMs - LESSON_MS * FORGETTING);
    if (sequence === this.highest + 1) {
      if (this.missing > 0) this.dropBefore(sequence - SLOTS + 1);
      if (this.missing === 0) this.oldest = sequence + 1;
      this.states[sequence & MASK] = State.received;
      this.highest = sequence;
      return;
    }
    this.miss(now, this.highest + 1, sequence, silentMs > SILENCE_MS ? MAX_MISSING_AFTER_SILENCE : MAX_MISSING);
  }

  /** Whether so much is missing, or so long, that only a key frame helps; true once for each time. */
  takeGivenUp(): boolean {
    const hasGivenUp = this.hasGivenUp;
    this.hasGivenUp = false;
    return hasGivenUp;
  }

  /** Everything before this number needs no mending: a key frame begins there, or it was played without. */
  forgetBefore(sequence: number): void {
    for (; this.oldest < sequence && this.highest !== undefined && this.oldest <= this.highest; this.oldest++) {
      this.settle(this.oldest & MASK, State.none);
    }
    if (this.missing === 0) this.deadline = NEVER;
  }

  /** What to ask for now, as 16-bit numbers in order; it counts as asked. The array is lent until the next call. */
  due(now: Instant): readonly number[] {
    this.requests.length = 0;
    if (now < this.deadline || this.highest === undefined) return this.requests;
    let next = NEVER;
    for (let sequence = this.oldest; sequence <= this.highest; sequence++) {
      const slot = sequence & MASK;
      if (this.states[slot] !== State.missing) continue;
      if (this.dueAt[slot]! <= now + GATHER_MS && this.isWorthwhile(now, slot)) this.ask(now, slot, sequence);
      if (this.states[slot] === State.missing && this.dueAt[slot]! < next) next = this.dueAt[slot]!;
    }
    this.deadline = next;
    this.skipSettled();
    return this.requests;
  }

  private isWorthwhile(now: Instant, slot: number): boolean {
    if (this.tries[slot]! < MAX_TRIES && now - this.since[slot]! < MAX_AGE_MS) return true;
    this.settle(slot, State.none);
    this.counters.givenUp += 1;
    this.hasGivenUp = true;
    return false;
  }

  private ask(now: Instant, slot: number, sequence: number): void {
    this.dueAt[slot] = now + Math.max(MIN_SPACING_MS, this.spacingOf(slot) * this.roundTripMs);
    if (this.budget < 1) return;
    this.budget -= 1;
    if (this.tries[slot] === 0 || now - this.triedAt[slot]! >= this.roundTripMs) {
      this.tries[slot]! += 1;
      this.triedAt[slot] = now;
    }
    this.counters.requested += 1;
    this.requests.push(sequence & 0xffff);
  }

  /** In round trips, from one request for a packet to the next. */
  private spacingOf(slot: number): number {
    if (this.waitMs < ORDERED_MS) return ORDERED_ROUND_TRIPS;
    return this.tries[slot] === 0 ? ROUND_TRIPS : LATER_ROUND_TRIPS;
  }

  /** A number at or below the highest came. */
  private fill(now: Instant, sequence: number, isRepair: boolean): void {
    if (sequence < this.oldest || sequence <= this.highest! - SLOTS) return;
    const slot = sequence & MASK;
    if (this.states[slot] !== State.missing) return;
    const lateMs = now - this.since[slot]!;
    const wasAsked = this.tries[slot]! > 0;
    if (isRepair) this.counters.recovered += 1;
    else {
      // Without a stream of its own, a retransmission looks like the packet: what was asked for a round trip ago is taken for one.
      const isAnswer = wasAsked && lateMs >= this.waitMs + this.roundTripMs * 0.9;
      if (isAnswer) this.counters.recovered += 1;
      else {
        if (wasAsked) this.counters.vain += 1;
        if (lateMs > this.waitMs) this.waitMs = Math.min(MAX_WAIT_MS, Math.min(lateMs + 1, this.waitMs + LESSON_MS));
      }
    }
    this.settle(slot, State.received);
    this.skipSettled();
  }

  private miss(now: Instant, first: number, sequence: number, most: number): void {
    if (sequence - first > most || this.missing + sequence - first > MAX_MISSING) {
      this.counters.givenUp += this.missing + sequence - first;
      this.states.fill(State.none);
      this.missing = 0;
      this.highest = sequence;
      this.oldest = sequence + 1;
      this.deadline = NEVER;
      this.hasGivenUp = true;
      return;
    }
    this.dropBefore(sequence - SLOTS + 1);
    for (let lost = first; lost < sequence; lost++) {
      const slot = lost & MASK;
      this.states[slot] = State.missing;
      this.tries[slot] = 0;
      this.since[slot] = now;
      this.dueAt[slot] = now + this.waitMs;
    }
    if (this.missing === 0) this.oldest = first;
    this.missing += sequence - first;
    this.states[sequence & MASK] = State.received;
    this.highest = sequence;
    this.deadline = Math.min(this.deadline, now + this.waitMs);
  }

  private dropBefore(sequence: number): void {
    for (; this.oldest < sequence; this.oldest++) {
      const slot = this.oldest & MASK;
      if (this.states[slot] !== State.missing) continue;
      this.settle(slot, State.none);
      this.counters.givenUp += 1;
      this.hasGivenUp = true;
    }
  }

  private settle(slot: number, state: number): void {
    if (this.states[slot] === State.missing) this.missing -= 1;
    this.states[slot] = state;
  }

  private skipSettled(): void {
    if (this.missing === 0) {
      this.oldest = this.highest! + 1;
      this.deadline = NEVER;
      return;
    }
    while (this.states[this.oldest & MASK] !== State.missing) this.oldest += 1;
  }
}
