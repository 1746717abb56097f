import type { Instant } from '@maru/protocol/core';

/** How much of a second's busy time counts in the average: a burst of joins is no overload, ten seconds of it are. */
const WEIGHT = 0.2;

/**
 * What a worker's thread does with its time: the share in which it works, and how late its timers are. Where a quota leaves it less than a core,
 * of that: it is stopped when that is spent, however idle the machine is.
 */
export class LoadMeter {
  private busyMs = 0;
  private latenessMs = 0;
  private since: Instant;
  /** The last second, and averaged over some. */
  lastShare = 0;
  averageShare = 0;
  /** The latest timer of the last second. */
  lastLatenessMs = 0;

  /** `cores`: that it may have. */
  constructor(
    now: Instant,
    private readonly cores = 1,
  ) {
    this.since = now;
  }

  worked(fromMs: number, toMs: number): void {
    this.busyMs += toMs - fromMs;
  }

  /** A timer for `dueAt` ran at `now`. */
  woke(dueAt: Instant, now: Instant): void {
    this.latenessMs = Math.max(this.latenessMs, now - dueAt);
  }

  /** Ends a period of about a second. */
  turn(now: Instant): void {
    const elapsedMs = Math.max(1, now - this.since);
    this.lastShare = Math.min(1, this.busyMs / elapsedMs / this.cores);
    this.averageShare += WEIGHT * (this.lastShare - this.averageShare);
    this.lastLatenessMs = this.latenessMs;
    this.busyMs = this.latenessMs = 0;
    this.since = now;
  }
}
