/** A jump larger than this is another beginning, not a pause. */
const JUMP_MS = 10_000;

/** Puts frames of a track, which tell their time in units of their own, on the clock by which they arrive. */
export class MediaTimeline {
  private lastTimestamp: number | undefined;
  /** RTP time since the first frame, unrolled. */
  private elapsedMs = 0;
  /** What arrived with the least delay says best when the track began. */
  private originMs = Number.POSITIVE_INFINITY;
  private placed = 0;

  constructor(private readonly clockRate: number) {}

  /** When a frame was, on the clock of `receivedAtMs`. Early frames move the origin a little; later ones follow it. */
  place(rtpTimestamp: number, receivedAtMs: number): number {
    const units = this.lastTimestamp === undefined ? 0 : (rtpTimestamp - this.lastTimestamp) | 0;
    this.lastTimestamp = rtpTimestamp;
    const stepMs = (units * 1_000) / this.clockRate;
    if (Math.abs(this.originMs + this.elapsedMs + stepMs - receivedAtMs) > JUMP_MS) this.originMs = Number.POSITIVE_INFINITY;
    this.elapsedMs += stepMs;
    if (this.placed < 100 || this.originMs === Number.POSITIVE_INFINITY)
      this.originMs = Math.min(this.originMs, receivedAtMs - this.elapsedMs);
    this.placed += 1;
    return this.originMs + this.elapsedMs;
  }
}
