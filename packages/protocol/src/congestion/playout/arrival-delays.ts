import type { Instant } from '../../core/index.js';

/** The shortest delay of this long counts as the path's own, in parts, so that it can be forgotten. */
const PARTS = 4;
const PART_MS = 500;
const BUCKET_MS = 10;
/** Two seconds: what is later is as bad. */
const BUCKETS = 200;
/** What each delay counts for less than the one after it: some two seconds of audio are remembered. */
const FORGETTING = 0.99;

/** How much later than the fastest the packets or frames of a stream come: a histogram that forgets. */
export class ArrivalDelays {
  private readonly shortest = new Float64Array(PARTS).fill(Infinity);
  private part = 0;
  private partSince: Instant = Number.NaN;
  private readonly weights = new Float64Array(BUCKETS);
  private count = 0;
  /** How long what comes must be held so that the wanted share of it is in time. */
  delayMs = BUCKETS * BUCKET_MS;

  constructor(
    /** The share of what comes that is to be in time. */
    private readonly quantile: number,
  ) {}

  /** What was captured at `mediaMs`, by the stream's own clock, came. */
  add(now: Instant, mediaMs: number): void {
    const offset = now - mediaMs;
    if (Number.isNaN(this.partSince)) this.partSince = now;
    while (now - this.partSince >= PART_MS) this.nextPart(now);
    if (offset < this.shortest[this.part]!) this.shortest[this.part] = offset;
    const bucket = Math.min(BUCKETS - 1, Math.floor((offset - this.shortestOffset) / BUCKET_MS));
    this.count += 1;
    const forgetting = Math.min(FORGETTING, 1 - 1 / this.count);
    let sum = 0;
    let within = BUCKETS;
    for (let i = 0; i < BUCKETS; i++) {
      const weight = this.weights[i]! * forgetting + (i === bucket ? 1 - forgetting : 0);
      this.weights[i] = weight;
      sum += weight;
      if (sum >= this.quantile && within === BUCKETS) within = i + 1;
    }
    this.delayMs = within * BUCKET_MS;
  }

  /** From media time to the time at which it comes over an empty path, by our clock. */
  get shortestOffset(): number {
    let least = Infinity;
    for (const offset of this.shortest) if (offset < least) least = offset;
    return least;
  }

  reset(): void {
    this.shortest.fill(Infinity);
    this.weights.fill(0);
    this.delayMs = BUCKETS * BUCKET_MS;
    this.count = 0;
    this.partSince = Number.NaN;
  }

  private nextPart(now: Instant): void {
    const isLong = now - this.partSince > PARTS * PART_MS;
    this.partSince = isLong ? now : this.partSince + PART_MS;
    // After a silence the last part is all that is known: keep it until there is something newer.
    const kept = isLong ? this.shortestOffset : Infinity;
    if (isLong) this.shortest.fill(Infinity);
    this.part = (this.part + 1) % PARTS;
    this.shortest[this.part] = kept;
  }
}
