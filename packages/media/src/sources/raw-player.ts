import type { Ended, RawReading } from '../engine/media-engine.js';

/** So many read ahead; with fewer than the half, more are asked for. */
const AHEAD = 12;

interface Timed {
  readonly timestampMs: number;
}

export interface RawPlayerSettings<Item extends Timed> {
  /** Begins to read at `startMs` of the file. */
  open(startMs: number, give: (item: Item) => void, ended: Ended): RawReading;
  /** It is time for `item`, whose timestamp is on the clock of now. */
  play(item: Item): void;
  /** When the file began, on the clock of now. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly loop: boolean;
  onError?(error: Error): void;
}

/** Plays what an engine reads from a file in the file's own time, from where the file is now. */
export class RawPlayer<Item extends Timed> implements RawReading {
  private readonly waiting: Item[] = [];
  private reading: RawReading | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private readonly settings: RawPlayerSettings<Item>) {
    const elapsedMs = Math.max(0, performance.now() - settings.startMs);
    const round = settings.loop ? Math.floor(elapsedMs / settings.durationMs) : 0;
    this.begin(round, elapsedMs - round * settings.durationMs);
  }

  demand(isWanted: boolean): void {
    this.reading?.demand(isWanted);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.reading?.close();
  }

  private begin(round: number, fromMs: number): void {
    const { settings } = this;
    const offsetMs = settings.startMs + round * settings.durationMs + fromMs;
    this.reading = settings.open(
      fromMs,
      (item) => this.read({ ...item, timestampMs: item.timestampMs + offsetMs }),
      (error) => {
        if (this.isClosed) return;
        if (error) settings.onError?.(error);
        else if (settings.loop) this.begin(round + 1, 0);
      },
    );
  }

  private read(item: Item): void {
    this.waiting.push(item);
    if (this.waiting.length >= AHEAD) this.reading?.demand(false);
    if (this.waiting.length === 1) this.arm();
  }

  private arm(): void {
    const [first] = this.waiting;
    if (!first || this.isClosed) return;
    this.timer = setTimeout(() => this.playDue(), Math.max(0, first.timestampMs - performance.now()));
  }

  private playDue(): void {
    const now = performance.now();
    while (this.waiting.length > 0 && this.waiting[0]!.timestampMs <= now + 1) this.settings.play(this.waiting.shift()!);
    if (this.waiting.length < AHEAD / 2) this.reading?.demand(true);
    this.arm();
  }
}
