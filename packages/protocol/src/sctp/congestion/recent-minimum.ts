/** Samples that the minimum is of: N_RTT_SAMPLE (RFC 9406 §4.3), enough to see through jitter. */
const SAMPLES = 8;

/** The least of the last few round trips: what the queue is now, jitter left out. */
export class RecentMinimum {
  private readonly samples = new Float64Array(SAMPLES).fill(Infinity);
  private next = 0;

  add(rttMs: number): void {
    this.samples[this.next] = rttMs;
    this.next = (this.next + 1) % SAMPLES;
  }

  /** Infinity before the first sample. */
  get minMs(): number {
    let least = Infinity;
    for (const sample of this.samples) if (sample < least) least = sample;
    return least;
  }

  reset(): void {
    this.samples.fill(Infinity);
  }
}
