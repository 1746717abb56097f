/** Constants of RFC 9406 §4.2 and §4.3. */
const MIN_RTT_THRESHOLD_MS = 4;
const MAX_RTT_THRESHOLD_MS = 16;
const RTT_SAMPLES = 8;
const CSS_GROWTH_DIVISOR = 4;
const CSS_ROUNDS = 5;

/** HyStart++ (RFC 9406): ends slow start when round trips begin to grow, instead of when the queue overflows. */
export class HyStart {
  private previousRoundMinMs = Infinity;
  private roundMinMs = Infinity;
  private roundSamples = 0;
  /** Least round trip when conservative slow start began; undefined outside of it. */
  private baselineMs: number | undefined;
  private conservativeRounds = 0;

  /** What slow start's growth is divided by. */
  get growthDivisor(): number {
    return this.baselineMs === undefined ? 1 : CSS_GROWTH_DIVISOR;
  }

  /** A round-trip sample of this round. */
  measured(rttMs: number): void {
    this.roundMinMs = Math.min(this.roundMinMs, rttMs);
    this.roundSamples += 1;
    if (this.roundSamples < RTT_SAMPLES) return;
    if (this.baselineMs === undefined) this.enterIfGrowing();
    else if (this.roundMinMs < this.baselineMs) {
      this.baselineMs = undefined; // the growth was spurious: back to slow start
      this.conservativeRounds = 0;
    }
  }

  /** A round trip is over; returns whether slow start is. */
  roundEnded(): boolean {
    this.previousRoundMinMs = this.roundMinMs;
    this.roundMinMs = Infinity;
    this.roundSamples = 0;
    if (this.baselineMs === undefined) return false;
    this.conservativeRounds += 1;
    return this.conservativeRounds >= CSS_ROUNDS;
  }

  reset(): void {
    this.previousRoundMinMs = this.roundMinMs = Infinity;
    this.roundSamples = 0;
    this.baselineMs = undefined;
    this.conservativeRounds = 0;
  }

  private enterIfGrowing(): void {
    if (this.previousRoundMinMs === Infinity) return;
    const threshold = Math.max(MIN_RTT_THRESHOLD_MS, Math.min(this.previousRoundMinMs / 8, MAX_RTT_THRESHOLD_MS));
    if (this.roundMinMs < this.previousRoundMinMs + threshold) return;
    this.baselineMs = this.roundMinMs;
    this.conservativeRounds = 0;
  }
}
