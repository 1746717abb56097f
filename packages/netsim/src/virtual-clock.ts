import type { Clock, Instant } from '@maru/protocol/core';

interface Entry {
  readonly at: Instant;
  /** Among tasks due at one instant, the earlier scheduled runs first: that makes a run repeatable. */
  readonly order: number;
  task: (() => void) | undefined;
}

/** Time that passes only when it is told to: an hour of timers in milliseconds, the same way every time. */
export class VirtualClock implements Clock {
  private readonly heap: Entry[] = [];
  private current: Instant;
  private scheduled = 0;

  /** `startAt` is the first instant; start near a wrap-around to test one. */
  constructor(startAt: Instant = 0) {
    this.current = startAt;
  }

  now(): Instant {
    return this.current;
  }

  schedule(at: Instant, task: () => void): () => void {
    const entry: Entry = { at: Math.max(at, this.current), order: this.scheduled++, task };
    if (at !== Infinity) this.push(entry);
    return () => {
      entry.task = undefined;
    };
  }

  /** Runs the next task, moving time to its instant. False when nothing is scheduled. */
  step(): boolean {
    for (;;) {
      const entry = this.pop();
      if (!entry) return false;
      if (!entry.task) continue;
      this.current = entry.at;
      entry.task();
      return true;
    }
  }

  /** Lets `durationMs` pass, running what falls due; ends early, with true, as soon as `until` holds. */
  run(durationMs: number, until: () => boolean = () => false): boolean {
    const end = this.current + durationMs;
    if (until()) return true;
    while (this.nextAt <= end) {
      if (!this.step()) break;
      if (until()) return true;
    }
    this.current = end;
    return false;
  }

  /**
   * Like {@link run} for code that awaits promises: calls `settle` after each task, which resolves when all promises that
   * can settle have (in Node.js: `() => new Promise(setImmediate)`).
   */
  async runAsync(durationMs: number, settle: () => Promise<unknown>, until: () => boolean = () => false): Promise<boolean> {
    const end = this.current + durationMs;
    await settle();
    if (until()) return true;
    while (this.nextAt <= end) {
      if (!this.step()) break;
      await settle();
      if (until()) return true;
    }
    this.current = end;
    return false;
  }

  /** When the next task is due; Infinity when there is none. */
  get nextAt(): Instant {
    while (this.heap.length > 0 && !this.heap[0]!.task) this.pop();
    return this.heap[0]?.at ?? Infinity;
  }

  private push(entry: Entry): void {
    const heap = this.heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  private pop(): Entry | undefined {
    const heap = this.heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
