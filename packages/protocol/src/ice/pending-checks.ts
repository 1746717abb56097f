import { type Instant, NEVER } from '../core/index.js';
import type { StunTransaction } from '../stun/index.js';
import type { Generation } from './generation.js';
import type { CandidatePair } from './pair.js';
import type { Route } from './route.js';
import type { IceRole } from './state.js';

/** A request on its way (RFC 8445 §7.2). */
export interface PendingCheck {
  readonly pair: CandidatePair;
  readonly generation: Generation;
  readonly route: Route;
  readonly bytes: Uint8Array;
  readonly transaction: StunTransaction;
  readonly role: IceRole;
  readonly useCandidate: boolean;
  /** Asks for consent on a pair that works already. */
  readonly isConsent: boolean;
}

export interface PendingCheckOwner {
  transmit(bytes: Uint8Array, route: Route): void;
  onCheckTimeout(now: Instant, check: PendingCheck): void;
}

/** Our checks that no answer has come to yet, by transaction. */
export class PendingChecks {
  /** Made for the first: a lite agent checks nothing. */
  private checks: Map<string, PendingCheck> | undefined;
  /** When any of them was sent last. */
  lastSentAt: Instant = -NEVER;

  constructor(private readonly owner: PendingCheckOwner) {}

  get deadline(): Instant {
    let earliest = NEVER;
    for (const { transaction } of this.all()) earliest = Math.min(earliest, transaction.deadline);
    return earliest;
  }

  /** When one of them may be sent out of turn; those that ask for consent may not. */
  get repeatAt(): Instant {
    let earliest = NEVER;
    for (const { transaction, isConsent } of this.all()) if (!isConsent) earliest = Math.min(earliest, transaction.repeatAt);
    return earliest;
  }

  start(now: Instant, key: string, check: PendingCheck): void {
    this.checks ??= new Map();
    this.checks.set(key, check);
    this.poll(now, key, check);
  }

  get(key: string): PendingCheck | undefined {
    return this.checks?.get(key);
  }

  delete(key: string): void {
    this.checks?.delete(key);
  }

  advance(now: Instant): void {
    for (const [key, check] of this.checks ?? []) this.poll(now, key, check);
  }

  /** Whether the pair is being checked, apart from asking for consent. */
  isChecking(pair: CandidatePair): boolean {
    for (const check of this.all()) if (check.pair === pair && !check.isConsent) return true;
    return false;
  }

  /** A new check will go: what is under way is waited for, not repeated (RFC 8445 §7.3.1.4). */
  calmDown(now: Instant, pair: CandidatePair): void {
    for (const check of this.all()) if (check.pair === pair) check.transaction.cancelRetransmission(now);
  }

  /** Waits no more for those that `isOver` holds for. */
  end(isOver: (check: PendingCheck) => boolean): void {
    for (const [key, check] of this.checks ?? []) if (isOver(check)) this.checks?.delete(key);
  }

  clear(): void {
    this.checks?.clear();
  }

  /** Sends the one out of turn that has waited longest for it. */
  repeat(now: Instant): void {
    const at = this.repeatAt;
    for (const check of this.all()) {
      if (check.isConsent || check.transaction.repeatAt !== at) continue;
      check.transaction.repeat(now);
      return this.transmit(now, check);
    }
  }

  private all(): Iterable<PendingCheck> {
    return this.checks?.values() ?? [];
  }

  private transmit(now: Instant, check: PendingCheck): void {
    this.lastSentAt = now;
    check.pair.requestsSent += 1;
    this.owner.transmit(check.bytes, check.route);
  }

  private poll(now: Instant, key: string, check: PendingCheck): void {
    const due = check.transaction.poll(now);
    if (due === 'send') this.transmit(now, check);
    if (due !== 'timeout') return;
    this.checks?.delete(key);
    if (!check.isConsent) this.owner.onCheckTimeout(now, check);
  }
}
