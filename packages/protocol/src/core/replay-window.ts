const NONE = new Int32Array(0);

/**
 * Which numbers of a sequence have been seen (RFC 6347 §4.1.2.6, RFC 3711 §3.3.2). Ask {@link isFresh} before decrypting, tell
 * {@link accept} only after authentication: a forged packet must not move the window.
 */
export class ReplayWindow {
  /** The highest number accepted; -1 before the first. */
  highest = -1;
  /** Made with the first number. */
  private seen = NONE;

  /** Remembers `size` numbers up to the highest, a multiple of 32; 1,024 are enough for reordering at a gigabit per second over 10 ms. */
  constructor(private readonly size = 1_024) {}

  isFresh(sequence: number): boolean {
    if (sequence > this.highest) return true;
    if (this.highest - sequence >= this.size) return false;
    const slot = sequence % this.size;
    return (this.seen[slot >>> 5]! & (1 << (slot & 31))) === 0;
  }

  accept(sequence: number): void {
    if (this.seen.length === 0) this.seen = new Int32Array(this.size / 32);
    if (sequence > this.highest) this.slideTo(sequence);
    const slot = sequence % this.size;
    this.seen[slot >>> 5] = this.seen[slot >>> 5]! | (1 << (slot & 31));
  }

  private slideTo(sequence: number): void {
    if (sequence - this.highest >= this.size) this.seen.fill(0);
    else for (let skipped = this.highest + 1; skipped < sequence; skipped++) this.forget(skipped % this.size);
    this.highest = sequence;
  }

  private forget(slot: number): void {
    this.seen[slot >>> 5] = this.seen[slot >>> 5]! & ~(1 << (slot & 31));
  }
}
