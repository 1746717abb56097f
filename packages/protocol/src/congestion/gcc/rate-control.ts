import type { Instant } from '../../core/index.js';
import type { NetworkUsage } from './trendline.js';

/** What is left of the measured rate when the path is overused (draft-ietf-rmcat-gcc-02 §5.5). */
const BACKOFF = 0.85;
/** Who sends less than this of what may be sent does not try the path. */
const UNTRIED = 0.8;
/** Growth a second, where the capacity is not known to be near. */
const GROWTH = 1.08;
const MIN_GROWTH_BPS = 1_000;
const MIN_ADDITIVE_BPS = 4_000;
/** We go no further beyond what was shown to get through. */
const MAX_LEAD = 1.5;
const LEAD_BPS = 10_000;
/** What the control loop takes besides the round trip: feedback and the detector. */
const RESPONSE_MS = 100;
const PACKET_BITS = 1_200 * 8;
const FRAMES_PER_SECOND = 30;

/** What the capacity of the path seems to be, from the rates at which it was overused: a mean and how far they lie from it. */
class CapacityEstimate {
  private meanKbps: number | undefined;
  private deviation = 0.4;

  overusedAt(bitsPerSecond: number): void {
    const kbps = bitsPerSecond / 1_000;
    if (this.meanKbps === undefined) this.meanKbps = kbps;
    else this.meanKbps += 0.05 * (kbps - this.meanKbps);
    const norm = Math.max(this.meanKbps, 1);
    const error = this.meanKbps - kbps;
    this.deviation = Math.min(Math.max(0.95 * this.deviation + (0.05 * error * error) / norm, 0.4), 2.5);
  }

  get isKnown(): boolean {
    return this.meanKbps !== undefined;
  }

  get bitsPerSecond(): number | undefined {
    return this.meanKbps === undefined ? undefined : this.meanKbps * 1_000;
  }

  isAbove(bitsPerSecond: number): boolean {
    return this.meanKbps !== undefined && bitsPerSecond > (this.meanKbps + this.marginKbps) * 1_000;
  }

  isBelow(bitsPerSecond: number): boolean {
    return this.meanKbps !== undefined && bitsPerSecond < Math.max(0, this.meanKbps - this.marginKbps) * 1_000;
  }

  forget(): void {
    this.meanKbps = undefined;
  }

  private get marginKbps(): number {
    return 3 * Math.sqrt(this.deviation * (this.meanKbps ?? 0));
  }
}

/** Additive increase near the capacity, multiplicative increase far from it, multiplicative decrease on overuse (draft-ietf-rmcat-gcc-02 §5.5). */
export class RateControl {
  mayGrow = true;
  /** Less comes through than is sent. */
  isHeldUp = true;
  private state: 'hold' | 'increase' = 'hold';
  private readonly capacity = new CapacityEstimate();
  private changedAt: Instant = Number.NaN;
  private decreasedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(
    public bitsPerSecond: number,
    public minBps: number,
    public maxBps: number,
  ) {}

  /** When it last had to be lowered; minus infinity if never. */
  get lastDecreaseAt(): Instant {
    return this.decreasedAt;
  }

  /** Whether a further decrease may follow on the last one: a round trip later, or where half of it does not get through. */
  mayDecrease(now: Instant, roundTripMs: number, acknowledgedBps: number | undefined): boolean {
    if (now - this.decreasedAt >= Math.min(Math.max(roundTripMs, 10), 200)) return true;
    return acknowledgedBps !== undefined && acknowledgedBps < 0.5 * this.bitsPerSecond && !this.isUntried(acknowledgedBps);
  }

  /** The rate moves by what the detector says. */
  update(now: Instant, usage: NetworkUsage, acknowledgedBps: number | undefined, roundTripMs: number): void {
    if (usage === 'over') return this.decrease(now, acknowledgedBps);
    if (usage === 'under') this.state = 'hold';
    else if (this.state === 'hold') {
      this.state = 'increase';
      this.changedAt = now;
    }
    if (this.state === 'increase') this.increase(now, acknowledgedBps, roundTripMs);
  }

  /** A probe has shown what gets through. */
  set(now: Instant, bitsPerSecond: number): void {
    if (this.capacity.isAbove(bitsPerSecond)) this.capacity.forget();
    this.bitsPerSecond = this.clamp(bitsPerSecond);
    this.changedAt = now;
  }

  /** All of what was sent came through, and it was much less than might have been: nothing is known of what the path carries. */
  private isUntried(acknowledgedBps: number | undefined): boolean {
    return !this.isHeldUp && acknowledgedBps !== undefined && acknowledgedBps < UNTRIED * this.bitsPerSecond;
  }

  private decrease(now: Instant, acknowledgedBps: number | undefined): void {
    const before = this.bitsPerSecond;
    this.state = 'hold';
    this.changedAt = this.decreasedAt = now;
    if (this.isUntried(acknowledgedBps)) {
      this.bitsPerSecond = this.clamp(before * BACKOFF);
      return;
    }
    const measured = acknowledgedBps ?? before / 2 / BACKOFF;
    let next = measured * BACKOFF;
    if (next > before) next = Math.min(before, (this.capacity.bitsPerSecond ?? before / BACKOFF) * BACKOFF);
    if (this.capacity.isBelow(measured)) this.capacity.forget();
    if (acknowledgedBps !== undefined) this.capacity.overusedAt(acknowledgedBps);
    this.bitsPerSecond = this.clamp(Math.min(next, before));
  }

  private increase(now: Instant, acknowledgedBps: number | undefined, roundTripMs: number): void {
    const seconds = Math.min(Math.max(now - this.changedAt, 0), 1_000) / 1_000;
    this.changedAt = now;
    if (!this.mayGrow) return;
    const before = this.bitsPerSecond;
    if (acknowledgedBps !== undefined && this.capacity.isAbove(acknowledgedBps)) this.capacity.forget();
    const step = this.capacity.isKnown
      ? additiveBps(before, roundTripMs) * seconds
      : Math.max(before * (GROWTH ** seconds - 1), MIN_GROWTH_BPS * seconds);
    const lead = acknowledgedBps === undefined ? Infinity : acknowledgedBps * MAX_LEAD + LEAD_BPS;
    if (before < lead) this.bitsPerSecond = this.clamp(Math.min(before + step, lead));
  }

  private clamp(bitsPerSecond: number): number {
    return Math.min(Math.max(bitsPerSecond, this.minBps), this.maxBps);
  }
}

/** One packet more each response time. */
function additiveBps(bitsPerSecond: number, roundTripMs: number): number {
  const frameBits = bitsPerSecond / FRAMES_PER_SECOND;
  const packetBits = frameBits / Math.ceil(frameBits / PACKET_BITS);
  return Math.max(MIN_ADDITIVE_BPS, (packetBits * 1_000) / (2 * (roundTripMs + RESPONSE_MS)));
}
