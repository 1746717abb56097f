import type { Instant } from '../../core/index.js';

/** A queue of this length that does not go away may be our own, or somebody else's; */
const STANDING_MS = 40;
/** once it has been as short as this, it is over. */
const GONE_MS = 25;
/** After so long we hold back, */
const PATIENCE_MS = 4_000;
/** and what stands after so long again is not ours. */
const DRAINING_MS = 2_000;
/** Then we compete, and after so long hold back once more, to see whether it is our own by now. */
const COMPETING_MS = 10_000;

/** Who has such a part of what the path carried before has enough: beyond it, a queue of others is yielded to like one of our own. */
const FAIR_SHARE = 0.4;
/** What the path has carried is forgotten with this time constant. */
const MEMORY_MS = 60_000;

type Belief = 'alone' | 'standing' | 'draining' | 'competing';

/**
 * Whether somebody else fills the queue of the path, such as a download that goes on until packets are lost. Who then holds back at
 * each sign of a queue gets nothing (the starving that draft-ietf-rmcat-gcc-02 §5.4 warns of).
 */
export class Competition {
  private belief: Belief = 'alone';
  private since: Instant = 0;
  /** What the path carried while we were alone, in bit/s. */
  private carriedBps = 0;
  private heardAt: Instant = 0;

  get isCompeting(): boolean {
    return this.belief === 'competing';
  }

  /** A queue stands, ours or another's. */
  get isStanding(): boolean {
    return this.belief !== 'alone';
  }

  /** Whether we compete, and have less than our part: then a queue that grows is no reason to yield. */
  isStarving(rateBps: number): boolean {
    return this.isCompeting && rateBps < FAIR_SHARE * this.carriedBps;
  }

  /**
   * The round trip is longer by `queueMs` than it is over an empty path, at this rate of ours. True when we are to hold back for a
   * moment, to see.
   */
  update(now: Instant, queueMs: number, rateBps: number): boolean {
    const ms = now - this.since;
    if (this.belief === 'alone') {
      this.carriedBps = Math.max(rateBps, this.carriedBps * Math.exp((this.heardAt - now) / MEMORY_MS));
    }
    this.heardAt = now;
    if (queueMs < GONE_MS) this.reset();
    else if (this.belief === 'alone' && queueMs >= STANDING_MS) this.enter('standing', now);
    else if (this.belief === 'draining' && ms >= DRAINING_MS) this.enter('competing', now);
    else if ((this.belief === 'standing' && ms >= PATIENCE_MS) || (this.belief === 'competing' && ms >= COMPETING_MS)) {
      this.enter('draining', now);
      return true;
    }
    return false;
  }

  reset(): void {
    this.belief = 'alone';
  }

  /** The path is another one. */
  forget(): void {
    this.reset();
    this.carriedBps = 0;
  }

  private enter(belief: Belief, now: Instant): void {
    this.belief = belief;
    this.since = now;
  }
}
