import type { Instant } from '@maru/protocol/core';

/** As many numbers are remembered as missing; beyond it a key frame is cheaper (security budgets, "NACK list"). */
const MAX_MISSING = 500;
/** Further back than this, nothing is worth its retransmission. */
const MAX_AGE_PACKETS = 1_000;
const MAX_TRIES = 10;
/** Packets overtake each other on real paths: what is one or two behind is not asked for at once. */
const REORDER_WAIT_MS = 10;

interface Missing {
  readonly since: Instant;
  askedAt: Instant;
  tries: number;
}

/** The packets of one stream that have not come, and when each is to be asked for (again). */
export class NackList {
  private readonly missing = new Map<number, Missing>();
  private highest: number | undefined;

  /** Packet number `sequence` (unrolled) came. Returns true if so much is missing that only a key frame helps. */
  received(now: Instant, sequence: number): boolean {
    if (this.highest === undefined || sequence <= this.highest) {
      this.missing.delete(sequence);
      this.highest ??= sequence;
      return false;
    }
    const first = Math.max(this.highest + 1, sequence - MAX_AGE_PACKETS);
    for (let lost = first; lost < sequence; lost++)
      this.missing.set(lost, { since: now, askedAt: Number.NEGATIVE_INFINITY, tries: 0 });
    this.highest = sequence;
    for (const old of this.missing.keys()) {
      if (old >= sequence - MAX_AGE_PACKETS) break;
      this.missing.delete(old);
    }
    if (this.missing.size <= MAX_MISSING) return false;
    this.missing.clear();
    return true;
  }

  get isEmpty(): boolean {
    return this.missing.size === 0;
  }

  /** Everything before a key frame needs no mending. */
  forgetBefore(sequence: number): void {
    for (const lost of this.missing.keys()) if (lost < sequence) this.missing.delete(lost);
  }

  /** What is to be asked for now, as 16-bit numbers in order; it counts as asked. */
  due(now: Instant, roundTripMs: number): number[] {
    const due: number[] = [];
    for (const [sequence, state] of this.missing) {
      if (now - state.since < REORDER_WAIT_MS || now - state.askedAt < roundTripMs) continue;
      if (state.tries >= MAX_TRIES) {
        this.missing.delete(sequence);
        continue;
      }
      state.tries += 1;
      state.askedAt = now;
      due.push(sequence & 0xffff);
    }
    return due;
  }
}
