import type { Instant } from '@maru/protocol/core';

/** How many of the last gaps make the usual one (webrtc-stats, `freezeCount`). */
const REMEMBERED_GAPS = 30;
const FREEZE_MARGIN_MS = 150;
const PAUSE_MS = 5_000;
const RATE_WINDOW_MS = 1_000;
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
  /** When frames of the last second came: a ring that grows with the rate. */
  private recent: Instant[] = [];

  frame(now: Instant, bytes: number): void {
    this.frames += 1;
    this.bytes += bytes;
    if (this.frames > 1 && bytes >= (HUGE * this.bytes) / this.frames) this.hugeFrames += 1;
    if (this.lastAt !== undefined) this.gap(now - this.lastAt);
    this.lastAt = now;
    this.recent.push(now);
    if (this.recent[0]! <= now - RATE_WINDOW_MS) this.recent = this.recent.filter((at) => at > now - RATE_WINDOW_MS);
  }

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
    this.gaps[(this.frames - 2) % REMEMBERED_GAPS] = gapMs;
  }

  /** Beyond it, pictures stand still for those who watch; there is no telling before the second gap. */
  private get longestUsualGap(): number {
    const known = Math.min(this.frames - 2, REMEMBERED_GAPS);
    if (known < 1) return Number.POSITIVE_INFINITY;
    const average = this.gaps.subarray(0, known).reduce((sum, gapMs) => sum + gapMs, 0) / known;
    return Math.max(3 * average, average + FREEZE_MARGIN_MS);
  }

  perSecond(now: Instant): number {
    return this.recent.filter((at) => at > now - RATE_WINDOW_MS).length;
  }
}
