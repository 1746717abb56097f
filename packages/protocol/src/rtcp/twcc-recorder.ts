import { serialDistance16 } from '../bytes/index.js';
import type { Instant } from '../core/index.js';
import { fitsTwccDelta, TWCC_REFERENCE_UNIT_MS, TWCC_TICKS_PER_MS, type TwccPacket } from './packets/twcc.js';

/** Numbers kept: at 20,000 packets a second, what comes in 400 ms. A power of two. */
const WINDOW = 8_192;
const MASK = WINDOW - 1;

/** How late a packet may be and still be told of, after numbers above it were: what reordering there is in practice. */
const MAX_BACK = 1_024;

const SEQUENCES = 2 ** 16;

/** Of header, senders, base, count and reference time. */
const FIXED_BYTES = 20;

const TICKS_PER_REFERENCE_UNIT = TWCC_REFERENCE_UNIT_MS * TWCC_TICKS_PER_MS;

/** Remembers when the packets of a transport arrived, and makes the feedback that tells its sender. One call a packet, without garbage. */
export class TwccRecorder {
  /** Arrival in ticks by number; -1 where there was none. */
  private readonly ticks = new Float64Array(WINDOW).fill(-1);
  /** The first number not yet told of, and the one after the highest; unrolled. */
  private nextToReport = 0;
  private end = 0;
  private isEmpty = true;
  private feedbackCount = 0;

  /** A packet came with this number. Duplicates, and what is too old to tell of, change nothing. */
  received(now: Instant, transportSequence: number): void {
    if (this.isEmpty) {
      this.isEmpty = false;
      // One turn up, so that what was sent before it and comes later has a count that is not below zero.
      this.nextToReport = this.end = transportSequence + SEQUENCES;
    }
    const count = this.end + serialDistance16(this.end & 0xffff, transportSequence);
    if (count < this.nextToReport - MAX_BACK || count < this.end - WINDOW) return;
    this.advanceTo(count);
    const slot = count & MASK;
    if (this.ticks[slot]! >= 0) return;
    this.ticks[slot] = Math.round(now * TWCC_TICKS_PER_MS);
    if (count < this.nextToReport) this.nextToReport = count;
  }

  /** Whether there is something to tell. */
  get hasNews(): boolean {
    return this.nextToReport < this.end;
  }

  /**
   * What came since the last time, or as much of it as a packet of `limitBytes` holds: call again until there is no more.
   * Undefined when there is nothing to tell.
   */
  build(senderSsrc: number, mediaSsrc: number, limitBytes = 1_100): TwccPacket | undefined {
    const base = this.nextToReport;
    const first = this.firstReceived(base);
    if (first < 0) return undefined;
    const reference = Math.floor(this.ticks[first & MASK]! / TICKS_PER_REFERENCE_UNIT);
    const receivedSequences: number[] = [];
    const arrivalTicks: number[] = [];
    let before = 0;
    let bytes = FIXED_BYTES;
    let told = base;
    // A chunk of two bytes says seven statuses at least; a run of any length before the first packet is one chunk or three.
    for (let count = first; count < this.end; count++) {
      const at = this.ticks[count & MASK]!;
      if (at < 0) continue;
      const ticks = at - reference * TICKS_PER_REFERENCE_UNIT;
      bytes += 2 + (2 * (count - told + 1)) / 7;
      if (told > base && (bytes > limitBytes || !fitsTwccDelta(before, ticks))) break;
      receivedSequences.push(count & 0xffff);
      arrivalTicks.push(ticks);
      before = ticks;
      told = count + 1;
    }
    this.nextToReport = told;
    return {
      type: 'twcc',
      senderSsrc,
      mediaSsrc,
      baseSequence: base & 0xffff,
      packetStatusCount: told - base,
      referenceTime: (reference << 8) >> 8,
      feedbackCount: this.feedbackCount++ & 0xff,
      receivedSequences,
      arrivalTicks,
    };
  }

  private firstReceived(from: number): number {
    for (let count = from; count < this.end; count++) if (this.ticks[count & MASK]! >= 0) return count;
    return -1;
  }

  /** Makes room up to `count`; numbers that fall out of the window are told of no more. */
  private advanceTo(count: number): void {
    if (count < this.end) return;
    if (count - this.end >= WINDOW) this.ticks.fill(-1);
    else for (let skipped = this.end; skipped <= count; skipped++) this.ticks[skipped & MASK] = -1;
    this.end = count + 1;
    this.nextToReport = Math.max(this.nextToReport, this.end - WINDOW);
  }
}
