/** First in, first out, in constant time at any length: a ring that doubles when it is full. */
export class RingQueue<T> {
  private slots: (T | undefined)[];
  private head = 0;
  private count = 0;

  /** `capacity` to start with: a power of two. */
  constructor(capacity = 4) {
    this.slots = new Array<T | undefined>(capacity).fill(undefined);
  }

  get length(): number {
    return this.count;
  }

  /** The oldest item. */
  get first(): T | undefined {
    return this.slots[this.head];
  }

  push(item: T): void {
    if (this.count === this.slots.length) this.grow();
    this.slots[(this.head + this.count) & (this.slots.length - 1)] = item;
    this.count += 1;
  }

  /** Puts `item` before all others. */
  unshift(item: T): void {
    if (this.count === this.slots.length) this.grow();
    this.head = (this.head - 1) & (this.slots.length - 1);
    this.slots[this.head] = item;
    this.count += 1;
  }

  shift(): T | undefined {
    if (this.count === 0) return undefined;
    const item = this.slots[this.head];
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & (this.slots.length - 1);
    this.count -= 1;
    return item;
  }

  /** Keeps the items that `keep` says so, in their order. */
  filter(keep: (item: T) => boolean): void {
    for (let left = this.count; left > 0; left--) {
      const item = this.shift()!;
      if (keep(item)) this.push(item);
    }
  }

  private grow(): void {
    const larger = new Array<T | undefined>(2 * this.slots.length).fill(undefined);
    for (let i = 0; i < this.count; i++) larger[i] = this.slots[(this.head + i) & (this.slots.length - 1)];
    this.slots = larger;
    this.head = 0;
  }
}
