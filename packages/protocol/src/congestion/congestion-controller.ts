import { type Instant, NEVER } from '../core/index.js';
import type { CcfbPacket, TwccPacket } from '../rtcp/index.js';
import { FeedbackBudget } from './feedback-budget.js';
import { AcknowledgedBitrate } from './gcc/acknowledged-bitrate.js';
import { ApplicationLimit } from './gcc/application-limit.js';
import { Competition } from './gcc/competition.js';
import { CongestionWindow } from './gcc/congestion-window.js';
import { DelayBasedEstimate } from './gcc/delay-based.js';
import { LossBasedEstimate } from './gcc/loss-based.js';
import { ProbeMeasurement } from './gcc/probe-measurement.js';
import { ProbePlan } from './gcc/probe-plan.js';
import { ReportedLoss } from './gcc/reported-loss.js';
import { RoundTripEstimate } from './gcc/round-trip.js';
import { type PacedKind, Pacer } from './pacer.js';
import { PacketResults } from './packet-results.js';
import { SendHistory } from './send-history.js';

/** Rates in bit/s, of RTP packets with their headers. */
export interface CongestionOptions {
  readonly startBps?: number;
  readonly minBps?: number;
  readonly maxBps?: number;
  /** How much faster than the estimate packets leave, so that frames that are larger than others do not wait. */
  readonly pacingFactor?: number;
  /** Media waits in the pacer no longer than this. */
  readonly maxQueueMs?: number;
  /**
   * So many packets of full size may leave together, for who forwards what several others send: a queue that is gone after them is no
   * overuse, what was too little to try the path says nothing of it, and probes are longer than such a burst. 0: one encoder, which is paced.
   */
  readonly burstPackets?: number;
}

/** Why the target is what it is. */
export type TargetLimit = 'delay' | 'loss' | 'receiver' | 'configured';

const DEFAULT_START_BPS = 300_000;
/** S-54: whatever feedback says, audio goes on. */
const DEFAULT_MIN_BPS = 30_000;
const DEFAULT_MAX_BPS = 20_000_000;
const DEFAULT_PACING_FACTOR = 1.5;

/** So much steeper a queue may grow while others fill it and leave us less than our part. */
const COMPETING_TOLERANCE = 2.5;
/** A burst takes half of a probe's time at most. */
const PROBE_BYTES_PER_BURST_PACKET = 600;
/** What is left of the rate for a moment, to see whether the queue is our own. */
const HOLDING_BACK = 0.7;

/** How often time alone is looked at while packets flow. */
const TICK_MS = 100;
/** Without packets for so long, nothing is timed. */
const IDLE_MS = 2_000;
/** Feedback that stays away for so long, while packets leave, means that they do not arrive. */
const SILENCE_MS = 1_000;

/** What one feedback tells: read and done with before the next one comes, whoever's it is. */
const results = new PacketResults();

/**
 * Google congestion control, send side (draft-ietf-rmcat-gcc-02, with what libwebrtc has learnt since): how much may be sent,
 * and when. One for each transport. Feed it what is sent and what is fed back; ask it for {@link targetBps} and for turns to send.
 */
export class CongestionController {
  readonly pacer: Pacer;
  readonly history: SendHistory;
  private readonly acknowledged = new AcknowledgedBitrate();
  private readonly delayBased: DelayBasedEstimate;
  private readonly lossBased = new LossBasedEstimate();
  private readonly reportedLoss = new ReportedLoss();
  private readonly application = new ApplicationLimit();
  private readonly window = new CongestionWindow();
  private readonly competition = new Competition();
  private readonly roundTrip = new RoundTripEstimate();
  private readonly probePlan = new ProbePlan();
  private readonly probeMeasurement = new ProbeMeasurement();
  private readonly budget = new FeedbackBudget();
  private readonly pacingFactor: number;
  private readonly burstPackets: number;
  private minBps: number;
  private maxBps: number;
  private receiverBps = Infinity;
  private target: number;
  private announcedBps = 0;
  private nextProbe = 1;
  private paddingBps = 0;
  private isStarted = false;
  private sentAt: Instant = Number.NEGATIVE_INFINITY;
  private heardAt: Instant = Number.NaN;
  private silentAt: Instant = Number.NEGATIVE_INFINITY;
  private nextTickAt: Instant = NEVER;

