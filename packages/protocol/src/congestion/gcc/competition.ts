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

type Belief = 'alone' | 'standing' | 'draining' | 'competing';

/**
 * Whether somebody else fills the queue of the path, such as a download that goes on until packets are lost. Who then holds back at
 * each sign of a queue gets nothing (the starving that draft-ietf-rmcat-gcc-02 §5.4 warns of).
 */
export class Competition {
  private belief: Belief = 'alone';
  private since: Instant = 0;

  get isCompeting(): boolean {
    return this.belief === 'competing';
  }

  /** The round trip is longer by `queueMs` than it is over an empty path. True when we are to hold back for a moment, to see. */
  update(now: Instant, queueMs: number): boolean {
    const ms = now - this.since;
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

  private enter(belief: Belief, now: Instant): void {
    this.belief = belief;
    this.since = now;
  }
}
