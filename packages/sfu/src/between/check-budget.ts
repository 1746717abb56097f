import type { Instant } from '@maru/protocol/core';

/** Checks for one ufrag that are handed over in a row, and in the long run: a client that tries all its ways sends some twenty a second. */
const BURST = 100;
const PER_SECOND = 50;
/** Ufrags that have a budget of their own; others share one with them. */
const BUDGETS = 1_024;

/** How many checks from where nobody has proved to be are handed to the worker of the ufrag that they name (INV-2). */
export class CheckBudget {
  private readonly tokens = new Float64Array(BUDGETS).fill(BURST);
  private readonly refilledAt = new Float64Array(BUDGETS);

  /** Whether one more may be handed over, for this key. */
  take(now: Instant, key: number): boolean {
    const at = (key ^ (key >>> 10) ^ (key >>> 20)) & (BUDGETS - 1);
    const { tokens, refilledAt } = this;
    const saved = tokens[at]! + ((now - refilledAt[at]!) * PER_SECOND) / 1_000;
    refilledAt[at] = now;
    tokens[at] = Math.min(BURST, saved);
    if (tokens[at]! < 1) return false;
    tokens[at] = tokens[at]! - 1;
    return true;
  }
}
