import type { Instant } from '../../core/index.js';
import type { AckSample, CongestionController } from './controller.js';
import { HyStart, queueThresholdMs } from './hystart.js';
import { LossFloor } from './loss-floor.js';
import { RecentMinimum } from './recent-minimum.js';

/** C, in packets per second cubed, and the multiplicative decrease (RFC 9438 §5.1, §4.6). */
const CUBIC_C = 0.4;
const BETA = 0.7;
/** Additive increase that is as fair as Reno's with our decrease (RFC 9438 §4.3). */
const RENO_ALPHA = (3 * (1 - BETA)) / (1 + BETA);

/** Initial window (RFC 6928 §2; RFC 9260 §7.2.1 is older and smaller: with pacing, ten are no burst). */
const INITIAL_PACKETS = 10;
/** Never less after a loss (RFC 9260 §7.2.3: 4 MTU). */
const MIN_PACKETS = 4;

/** Pacing ahead of the window's own rate, so that pacing never becomes the limit (as Linux does). */
const SLOW_START_PACING_GAIN = 2;
const PACING_GAIN = 1.2;
/** Below this round trip timers are too coarse to pace with. */
const MIN_PACED_RTT_MS = 2;

/** What may leave at once: less than a timer's tick is no use to wait for. */
const BURST_MS = 2;
/**
 * The same on a path that takes no time itself (one host, one switch): round trips there are our own queues, and a busy event loop comes back to
 * the pacer late. With less credit than its usual delay, a local bulk transfer waits out half of its time.
 */
const LOCAL_BURST_MS = 10;

/** Rounds that the delivery rate is the best of. */
const RATE_ROUNDS = 4;

/**
 * CUBIC (RFC 9438) with HyStart++ (RFC 9406), and a decrease that asks why something was lost.
 *
 * A loss while round trips are longer than the path's own means a full queue: the window falls to what the path is known
 * to carry (best delivery rate of late times least round trip, as TCP Westwood does), but never below CUBIC's 0.7.
 * A loss with no queue in sight is the path's noise, and the window stays, unless more is lost than the path loses anyway
 * ({@link LossFloor}): then something other than a queue tells us to slow down, and we do.
 * A competing flow keeps a queue, and so meets plain CUBIC.
 */
export class CubicController implements CongestionController {
  windowBytes: number;
  pacingBytesPerMs = Infinity;
  pacingBurstMs = BURST_MS;

  private slowStartThresholdBytes = Infinity;
  private readonly hyStart = new HyStart();
  private readonly lossFloor = new LossFloor();

  /** The present epoch of the cubic function: when it began, from which window, towards which plateau, and when it is there. */
  private epochStartedAt: Instant | undefined;
  private plateauPackets = 0;
  private plateauAfterSeconds = 0;
  private renoPackets = 0;

  private minRttMs = Infinity;
  private smoothedRttMs = 0;
  private readonly recent = new RecentMinimum();
  private roundStartedAt: Instant = 0;
  private roundBytes = 0;
  private readonly roundRates = new Float64Array(RATE_ROUNDS);
  private rounds = 0;

  private beforeTimeout: { windowBytes: number; slowStartThresholdBytes: number } | undefined;

  constructor(private packetBytes: number) {
    this.windowBytes = INITIAL_PACKETS * packetBytes;
  }

  get isSlowStart(): boolean {
    return this.windowBytes < this.slowStartThresholdBytes;
  }

  acknowledged(sample: AckSample): void {
    this.observe(sample);
    if (sample.isWindowLimited) this.grow(sample);
    else this.epochStartedAt = undefined; // the application's pause is not time for the cubic to run (RFC 9438 §5.8)
    if (sample.isRoundEnd) this.endRound(sample.now);
    this.pace();
  }

  lost(now: Instant, lostChunks: number, isAfterReaction: boolean): boolean {
    this.lossFloor.lostChunks(lostChunks);
    if (!isAfterReaction) return false;
    const isQueueing = this.recent.minMs - this.minRttMs > queueThresholdMs(this.minRttMs);
    if (!isQueueing && !this.lossFloor.isExceeded) return false;
    this.decrease(now, isQueueing ? Math.min(this.windowBytes, this.carriedBytes) : 0);
    return true;
  }

  timedOut(now: Instant): void {
    this.beforeTimeout ??= { windowBytes: this.windowBytes, slowStartThresholdBytes: this.slowStartThresholdBytes };
    this.slowStartThresholdBytes = Math.max(BETA * this.windowBytes, this.slowStartThresholdAfterTimeout);
    this.windowBytes = this.packetBytes;
    this.epochStartedAt = undefined;
    this.roundStartedAt = now;
    this.roundBytes = 0;
    this.hyStart.reset();
    this.pacingBytesPerMs = Infinity;
  }

