import type { Instant } from '../../core/index.js';

/** We use less than this share of the estimate when what the application has to send is the limit, not the network. */
const USAGE = 0.65;
const WINDOW_MS = 500;
const BEGINS_AT = 0.8;
const ENDS_AT = 0.5;

/**
 * Whether the application sends so much less than it may that its packets say nothing of the path ("application limited region"):
 * a budget of 65 % of the estimate that fills with time and is spent by what is sent.
 */
export class ApplicationLimit {
  isLimited = false;
  private budgetBits = 0;
  private at: Instant = Number.NaN;

  sent(now: Instant, bytes: number, estimateBps: number): void {
    const rate = estimateBps * USAGE;
    const most = (rate * WINDOW_MS) / 1_000;
    const elapsedMs = Number.isNaN(this.at) ? 0 : now - this.at;
    this.at = now;
    this.budgetBits = Math.min(Math.max(this.budgetBits + (rate * elapsedMs) / 1_000, -most), most);
    this.budgetBits = Math.max(this.budgetBits - bytes * 8, -most);
    const level = this.budgetBits / most;
    if (level > BEGINS_AT) this.isLimited = true;
    else if (level < ENDS_AT) this.isLimited = false;
  }
}
