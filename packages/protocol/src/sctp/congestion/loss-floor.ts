/** Packets' worth of chunks before a loss rate means anything. */
const WINDOW_CHUNKS = 100;
/** Windows that the floor is the least of. */
const FLOOR_WINDOWS = 8;
/** What is tolerated above the floor. */
const TOLERANCE = 0.02;
/** What is tolerated before anything is known. */
const UNKNOWN_FLOOR = 0.08;
/** No floor excuses more than this: such a path needs a slower sender whatever the cause. */
const MAX_FLOOR = 0.12;

/**
 * How much loss a path has whatever we do: the least rate of some windows of late. Radio links lose a share of all
 * packets; a full queue loses only as long as we push. If loss falls when we slow down, the floor falls with it, and the
 * next loss counts as congestion; if it does not, slowing down was no use.
 */
export class LossFloor {
  private readonly rates: number[] = [];
  private arrived = 0;
  private lost = 0;

  /** Whether clearly more is being lost than the path loses anyway: more than chance explains, by three deviations. */
  get isExceeded(): boolean {
    const floor = this.rates.length === 0 ? UNKNOWN_FLOOR : Math.min(Math.min(...this.rates) * 1.5, MAX_FLOOR);
    const expected = (this.arrived + this.lost) * (floor + TOLERANCE);
    return this.lost > expected + 3 * Math.sqrt(expected) + 2;
  }

  acknowledged(chunks: number): void {
    this.arrived += chunks;
  }

  lostChunks(chunks: number): void {
    this.lost += chunks;
  }

  /** A round trip is over: a window that is full becomes history. */
  roundEnded(): void {
    if (this.arrived + this.lost < WINDOW_CHUNKS) return;
    this.rates.push(this.lost / (this.arrived + this.lost));
    if (this.rates.length > FLOOR_WINDOWS) this.rates.shift();
    this.arrived = this.lost = 0;
  }

  reset(): void {
    this.rates.length = 0;
    this.arrived = this.lost = 0;
  }
}
