import type { Instant } from '../../core/index.js';
import type { PacketResults } from '../packet-results.js';

/** Stretches of time remembered, and how long one is at least. */
const WINDOW = 20;
const STRETCH_MS = 250;
const MIN_STRETCHES = 3;
const NO_STRETCHES = new Float64Array(0);
/** Columns of the table. */
const SENT = 0;
const LOST = WINDOW;
const RATE = 2 * WINDOW;
const ENDED = 3 * WINDOW;
const MIN_PACKETS = 5;
/** What each stretch counts for less than the one after it. */
const AGEING = 0.9;

const MIN_INHERENT_LOSS = 0.001;
/** As much is readily believed to be the path's own: 5 %, and what 75 kbit/s are of the rate, since whoever sends little may lose much. */
const INHERENT_LOSS = 0.05;
const INHERENT_LOSS_BPS = 75_000;
/** What is beyond that has to be proven: the rate falls until it shows that losses do not fall with it. No path loses more than this of its own. */
const DOUBT = 0.1;
const MAX_INHERENT_LOSS = 0.5;

/** Of two capacities that explain the losses alike, the larger is likelier: how much so, */
const BIAS_PER_LOG_KBPS = 0.02;
/** and how much more while less than this is lost. */
const BIAS_PER_KBPS = 0.0002;
const BIASED_LOSS = 0.2;

/** A path that has reordered packets is thought to do so again for this long. */
const RIPENING_MS = 2_000;

const GUESSES = 8;

/** Capacities that are weighed, relative to the present estimate. */
const FACTORS = [0.7, 0.85, 0.95, 1, 1.02, 1.1];
/** In so long a time it grows no more than this. */
const MAX_GROWTH = 1.3;
const GROWTH_WINDOW_MS = 300;

/**
 * The estimate that follows losses. A path is thought of as a capacity and a loss of its own: packets are lost at that rate, and
 * beyond the capacity as many more as do not fit. Of some capacities, the one is taken under which the losses of the last seconds
 * were likeliest. So random loss is not mistaken for congestion, and congestion not for random loss.
 */
export class LossBasedEstimate {
  private estimateBps = Infinity;
  /** Per stretch: how many packets were sent, how many lost, at which rate, and when it ended. Made with the first. */
  private table = NO_STRETCHES;
  private stretches = 0;
  /** The stretch that is being filled. */
  private sentNow = 0;
  private lostNow = 0;
  private bytesNow = 0;
  private beganAt = Number.NaN;
  /** When a packet last came that had been taken for lost. */
  private recoveredAt = Number.NEGATIVE_INFINITY;
  private growthFromBps = Infinity;
  private growthSince: Instant = Number.NEGATIVE_INFINITY;
  /** Share of the packets of the last seconds that were lost, the latest counting most. */
  lossShare = 0;

  /** In bit/s; Infinity while losses do not limit. */
  get bitsPerSecond(): number {
    return this.estimateBps;
  }

  /** Whether losses keep the rate below what the delay would allow. */
  get isLimiting(): boolean {
    return this.estimateBps < Infinity;
  }

  /** Feedback came. `delayBasedBps` is how far delay lets us go: without losses, that is the estimate. */
  add(now: Instant, results: PacketResults, acknowledgedBps: number | undefined, delayBasedBps: number): void {
    for (let i = 0; i < results.count; i++) {
      this.count(results.sentAt[i]!, results.bytes[i]!, results.isReceived[i] === 1, results.wasLost[i] === 1);
      if (results.sentAt[i]! - this.beganAt >= STRETCH_MS && this.sentNow >= MIN_PACKETS) {
        this.closeStretch(results.sentAt[i]!);
        this.estimate(now, acknowledgedBps, delayBasedBps);
      }
    }
    if (this.estimateBps >= delayBasedBps) this.estimateBps = Infinity;
  }

  /** The path is another one. */
  reset(): void {
    this.estimateBps = Infinity;
    this.stretches = 0;
    this.sentNow = this.lostNow = this.bytesNow = 0;
    this.beganAt = Number.NaN;
    this.lossShare = 0;
  }

  private count(sentAt: number, bytes: number, isReceived: boolean, wasLost: boolean): void {
    if (Number.isNaN(this.beganAt)) this.beganAt = sentAt;
    if (wasLost) return this.recover(sentAt);
    this.sentNow += 1;
    this.bytesNow += bytes;
    if (!isReceived) this.lostNow += 1;
  }

  /** A packet came that had only been overtaken. */
  private recover(sentAt: number): void {
    this.recoveredAt = Math.max(this.recoveredAt, sentAt);
    if (sentAt >= this.beganAt) {
      this.lostNow = Math.max(0, this.lostNow - 1);
      return;
    }
    for (let back = 0; back < Math.min(this.stretches, WINDOW); back++) {
      const slot = (this.stretches - 1 - back) % WINDOW;
      const earlier =
        back + 1 < Math.min(this.stretches, WINDOW) ? this.table[ENDED + ((this.stretches - 2 - back) % WINDOW)]! : 0;
      if (sentAt < earlier) continue;
      this.table[LOST + slot] = Math.max(0, this.table[LOST + slot]! - 1);
      return;
    }
  }

  /** How many of the newest stretches are not judged yet: on a path that reorders, what seems lost may still come. */
  private get unripe(): number {
    return this.beganAt - this.recoveredAt < RIPENING_MS ? 1 : 0;
  }

