import type { Base } from './base.js';
import type { CandidatePair } from './pair.js';
import type { IceRole } from './state.js';

const TRIGGERED_IN_A_ROW = 3;

/**
 * The pairs of one generation, best first, and those whose turn is now (RFC 8445 §6.1.2, §6.1.4).
 *
 * Deviates from RFC 8445 §6.1.2.6: no frozen pairs, since BUNDLE leaves one data stream with one component.
 */
export class Checklist {
  private readonly sorted: CandidatePair[] = [];
  private readonly triggered: CandidatePair[] = [];
  private triggeredInARow = 0;

  constructor(private readonly limit: number) {}

  /** Highest priority first. */
  get pairs(): readonly CandidatePair[] {
    return this.sorted;
  }

  /** The pair of a base and a remote transport address. */
  find(base: Base, remoteAddress: string, remotePort: number): CandidatePair | undefined {
    return this.sorted.find(
      (pair) => pair.local.base === base && pair.remoteAddress === remoteAddress && pair.remote.port === remotePort,
    );
  }

  /**
   * Adds a pair. When the list is full, the worst pair that is in no use makes room, if the new one is better
   * (RFC 8445 §6.1.2.5). Returns whether the pair is in.
   */
  add(pair: CandidatePair): boolean {
    if (this.sorted.length >= this.limit) {
      const worst = this.sorted.filter(({ state }) => state === 'waiting' || state === 'failed').at(-1);
      if (!worst || worst.priority >= pair.priority) return false;
      this.remove(worst);
    }
    const at = this.sorted.findIndex(({ priority }) => priority < pair.priority);
    this.sorted.splice(at < 0 ? this.sorted.length : at, 0, pair);
    return true;
  }

  /** Puts the pair into the triggered-check queue, once (RFC 8445 §7.3.1.4). */
  trigger(pair: CandidatePair): void {
    if (pair.isTriggered) return;
    pair.isTriggered = true;
    this.triggered.push(pair);
  }

  /**
   * The pair to check next: triggered ones first, then the best that waits and is above `floor` (RFC 8445 §6.1.4.2).
   *
   * Deviates from RFC 8445 §6.1.4.2: after {@link TRIGGERED_IN_A_ROW} triggered checks one that waits gets its turn. Two NATs
   * that give each destination a port of its own make every check reveal a candidate which triggers the next one, and
   * relayed pairs would never be tried.
   */
  next(floor: bigint): CandidatePair | undefined {
    const waiting = this.sorted.find(
      (pair) => pair.state === 'waiting' && !pair.isPreparing && !pair.isTriggered && pair.priority > floor,
    );
    const triggered = waiting && this.triggeredInARow >= TRIGGERED_IN_A_ROW ? undefined : this.triggered.shift();
    if (!triggered) {
      this.triggeredInARow = 0;
      return waiting;
    }
    this.triggeredInARow += 1;
    triggered.isTriggered = false;
    return triggered;
  }

  /** Whether {@link next} would give one. */
  hasNext(floor: bigint): boolean {
    return (
      this.triggered.length > 0 ||
      this.sorted.some((pair) => pair.state === 'waiting' && !pair.isPreparing && pair.priority > floor)
    );
  }

  /** How many pairs are being checked or wait for it: N of the RTO formula (RFC 8445 §14.3). */
  get pendingCount(): number {
    let count = 0;
    for (const pair of this.sorted) if (pair.isPending) count++;
    return count;
  }

  /** After a role change the priorities are others (RFC 8445 §7.3.1.1). */
  resort(role: IceRole): void {
    for (const pair of this.sorted) pair.prioritize(role);
    this.sorted.sort((a, b) => (a.priority < b.priority ? 1 : a.priority > b.priority ? -1 : 0));
  }

  /** The pairs that checks still may turn into something better than `floor`. */
  hasPending(floor: bigint): boolean {
    return this.triggered.length > 0 || this.sorted.some((pair) => pair.isPending && pair.priority > floor);
  }

  remove(pair: CandidatePair): void {
    this.sorted.splice(this.sorted.indexOf(pair), 1);
    const at = this.triggered.indexOf(pair);
    if (at >= 0) this.triggered.splice(at, 1);
  }
}