  constructor(options: CongestionOptions = {}, firstSequence = 1) {
    this.minBps = options.minBps ?? DEFAULT_MIN_BPS;
    this.maxBps = options.maxBps ?? DEFAULT_MAX_BPS;
    this.pacingFactor = options.pacingFactor ?? DEFAULT_PACING_FACTOR;
    this.target = Math.min(Math.max(options.startBps ?? DEFAULT_START_BPS, this.minBps), this.maxBps);
    this.burstPackets = options.burstPackets ?? 0;
    this.delayBased = new DelayBasedEstimate(this.target, this.minBps, this.maxBps, this.burstPackets);
    this.probePlan.maxBps = this.maxBps;
    this.history = new SendHistory(firstSequence);
    this.pacer = new Pacer(this.target * this.pacingFactor, options.maxQueueMs, this.burstPackets * PROBE_BYTES_PER_BURST_PACKET);
  }

  // What it knows.

  /** How much encoders may give together, in bit/s, headers included. */
  get targetBps(): number {
    return Math.max(this.minBps, this.target * this.window.encoderShare);
  }

  /** How much the path is thought to carry, in bit/s (`availableOutgoingBitrate` of W3C webrtc-stats). */
  get availableBps(): number {
    return this.target;
  }

  get limitedBy(): TargetLimit {
    if (this.target >= this.maxBps || this.target <= this.minBps) return 'configured';
    if (this.target >= this.receiverBps) return 'receiver';
    return this.lossBased.isLimiting || this.reportedLoss.bitsPerSecond !== undefined ? 'loss' : 'delay';
  }

  get roundTripMs(): number {
    return this.roundTrip.smoothedMs;
  }

  /** Share of the packets of the last seconds that were lost, from 0 to 1. */
  get lossShare(): number {
    return this.lossBased.lossShare;
  }

  /** What got through lately, in bit/s; undefined while too little is known. */
  get acknowledgedBps(): number | undefined {
    return this.acknowledged.bitsPerSecond;
  }

  /** The application sends so much less than it may that nothing is learnt of the path. */
  get isApplicationLimited(): boolean {
    return this.application.isLimited;
  }

  /** Feedback that was ignored, since it came more than a hundred times a second (S-54). */
  get feedbackIgnored(): number {
    return this.budget.ignored;
  }

  /** Whether the target has changed by more than a percent since this was last true: then allocate anew. */
  takeChange(): boolean {
    const target = this.targetBps;
    if (Math.abs(target - this.announcedBps) <= this.announcedBps * 0.01) return false;
    this.announcedBps = target;
    return true;
  }

  // What it is told.

  limit(now: Instant, minBps: number, maxBps: number): void {
    this.minBps = minBps;
    this.maxBps = Math.max(maxBps, minBps);
    this.delayBased.limit(this.minBps, this.maxBps);
    this.probePlan.maxBps = this.maxBps;
    this.settle(now);
  }

  /** How much encoders could use, in bit/s: nothing is probed beyond it. `paddingBps`: at least so much is to flow. */
  demand(now: Instant, bitsPerSecond: number, paddingBps = 0): void {
    this.probePlan.demandBps = bitsPerSecond;
    this.paddingBps = paddingBps;
    this.settle(now);
  }

  /** Packets may flow over the transport. */
  connect(now: Instant): void {
    if (this.isStarted) return;
    this.isStarted = true;
    this.probePlan.start(now, this.target);
    this.nextTickAt = now;
  }

