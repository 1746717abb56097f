import { type Instant, NEVER } from './contract.js';

/** Something that waits, and where it stands in the heap. */
export interface Waiting {
  /** When it is due; {@link NEVER} when it waits for nothing. */
  dueAt: Instant;
  /** Owned by the heap; -1 outside. */
  heapIndex: number;
}

/** Thousands of deadlines, the next of them at hand: a binary heap whose members may move. */
export class DeadlineHeap<T extends Waiting> {
  private readonly heap: T[] = [];

  get next(): Instant {
    return this.heap[0]?.dueAt ?? NEVER;
  }

  /** Sets or changes when `item` is due. */
  schedule(item: T, at: Instant): void {
    if (at === NEVER) return this.cancel(item);
    item.dueAt = at;
    if (item.heapIndex < 0) item.heapIndex = this.heap.push(item) - 1;
    this.up(item.heapIndex);
    this.down(item.heapIndex);
  }

  cancel(item: T): void {
    const index = item.heapIndex;
    item.dueAt = NEVER;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = this.heap.pop();
    if (last === undefined || last === item) return;
    this.put(last, index);
    this.up(index);
    this.down(last.heapIndex);
  }

  /** Takes out one that is due. */
  take(now: Instant): T | undefined {
    const item = this.heap[0];
    if (!item || item.dueAt > now) return undefined;
    this.cancel(item);
    return item;
  }

  private up(start: number): void {
    const item = this.heap[start]!;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.heap[parent]!.dueAt <= item.dueAt) break;
      this.put(this.heap[parent]!, index);
      index = parent;
    }
    this.put(item, index);
  }

  private down(start: number): void {
    const item = this.heap[start]!;
    let index = start;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && this.heap[child + 1]!.dueAt < this.heap[child]!.dueAt) child += 1;
      if (this.heap[child]!.dueAt >= item.dueAt) break;
      this.put(this.heap[child]!, index);
      index = child;
    }
    this.put(item, index);
  }

  private put(item: T, index: number): void {
    this.heap[index] = item;
    item.heapIndex = index;
  }
}
