/** The program counts milliseconds; odd ones say that a picture is to be a key frame. */
const STEP = 2;

/**
 * Tells a program the time of each picture in milliseconds that only grow, and knows which of ours each was. A time that is odd asks
 * for a key frame: it is the one thing that can be said to an ffmpeg that runs.
 */
export class TickClock {
  private startMs: number | undefined;
  private last = -STEP;
  private readonly timestampByTick = new Map<number, number>();

  /** The tick of the next picture. Call {@link told} once it was taken. The first is 0: the program counts from the first that it sees. */
  next(timestampMs: number, isKeyFrame: boolean): number {
    if (this.startMs === undefined) return 0;
    const even = STEP * Math.round((timestampMs - this.startMs) / STEP);
    return Math.max(even, this.last + STEP) + (isKeyFrame ? 1 : 0);
  }

  told(tick: number, timestampMs: number): void {
    this.startMs ??= timestampMs;
    this.last = tick - (tick % STEP);
    this.timestampByTick.set(tick, timestampMs);
  }

  /** When the picture of `tick` was; those before it never come any more. */
  take(tick: number): number | undefined {
    const timestampMs = this.timestampByTick.get(tick);
    for (const earlier of this.timestampByTick.keys()) {
      if (earlier > tick) break;
      this.timestampByTick.delete(earlier);
    }
    return timestampMs;
  }
}

/** Room for frames that are shown before the first one that came. */
const FIRST_MS = 10_000;

/** Tells a decoder the time of each frame in whole milliseconds, no two the same, and knows which of ours each picture has. */
export class PictureClock {
  private startMs: number | undefined;
  private readonly timestampByMs = new Map<number, number>();

  told(timestampMs: number): number {
    this.startMs ??= timestampMs;
    let ms = Math.max(0, Math.round(timestampMs - this.startMs) + FIRST_MS);
    while (this.timestampByMs.has(ms)) ms += 1;
    this.timestampByMs.set(ms, timestampMs);
    return ms;
  }

  /** The decoder may change a time that did not grow: then it is the earliest picture's turn. Frames that are not shown stay behind. */
  take(ms: number): number {
    const key = this.timestampByMs.has(ms) ? ms : Math.min(...this.timestampByMs.keys());
    const timestampMs = this.timestampByMs.get(key) ?? this.startMs ?? 0;
    this.timestampByMs.delete(key);
    if (this.timestampByMs.size > MOST_PENDING) this.timestampByMs.delete(this.timestampByMs.keys().next().value ?? 0);
    return timestampMs;
  }
}

/** More than any decoder holds back. */
const MOST_PENDING = 200;

/** Lines of numbers, as they come. */
export class NumberLines {
  private rest = '';

  constructor(private readonly give: (value: number) => void) {}

  push(bytes: Uint8Array): void {
    const lines = (this.rest + Buffer.from(bytes).toString('latin1')).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (/^-?\d+$/.test(line)) this.give(Number(line));
  }
}
