/** Records that may arrive late: enough for reordering at a gigabit per second over 10 ms. */
const WINDOW_RECORDS = 1_024;
const WORDS = WINDOW_RECORDS / 32;

/**
 * Which sequence numbers of an epoch have been seen (RFC 6347 §4.1.2.6). Ask {@link isFresh} before decrypting, tell
 * {@link accept} only after authentication: a forged record must not move the window.
 */
export class ReplayWindow {
  private readonly seen = new Uint32Array(WORDS);
  private highest = -1;

  isFresh(sequence: number): boolean {
    if (sequence > this.highest) return true;
    if (this.highest - sequence >= WINDOW_RECORDS) return false;
    const slot = sequence % WINDOW_RECORDS;
    return (this.seen[slot >>> 5]! & (1 << (slot & 31))) === 0;
  }

  accept(sequence: number): void {
    if (sequence > this.highest) this.slideTo(sequence);
    const slot = sequence % WINDOW_RECORDS;
    this.seen[slot >>> 5] = this.seen[slot >>> 5]! | (1 << (slot & 31));
  }

  private slideTo(sequence: number): void {
    if (sequence - this.highest >= WINDOW_RECORDS) this.seen.fill(0);
    else for (let skipped = this.highest + 1; skipped <= sequence; skipped++) this.forget(skipped % WINDOW_RECORDS);
    this.highest = sequence;
  }

  private forget(slot: number): void {
    this.seen[slot >>> 5] = this.seen[slot >>> 5]! & ~(1 << (slot & 31));
  }
}
