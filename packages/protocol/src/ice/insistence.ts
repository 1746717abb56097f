import { type Instant, NEVER } from '../core/index.js';
import type { PendingChecks } from './pending-checks.js';

/** So many checks out of turn in one generation: two pairs asked twice a second have them for half a minute. */
const MOST_REPEATS = 100;

/** Turns of Ta that have to pass without any check, so that those out of turn and the others together are no more than one in each Ta (S-21). */
const FREE_TURNS = 2;

/**
 * Asks again ahead of time for as long as nothing is nominated: after its second turn a check is sent each RTO.
 *
 * Deviates from RFC 8445 §14.3, whose waiting doubles to half a minute: towards a lite peer nobody else asks, and where half of the
 * packets are lost, one way in six would not be found in seven tries. Browsers ask as often.
 */
export class Insistence {
  private left = MOST_REPEATS;
  private isOn = false;

  constructor(
    private readonly pending: PendingChecks,
    private readonly pacingMs: number,
  ) {}

  get deadline(): Instant {
    if (!this.isOn || this.left === 0) return NEVER;
    return Math.max(this.pending.repeatAt, this.pending.lastSentAt + FREE_TURNS * this.pacingMs);
  }

  /** Whether nothing is nominated, and no new check waits for its turn. */
  set(isOn: boolean): void {
    this.isOn = isOn;
  }

  /** Another generation begins. */
  renew(): void {
    this.left = MOST_REPEATS;
  }

  advance(now: Instant): void {
    if (now < this.deadline) return;
    this.left -= 1;
    this.pending.repeat(now);
  }
}
