import { type Instant, NEVER } from '@maru/protocol/core';

/** What waits in a {@link DeadlineHeap}. The two fields are the heap's. */
export interface Waiting {
  /** When it waits for, as the heap knows it. */
  heapDeadline: Instant;
  /** Its place; -1 while it waits for nothing. */
  heapIndex: number;
}

/** Many deadlines, of which the earliest is at hand: idle ones cost nothing. */
export class DeadlineHeap<T extends Waiting> {
  private readonly items: T[] = [];

  get next(): Instant {
    return this.items[0]?.heapDeadline ?? NEVER;
  }

  get first(): T | undefined {
    return this.items[0];
  }

  /** `item` waits until then; {@link NEVER}: for nothing. */
  set(item: T, deadline: Instant): void {
    if (item.heapIndex < 0) {
      item.heapDeadline = deadline;
      if (deadline === NEVER) return;
      item.heapIndex = this.items.length;
      this.items.push(item);
      this.rise(item);
      return;
    }
    if (deadline === item.heapDeadline) return;
    if (deadline === NEVER) return this.remove(item);
    const isEarlier = deadline < item.heapDeadline;
    item.heapDeadline = deadline;
    if (isEarlier) this.rise(item);
    else this.sink(item);
  }

  remove(item: T): void {
    const at = item.heapIndex;
    if (at < 0) return;
    item.heapIndex = -1;
    item.heapDeadline = NEVER;
    const last = this.items.pop()!;
    if (last === item) return;
    this.items[at] = last;
    last.heapIndex = at;
    this.rise(last);
    this.sink(last);
  }

  private rise(item: T): void {
    const { items } = this;
    let at = item.heapIndex;
    while (at > 0) {
      const parent = items[(at - 1) >> 1]!;
      if (parent.heapDeadline <= item.heapDeadline) break;
      items[at] = parent;
      parent.heapIndex = at;
      at = (at - 1) >> 1;
    }
    items[at] = item;
    item.heapIndex = at;
  }

  private sink(item: T): void {
    const { items } = this;
    let at = item.heapIndex;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1]!.heapDeadline < items[child]!.heapDeadline) child += 1;
      const least = items[child]!;
      if (least.heapDeadline >= item.heapDeadline) break;
      items[at] = least;
      least.heapIndex = at;
      at = child;
    }
    items[at] = item;
    item.heapIndex = at;
  }
}
