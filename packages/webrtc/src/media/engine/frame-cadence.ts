import type { Instant } from '@maru/protocol/core';

/** How many of the last gaps make the usual one (webrtc-stats, `freezeCount`). */
const REMEMBERED_GAPS = 30;
const FREEZE_MARGIN_MS = 150;
const PAUSE_MS = 5_000;
const RATE_WINDOW_MS = 1_000;
/** Frames of a second that are counted, a power of two to begin with; more make it grow. */
const FIRST_RECENT = 64;
/** A frame is huge from so many times the average size (webrtc-stats, `hugeFramesSent`). */
const HUGE = 2.5;

/** The rhythm of a stream's frames: how many there are in a second, how even they come, and where they stopped (webrtc-stats §8.2). */
export class FrameCadence {
  frames = 0;
  hugeFrames = 0;
  /** Sum of the gaps between frames, and of their squares, in seconds. */
  totalGap = 0;
  totalSquaredGap = 0;
  freezes = 0;
  totalFreezes = 0;
  pauses = 0;
  totalPauses = 0;
  private bytes = 0;
  private lastAt: Instant | undefined;
  private readonly gaps = new Float64Array(REMEMBERED_GAPS);
  /** Of {@link gaps}. */
  private gapSum = 0;
  /** When the last frames came, by their count. */
  private recent = new Float64Array(FIRST_RECENT);
  /** The count of the first frame that may be younger than a second. */
  private firstRecent = 0;

  frame(now: Instant, bytes: number): void {
    if (this.lastAt !== undefined) this.gap(now - this.lastAt);
    this.lastAt = now;
    this.remember(now);
    this.frames += 1;
    this.bytes += bytes;
    if (this.frames > 1 && bytes >= (HUGE * this.bytes) / this.frames) this.hugeFrames += 1;
  }

  /** Takes note of a gap before the frame that {@link frames} does not count yet. */
  private gap(gapMs: number): void {
    const seconds = gapMs / 1_000;
    this.totalGap += seconds;
    this.totalSquaredGap += seconds * seconds;
    if (gapMs > PAUSE_MS) {
      this.pauses += 1;
      this.totalPauses += seconds;
    } else if (gapMs > this.longestUsualGap) {
      this.freezes += 1;
      this.totalFreezes += seconds;
    }
    const at = (this.frames - 1) % REMEMBERED_GAPS;
    this.gapSum += gapMs - this.gaps[at]!;
    this.gaps[at] = gapMs;
  }

  /** Beyond it, pictures stand still for those who watch; there is no telling before the second gap. */
  private get longestUsualGap(): number {
    const known = Math.min(this.frames - 1, REMEMBERED_GAPS);
    if (known < 1) return Number.POSITIVE_INFINITY;
    const average = this.gapSum / known;
    return Math.max(3 * average, average + FREEZE_MARGIN_MS);
  }

  perSecond(now: Instant): number {
    this.forgetBefore(now - RATE_WINDOW_MS);
    return this.frames - this.firstRecent;
  }

  private remember(now: Instant): void {
    this.forgetBefore(now - RATE_WINDOW_MS);
    if (this.frames - this.firstRecent === this.recent.length) this.grow();
    this.recent[this.frames & (this.recent.length - 1)] = now;
  }

  private forgetBefore(at: Instant): void {
    const { recent } = this;
    while (this.firstRecent < this.frames && recent[this.firstRecent & (recent.length - 1)]! <= at) this.firstRecent += 1;
  }

  private grow(): void {
    const { recent } = this;
    const larger = new Float64Array(2 * recent.length);
    for (let i = this.firstRecent; i < this.frames; i++) larger[i & (larger.length - 1)] = recent[i & (recent.length - 1)]!;
    this.recent = larger;
  }
}