  private closeStretch(endedAt: number): void {
    // Where nothing came through at all, the path was dead: that says nothing of its capacity.
    if (this.lostNow < this.sentNow) {
      const slot = this.stretches++ % WINDOW;
      if (this.table.length === 0) this.table = new Float64Array(4 * WINDOW);
      this.table[SENT + slot] = this.sentNow;
      this.table[LOST + slot] = this.lostNow;
      this.table[ENDED + slot] = endedAt;
      this.table[RATE + slot] = (this.bytesNow * 8_000) / (endedAt - this.beganAt);
    }
    this.sentNow = this.lostNow = this.bytesNow = 0;
    this.beganAt = endedAt;
  }

  private estimate(now: Instant, acknowledgedBps: number | undefined, delayBasedBps: number): void {
    if (this.stretches < MIN_STRETCHES) return;
    this.lossShare = this.averageLoss();
    const current = Math.min(this.estimateBps, delayBasedBps);
    let best = current;
    let bestInherent = this.inherentLossAt(current);
    let bestScore = this.score(current, bestInherent);
    const weigh = (bitsPerSecond: number): void => {
      const inherent = this.inherentLossAt(bitsPerSecond);
      const score = this.score(bitsPerSecond, inherent);
      if (score <= bestScore) return;
      [best, bestInherent, bestScore] = [bitsPerSecond, inherent, score];
    };
    for (const factor of FACTORS) weigh(Math.min(current * factor, delayBasedBps));
    if (acknowledgedBps !== undefined) weigh(Math.min(acknowledgedBps, delayBasedBps));
    weigh(delayBasedBps);
    if (best > current) best = this.grown(now, current, best, bestInherent);
    this.estimateBps = best >= delayBasedBps ? Infinity : best;
  }

  /** Growth is bounded, and there is none while more is lost than the path's own share. */
  private grown(now: Instant, current: number, wanted: number, inherentLoss: number): number {
    if (this.lossShare > inherentLoss * 1.5 + 0.01) return current;
    if (now - this.growthSince > GROWTH_WINDOW_MS) {
      this.growthSince = now;
      this.growthFromBps = current;
    }
    return Math.max(current, Math.min(wanted, this.growthFromBps * MAX_GROWTH));
  }

  private averageLoss(): number {
    let sent = 0;
    let lost = 0;
    let weight = 1;
    for (let back = this.unripe; back < Math.min(this.stretches, WINDOW); back++, weight *= AGEING) {
      const slot = (this.stretches - 1 - back) % WINDOW;
      sent += weight * this.table[SENT + slot]!;
      lost += weight * this.table[LOST + slot]!;
    }
    return sent === 0 ? 0 : lost / sent;
  }

  /**
   * The path's own loss that explains the losses best, if this were its capacity. Of the losses of a stretch, as many are thought to
   * be the path's own as its share in the chance of a loss; that share of all packets is the next guess (expectation maximization).
   */
  private inherentLossAt(bitsPerSecond: number): number {
    let inherent = Math.min(Math.max(this.lossShare, MIN_INHERENT_LOSS), MAX_INHERENT_LOSS);
    for (let guess = 0; guess < GUESSES; guess++) {
      let own = 0;
      let sent = 0;
      let weight = 1;
      for (let back = this.unripe; back < Math.min(this.stretches, WINDOW); back++, weight *= AGEING) {
        const slot = (this.stretches - 1 - back) % WINDOW;
        own += (weight * this.table[LOST + slot]! * inherent) / lossChance(inherent, bitsPerSecond, this.table[RATE + slot]!);
        sent += weight * this.table[SENT + slot]!;
      }
      inherent = Math.min(Math.max(own / sent, MIN_INHERENT_LOSS), MAX_INHERENT_LOSS);
    }
    return inherent;
  }

  /** How likely the losses of the last seconds are under this capacity (a logarithm), with the bias for a larger one. */
  private score(bitsPerSecond: number, inherentLoss: number): number {
    const room = Math.max(BIASED_LOSS - this.lossShare, 0);
    const kbps = bitsPerSecond / 1_000;
    const bias = (room / (room + 0.002)) * BIAS_PER_KBPS * kbps + BIAS_PER_LOG_KBPS * Math.log(1 + kbps);
    const doubt = DOUBT * Math.max(0, inherentLoss - INHERENT_LOSS - INHERENT_LOSS_BPS / bitsPerSecond);
    let score = 0;
    let weight = 1;
    for (let back = this.unripe; back < Math.min(this.stretches, WINDOW); back++, weight *= AGEING) {
      const slot = (this.stretches - 1 - back) % WINDOW;
      const chance = lossChance(inherentLoss, bitsPerSecond, this.table[RATE + slot]!);
      const lost = this.table[LOST + slot]!;
      const sent = this.table[SENT + slot]!;
      score += weight * (lost * Math.log(chance) + (sent - lost) * Math.log(1 - chance) + (bias - doubt) * sent);
    }
    return score;
  }
}

/** The chance that a packet is lost on a path of this own loss and capacity, at a sending rate. */
function lossChance(inherentLoss: number, capacityBps: number, rateBps: number): number {
  const excess = rateBps > capacityBps ? (rateBps - capacityBps) / rateBps : 0;
  return Math.min(Math.max(inherentLoss + (1 - inherentLoss) * excess, 1e-6), 1 - 1e-6);
}
