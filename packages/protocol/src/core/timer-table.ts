import { type Instant, NEVER } from './contract.js';

/** One deadline for each purpose a core waits for. No closures, no handles: nothing to leak, trivial to print. */
export class TimerTable {
  private readonly deadlines: Instant[];

  /** `slots` names each purpose with its index, 0 and up. */
  constructor(slots: Readonly<Record<string, number>>) {
    this.deadlines = new Array<Instant>(Object.keys(slots).length).fill(NEVER); // smaller than a typed array, and a connection has several
  }

  set(slot: number, at: Instant): void {
    this.deadlines[slot] = at;
  }

  cancel(slot: number): void {
    this.deadlines[slot] = NEVER;
  }

  cancelAll(): void {
    this.deadlines.fill(NEVER);
  }

  /** When `slot` is due; {@link NEVER} if it is not set. */
  at(slot: number): Instant {
    return this.deadlines[slot]!;
  }

  /** Whether `slot` is due; a due slot is cancelled by asking, so that it runs once. */
  take(slot: number, now: Instant): boolean {
    if (this.deadlines[slot]! > now) return false;
    this.deadlines[slot] = NEVER;
    return true;
  }

  /** Asked for after each input, by connections that are minutes or milliseconds old: in cold code an iterator is an object for each element. */
  get next(): Instant {
    const { deadlines } = this;
    let earliest = NEVER;
    for (let slot = 0; slot < deadlines.length; slot++) {
      const at = deadlines[slot]!;
      if (at < earliest) earliest = at;
    }
    return earliest;
  }
}