  disconnect(): void {
    this.isStarted = false;
    this.probePlan.stop();
    this.pacer.dropProbes();
    this.nextTickAt = NEVER;
  }

  /** Packets go another way from now on: what was learnt of the old one is void, but for the rate to begin with. */
  pathChanged(now: Instant, startBps = DEFAULT_START_BPS): void {
    this.history.reset();
    this.acknowledged.reset();
    this.lossBased.reset();
    this.reportedLoss.reset();
    this.roundTrip.reset();
    this.competition.forget();
    this.delayBased.leavePath();
    this.delayBased.set(now, Math.min(startBps, this.target));
    this.heardAt = Number.NaN;
    this.settle(now);
    if (!this.isStarted) return;
    this.pacer.dropProbes();
    this.probePlan.start(now, this.target);
  }

  /** A packet waits to be sent: see {@link Pacer.queue}. */
  queue(now: Instant, kind: PacedKind, stream: number, packet: number, bytes: number): void {
    this.pacer.queue(now, kind, stream, packet, bytes);
  }

  /** Whether a packet is to be sent now: then {@link pacer} says which, and {@link sent} gives it its number. */
  take(now: Instant): boolean {
    this.advance(now);
    return this.pacer.take(now);
  }

  /** The packet that {@link take} named leaves, so many bytes with its header; returns its transport-wide number. */
  sent(now: Instant, bytes: number): number {
    this.count(now, bytes);
    return this.history.sent(now, bytes, this.pacer.probe);
  }

  /** The same where feedback comes by stream (RFC 8888). */
  sentOf(now: Instant, ssrc: number, sequenceNumber: number, bytes: number): number {
    this.count(now, bytes);
    return this.history.sentOf(now, ssrc, sequenceNumber, bytes, this.pacer.probe);
  }

  private count(now: Instant, bytes: number): void {
    if (this.pacer.kind === 'padding') this.pacer.padded(bytes);
    this.application.sent(now, bytes, this.target);
    this.sentAt = now;
    if (this.isStarted && this.nextTickAt === NEVER) this.nextTickAt = now + TICK_MS;
    this.window.update(this.history.inFlightBytes + bytes, this.target, this.roundTrip.shortestMs);
    this.pacer.isCongested = this.window.isFull && !Number.isNaN(this.heardAt);
  }

  receiveTwcc(now: Instant, feedback: TwccPacket): void {
    if (!this.budget.take(now)) return;
    this.history.joinTwcc(feedback, results);
    this.learn(now);
  }

  receiveCcfb(now: Instant, feedback: CcfbPacket): void {
    if (!this.budget.take(now)) return;
    this.history.joinCcfb(feedback, results);
    this.learn(now);
  }

  /** The receiver says how much it can take (draft-alvestrand-rmcat-remb-03). */
  receiveRemb(now: Instant, bitsPerSecond: number): void {
    this.receiverBps = bitsPerSecond;
    this.settle(now);
  }

  /** A report block came: all that there is to go by where no feedback of packets was agreed on. `lossShare` from 0 to 1. */
  receiveReport(now: Instant, lossShare: number, roundTripMs: number | undefined): void {
    if (!Number.isNaN(this.heardAt)) return;
    if (roundTripMs !== undefined) this.roundTrip.add(now, roundTripMs);
    this.reportedLoss.add(now, lossShare, this.target, this.maxBps);
    this.settle(now);
  }