  undoTimeout(): void {
    if (!this.beforeTimeout) return;
    this.windowBytes = this.beforeTimeout.windowBytes;
    this.slowStartThresholdBytes = this.beforeTimeout.slowStartThresholdBytes;
    this.beforeTimeout = undefined;
    this.pace();
  }

  packetSizeChanged(packetBytes: number): void {
    this.packetBytes = packetBytes;
    this.windowBytes = Math.max(this.windowBytes, MIN_PACKETS * packetBytes);
  }

  reset(): void {
    this.windowBytes = INITIAL_PACKETS * this.packetBytes;
    this.slowStartThresholdBytes = Infinity;
    this.pacingBytesPerMs = Infinity;
    this.epochStartedAt = undefined;
    this.beforeTimeout = undefined;
    this.plateauPackets = 0;
    this.minRttMs = Infinity;
    this.recent.reset();
    this.roundRates.fill(0);
    this.hyStart.reset();
    this.lossFloor.reset();
  }

  private get slowStartThresholdAfterTimeout(): number {
    return Math.max(MIN_PACKETS * this.packetBytes, this.beforeTimeout ? BETA * this.beforeTimeout.windowBytes : 0);
  }

  /** What the path carries with an empty queue: its bandwidth-delay product as we have seen it. */
  private get carriedBytes(): number {
    return Math.max(...this.roundRates) * (this.minRttMs === Infinity ? 0 : this.minRttMs);
  }

  private observe(sample: AckSample): void {
    this.minRttMs = sample.minRttMs;
    this.smoothedRttMs = sample.smoothedRttMs;
    this.roundBytes += sample.ackedBytes;
    this.lossFloor.acknowledged(sample.ackedChunks);
    if (sample.ackedBytes > 0) this.beforeTimeout = undefined;
    if (sample.rttMs === undefined) return;
    this.recent.add(sample.rttMs);
    if (this.isSlowStart) this.hyStart.measured(this.recent.minMs, this.minRttMs);
  }

  private grow(sample: AckSample): void {
    if (this.isSlowStart) this.windowBytes += sample.ackedBytes / this.hyStart.growthDivisor;
    else this.growCubic(sample);
  }

  private growCubic({ now, ackedBytes, smoothedRttMs }: AckSample): void {
    const packets = this.windowBytes / this.packetBytes;
    if (this.epochStartedAt === undefined) this.startEpoch(now, packets);
    const seconds = (now - this.epochStartedAt! + smoothedRttMs) / 1_000 - this.plateauAfterSeconds;
    const target = Math.min(Math.max(this.plateauPackets + CUBIC_C * seconds ** 3, packets), 1.5 * packets);
    const ackedPackets = ackedBytes / this.packetBytes;
    this.renoPackets += ((this.renoPackets >= this.plateauPackets ? 1 : RENO_ALPHA) * ackedPackets) / packets;
    const grown = packets + ((target - packets) / packets) * ackedPackets;
    this.windowBytes = Math.max(grown, this.renoPackets) * this.packetBytes;
  }

  private startEpoch(now: Instant, packets: number): void {
    this.epochStartedAt = now;
    this.renoPackets = packets;
    this.plateauPackets = Math.max(this.plateauPackets, packets);
    this.plateauAfterSeconds = Math.cbrt((this.plateauPackets - packets) / CUBIC_C);
  }

  private decrease(now: Instant, atLeastBytes: number): void {
    const packets = this.windowBytes / this.packetBytes;
    // Fast convergence (RFC 9438 §4.7): a plateau lower than the last one means that others want room.
    this.plateauPackets = packets < this.plateauPackets ? (packets * (1 + BETA)) / 2 : packets;
    this.windowBytes = Math.max(BETA * this.windowBytes, atLeastBytes, MIN_PACKETS * this.packetBytes);
    this.slowStartThresholdBytes = this.windowBytes;
    this.startEpoch(now, this.windowBytes / this.packetBytes);
    this.pace();
  }

  private endRound(now: Instant): void {
    const durationMs = now - this.roundStartedAt;
    if (durationMs > 0 && this.roundStartedAt > 0) this.roundRates[this.rounds++ % RATE_ROUNDS] = this.roundBytes / durationMs;
    this.roundStartedAt = now;
    this.roundBytes = 0;
    this.lossFloor.roundEnded();
    if (this.isSlowStart && this.hyStart.roundEnded()) this.slowStartThresholdBytes = this.windowBytes;
  }

  private pace(): void {
    const gain = this.isSlowStart ? SLOW_START_PACING_GAIN : PACING_GAIN;
    this.pacingBurstMs = this.minRttMs < MIN_PACED_RTT_MS ? LOCAL_BURST_MS : BURST_MS;
    this.pacingBytesPerMs = this.smoothedRttMs < MIN_PACED_RTT_MS ? Infinity : (gain * this.windowBytes) / this.smoothedRttMs;
  }
}
