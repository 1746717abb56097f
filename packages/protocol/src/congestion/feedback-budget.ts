import type { Instant } from '../core/index.js';

/** S-54: feedback that comes more often than this is ignored; honest receivers send some twenty a second. */
const MAX_PER_SECOND = 100;

/** How much feedback is looked at: a bucket that fills with a hundred a second. */
export class FeedbackBudget {
  ignored = 0;
  private left = MAX_PER_SECOND;
  private at: Instant = Number.NaN;

  take(now: Instant): boolean {
    if (!Number.isNaN(this.at)) {
      this.left = Math.min(MAX_PER_SECOND, this.left + (Math.max(0, now - this.at) * MAX_PER_SECOND) / 1_000);
    }
    this.at = now;
    if (this.left < 1) {
      this.ignored += 1;
      return false;
    }
    this.left -= 1;
    return true;
  }
}
