import type { Instant } from '../../core/index.js';
import type { PacketResults } from '../packet-results.js';
import { InterArrival } from './inter-arrival.js';
import { RateControl } from './rate-control.js';
import { StandingQueue } from './standing-queue.js';
import { type NetworkUsage, TrendlineDetector } from './trendline.js';

/** One of full size. */
const PACKET_BITS = 1_200 * 8;
/** After a silence of this length, what was learnt of the queue is of no use. */
const SILENCE_MS = 2_000;

/** The estimate that follows the delay of the path: it ends growing before packets are lost (draft-ietf-rmcat-gcc-02 §5). */
export class DelayBasedEstimate {
  private readonly interArrival = new InterArrival();
  private readonly detector = new TrendlineDetector();
  private readonly queue: StandingQueue;
  private readonly control: RateControl;
  private heardAt: Instant = Number.NEGATIVE_INFINITY;

  /** `burstPackets`: so many may leave together without that their queue counts; 0: each queue counts. */
  constructor(
    startBps: number,
    minBps: number,
    maxBps: number,
    private readonly burstPackets = 0,
  ) {
    this.queue = new StandingQueue(burstPackets);
    this.control = new RateControl(startBps, minBps, maxBps);
  }

  get bitsPerSecond(): number {
    return this.control.bitsPerSecond;
  }

  get usage(): NetworkUsage {
    return this.detector.usage;
  }

  get lastDecreaseAt(): Instant {
    return this.control.lastDecreaseAt;
  }

  /** By how much the way there has been longer than empty in the last moment, at the least. */
  get queueMs(): number {
    return this.queue.queueMs;
  }

  /** How much of a queue is tolerated: more than 1 while others fill it. */
  set tolerance(tolerance: number) {
    this.detector.tolerance = tolerance;
  }

  /** Not while a queue stands, though it does not grow: whoever goes on keeps it. */
  set mayGrow(mayGrow: boolean) {
    this.control.mayGrow = mayGrow;
  }

  /** Less comes through than is sent. */
  set isHeldUp(isHeldUp: boolean) {
    this.control.isHeldUp = isHeldUp;
  }

  limit(minBps: number, maxBps: number): void {
    this.control.minBps = minBps;
    this.control.maxBps = maxBps;
    this.control.bitsPerSecond = Math.min(Math.max(this.control.bitsPerSecond, minBps), maxBps);
  }

  /** Feedback came. `probedBps` is what a probe that it completes has shown. */
  add(
    now: Instant,
    results: PacketResults,
    acknowledgedBps: number | undefined,
    probedBps: number | undefined,
    roundTripMs: number,
  ): void {
    if (now - this.heardAt > SILENCE_MS) this.restart();
    this.heardAt = now;
    results.compareArrivals();
    const packetMs = (PACKET_BITS * 1_000) / this.control.bitsPerSecond;
    let wasOver = false;
    for (let i = 0; i < results.count; i++) {
      const arrivedAt = results.arrivedAt[i]!;
      if (results.isReceived[i] === 0 || Number.isNaN(arrivedAt) || results.isOvertaken[i] === 1) continue;
      if (this.burstPackets > 0) this.queue.add(arrivedAt, arrivedAt - results.sentAt[i]!);
      if (!this.interArrival.add(results.sentAt[i]!, arrivedAt, now)) continue;
      this.detector.add(this.interArrival.sentDeltaMs, this.interArrival.arrivalDeltaMs, arrivedAt);
      if (this.burstPackets > 0 && this.detector.usage === 'over' && !this.queue.stands(packetMs)) this.detector.excuse();
      wasOver ||= this.detector.usage === 'over';
    }
    if (this.detector.usage === 'over' || wasOver) {
      if (this.control.mayDecrease(now, roundTripMs, acknowledgedBps)) {
        this.control.update(now, 'over', acknowledgedBps, roundTripMs);
      }
    } else if (probedBps !== undefined && probedBps > this.control.bitsPerSecond) {
      this.control.set(now, probedBps);
    } else {
      this.control.update(now, this.detector.usage, acknowledgedBps, roundTripMs);
    }
  }

  /** The path was silent: the rate stays, the memory of how its delay went goes. */
  private restart(): void {
    this.interArrival.reset();
    this.detector.reset();
  }

  /** The path is another one. */
  leavePath(): void {
    this.restart();
    this.queue.reset();
  }

  set(now: Instant, bitsPerSecond: number): void {
    this.control.set(now, bitsPerSecond);
  }
}
