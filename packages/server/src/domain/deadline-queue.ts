import { type Instant, NEVER } from '@maru/protocol/core';

interface Entry {
  readonly key: string;
  readonly at: Instant;
}

/** Many deadlines by key, the earliest first: O(1) to look at, O(log n) to set. Replaced entries are skipped when they surface. */
export class DeadlineQueue {
  private readonly heap: Entry[] = [];
  private readonly atByKey = new Map<string, Instant>();

  get size(): number {
    return this.atByKey.size;
  }

  /** The earliest deadline; {@link NEVER} when nothing waits. */
  get next(): Instant {
    this.dropStale();
    return this.heap[0]?.at ?? NEVER;
  }

  set(key: string, at: Instant): void {
    this.atByKey.set(key, at);
    this.heap.push({ key, at });
    this.rise(this.heap.length - 1);
    if (this.heap.length > 64 && this.heap.length > 4 * this.atByKey.size) this.rebuild();
  }

  cancel(key: string): void {
    this.atByKey.delete(key);
  }

  /** The key of a deadline at or before `now`, which is thereby over; undefined when none is due. */
  take(now: Instant): string | undefined {
    this.dropStale();
    const first = this.heap[0];
    if (!first || first.at > now) return undefined;
    this.pop();
    this.atByKey.delete(first.key);
    return first.key;
  }

  private dropStale(): void {
    for (let first = this.heap[0]; first && this.atByKey.get(first.key) !== first.at; first = this.heap[0]) this.pop();
  }

  private rebuild(): void {
    this.heap.length = 0;
    for (const [key, at] of this.atByKey) {
      this.heap.push({ key, at });
      this.rise(this.heap.length - 1);
    }
  }

  private pop(): void {
    const last = this.heap.pop()!;
    if (this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0);
  }

  private rise(index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.heap[parent]!.at <= this.heap[index]!.at) return;
      this.swap(parent, index);
      index = parent;
    }
  }

  private sink(index: number): void {
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let least = index;
      if (left < this.heap.length && this.heap[left]!.at < this.heap[least]!.at) least = left;
      if (right < this.heap.length && this.heap[right]!.at < this.heap[least]!.at) least = right;
      if (least === index) return;
      this.swap(least, index);
      index = least;
    }
  }

  private swap(a: number, b: number): void {
    const held = this.heap[a]!;
    this.heap[a] = this.heap[b]!;
    this.heap[b] = held;
  }
}
