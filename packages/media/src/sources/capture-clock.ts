/** A clock that runs so far behind was stopped, set, or is another: it is looked at anew. */
const MAX_BEHIND_MS = 50;

const wallNow = (): number => performance.timeOrigin + performance.now();

/** When what a source has given was captured, by its own timestamps: a program that is late once has not captured later. */
export class CaptureClock {
  /** From the timestamps of the source to wall time, of what came with the least delay. */
  private offsetMs: number | undefined;

  /** What bears `timestampMs` was given; `wallMs` since 1970. */
  given(timestampMs: number, wallMs = wallNow()): void {
    const offsetMs = wallMs - timestampMs;
    const isNew = this.offsetMs === undefined || offsetMs < this.offsetMs || offsetMs > this.offsetMs + MAX_BEHIND_MS;
    if (isNew) this.offsetMs = offsetMs;
  }

  /** In milliseconds since 1970; undefined before anything was given. */
  at(timestampMs: number): number | undefined {
    return this.offsetMs === undefined ? undefined : this.offsetMs + timestampMs;
  }

  /** What packets are told of media with `timestampMs`: captured here, so by our own clock. */
  members(timestampMs: number): { readonly captureTimeMs: number; readonly captureClockOffsetMs: 0 } | undefined {
    const captureTimeMs = this.at(timestampMs);
    return captureTimeMs === undefined ? undefined : { captureTimeMs, captureClockOffsetMs: 0 };
  }
}