  private learn(now: Instant): void {
    if (results.count === 0) return;
    const isFirst = Number.isNaN(this.heardAt);
    if (!Number.isNaN(results.newestSentAt)) {
      this.heardAt = now;
      this.roundTrip.add(now, now - results.newestSentAt);
      if (this.competition.update(now, this.queueMs, this.target)) this.holdBack(now);
      const isStarving = this.competition.isStarving(this.target);
      this.delayBased.tolerance = isStarving ? COMPETING_TOLERANCE : 1;
      this.delayBased.mayGrow = isStarving || !this.competition.isStanding;
    }
    if (isFirst) this.leaveReports(now);
    this.acknowledged.add(results);
    const probedBps = this.probeMeasurement.add(results);
    const acknowledgedBps = this.acknowledged.bitsPerSecond;
    this.delayBased.isHeldUp = this.burstPackets === 0 || this.acknowledged.isHeldUp;
    this.delayBased.add(now, results, acknowledgedBps, probedBps, this.roundTrip.smoothedMs);
    this.lossBased.add(now, results, acknowledgedBps, this.delayBased.bitsPerSecond);
    this.settle(now);
    if (probedBps !== undefined) this.probePlan.shown(now, probedBps);
    this.window.adapt(this.history.inFlightBytes, this.target, this.roundTrip.shortestMs);
    this.pacer.isCongested = this.window.isFull;
    this.probe(now);
  }

  /** By how much the path is longer than empty. One on the way back is not ours, and is told apart where delays are looked at one by one. */
  private get queueMs(): number {
    return this.burstPackets > 0 ? Math.min(this.roundTrip.queueMs, this.delayBased.queueMs) : this.roundTrip.queueMs;
  }

  /** For a moment, so that a queue of our own would go. */
  private holdBack(now: Instant): void {
    const through = Math.min(this.target, this.acknowledged.bitsPerSecond ?? this.target);
    this.delayBased.set(now, through * HOLDING_BACK);
  }

  /** Packets are told of one by one from now on. */
  private leaveReports(now: Instant): void {
    if (this.reportedLoss.bitsPerSecond === undefined) return;
    this.delayBased.set(now, this.reportedLoss.bitsPerSecond);
    this.reportedLoss.reset();
  }

  // Time.

  /** When {@link advance} or {@link take} is next worth calling. */
  get deadline(): Instant {
    return Math.min(this.pacer.deadline, this.nextTickAt);
  }

  advance(now: Instant): void {
    this.pacer.advance(now);
    if (now < this.nextTickAt) return;
    this.nextTickAt = now - this.sentAt > IDLE_MS ? NEVER : now + TICK_MS;
    this.history.advance(now);
    this.application.sent(now, 0, this.target);
    this.fearSilence(now);
    this.probe(now);
  }

  /** While packets leave and nothing is heard of them, the rate is halved each second. */
  private fearSilence(now: Instant): void {
    if (Number.isNaN(this.heardAt)) return;
    const oldest = this.history.oldestInFlightAt;
    const limitMs = Math.max(SILENCE_MS, 3 * this.roundTrip.smoothedMs);
    if (oldest === undefined || now - Math.max(oldest, this.heardAt, this.silentAt) < limitMs) return;
    this.silentAt = now;
    this.delayBased.set(now, this.target / 2);
    this.settle(now);
  }

  private probe(now: Instant): void {
    if (!this.isStarted) return;
    const rate = this.probePlan.next(now, {
      estimateBps: this.target,
      isOverused: this.delayBased.usage === 'over',
      lastDecreaseAt: this.delayBased.lastDecreaseAt,
      isLossLimited: this.lossBased.isLimiting,
    });
    if (rate === undefined || !this.pacer.startProbe(now, this.nextProbe, rate)) return;
    this.probeMeasurement.begin(this.nextProbe, this.pacer.probeBytes(rate));
    this.nextProbe += 1;
    this.probe(now);
  }

  /** Puts the estimates together. */
  private settle(now: Instant): void {
    const own = this.reportedLoss.bitsPerSecond ?? Math.min(this.delayBased.bitsPerSecond, this.lossBased.bitsPerSecond);
    this.target = Math.max(Math.min(own, this.receiverBps, this.maxBps), this.minBps);
    this.probePlan.estimated(now, this.target);
    this.pacer.setRates(now, this.target * this.pacingFactor, Math.min(this.paddingBps, this.target));
  }
}
