import { type Instant, NEVER } from '../../core/index.js';

/** The first probes, as multiples of the start rate. */
const FIRST_SCALES = [3, 6] as const;
const NEXT_SCALE = 2;
/** A probe that has shown this much of what it asked for is followed by a larger one. */
const SUCCESS = 0.7;
/** For a probe to be sent and to be heard of. */
const ANSWER_MS = 1_000;
/** Between probes while they help not: it doubles from the first to the last. */
const FIRST_PAUSE_MS = 2_000;
const LAST_PAUSE_MS = 5_000;
/** The path has to be calm for so long after an overuse. */
const CALM_MS = 1_500;
/** An estimate that falls below this of what it was has dropped: the path has changed, and may change back. */
const DROP = 0.66;
/** We ask for no more than the application can use, and a margin for what it uses in bursts. */
const DEMAND_MARGIN = 1.5;

/** What the plan has to know of the estimate. */
export interface ProbeSituation {
  readonly estimateBps: number;
  readonly isOverused: boolean;
  readonly lastDecreaseAt: Instant;
  readonly isLossLimited: boolean;
}

/**
 * When to send faster for a moment, to learn whether more gets through: at the start in growing steps, and later whenever the
 * application could use more than the estimate, at first soon, then ever more seldom while it does not help.
 */
export class ProbePlan {
  /** What the application can use, in bit/s. */
  demandBps = Infinity;
  maxBps = Infinity;
  /** When {@link next} is next worth asking. */
  deadline: Instant = NEVER;
  private readonly wanted: number[] = [];
  private askedBps = 0;
  private answerBy: Instant = Number.NEGATIVE_INFINITY;
  private pauseMs = FIRST_PAUSE_MS;
  private settledBps = 0;

  /** Media may flow from now on, beginning with this rate. */
  start(now: Instant, startBps: number): void {
    this.wanted.length = 0;
    for (const scale of FIRST_SCALES) this.want(startBps * scale, startBps);
    this.answerBy = now + ANSWER_MS;
    this.deadline = now + ANSWER_MS;
    this.settledBps = startBps;
    this.pauseMs = FIRST_PAUSE_MS;
  }

  /** Nothing flows any more. */
  stop(): void {
    this.wanted.length = 0;
    this.deadline = NEVER;
  }

  /** The rate of a probe to be begun now; undefined if none is due. */
  next(now: Instant, situation: ProbeSituation): number | undefined {
    if (this.wanted.length > 0) return this.wanted.shift();
    if (now < this.deadline) return undefined;
    this.consider(now, situation);
    return this.wanted.shift();
  }

  /** The estimate was formed anew. */
  estimated(now: Instant, estimateBps: number): void {
    if (estimateBps < this.settledBps * DROP) {
      this.pauseMs = FIRST_PAUSE_MS;
      this.deadline = Math.min(this.deadline, now + this.pauseMs);
      this.settledBps = estimateBps;
    } else if (estimateBps > this.settledBps) {
      this.settledBps = estimateBps;
    }
  }

  /** A probe has shown that this gets through. */
  shown(now: Instant, bitsPerSecond: number): void {
    if (now > this.answerBy || bitsPerSecond < this.askedBps * SUCCESS) return;
    this.pauseMs = FIRST_PAUSE_MS;
    this.want(bitsPerSecond * NEXT_SCALE, bitsPerSecond);
    if (this.wanted.length === 0) return;
    this.answerBy = now + ANSWER_MS;
    this.deadline = now + ANSWER_MS;
  }

  private consider(now: Instant, { estimateBps, isOverused, lastDecreaseAt, isLossLimited }: ProbeSituation): void {
    const calmAt = lastDecreaseAt + CALM_MS;
    if (isOverused || isLossLimited || now < calmAt) {
      this.deadline = Math.max(now + ANSWER_MS, calmAt > now ? calmAt : 0);
      return;
    }
    this.want(estimateBps * NEXT_SCALE, estimateBps);
    this.answerBy = now + ANSWER_MS;
    this.deadline = now + this.pauseMs;
    if (this.wanted.length > 0) this.pauseMs = Math.min(this.pauseMs * 2, LAST_PAUSE_MS);
  }

  /** Asks for a rate, or for as much of it as makes sense; for none where the estimate is enough already. */
  private want(bitsPerSecond: number, haveBps: number): void {
    const most = Math.min(this.maxBps, this.demandBps * DEMAND_MARGIN);
    if (haveBps >= Math.min(this.maxBps, this.demandBps)) return;
    const rate = Math.min(bitsPerSecond, most);
    if (rate <= haveBps) return;
    this.wanted.push(rate);
    this.askedBps = rate;
  }
}
