import type { CloseReason, Quality } from '@maru/client';

/** How a visit was, for the goodbye. */
export interface VisitSummary {
  readonly hall: string;
  readonly reason: CloseReason;
  readonly lastedMs: number;
  /** Names of the others, each once. */
  readonly people: readonly string[];
  /** Share of the measured time in which a connection was weak or bad; undefined when too little was measured. */
  readonly weakFraction: number | undefined;
}

/** Seconds below which nothing is said about quality. */
const ENOUGH_SECONDS = 10;

/** Keeps account of a visit while it lasts. */
export class VisitLog {
  private readonly names = new Map<string, string>();
  private seconds = 0;
  private weakSeconds = 0;

  constructor(private readonly startedAtMs: number) {}

  met(connectionId: string, name: string): void {
    this.names.set(connectionId, name);
  }

  /** One second of the call: how every connection was. A second without anybody else says nothing. */
  second(levels: readonly Quality['level'][]): void {
    const measured = levels.filter((level) => level !== 'unknown');
    if (measured.length === 0) return;
    this.seconds += 1;
    if (measured.some((level) => level !== 'good')) this.weakSeconds += 1;
  }

  summary(hall: string, reason: CloseReason, endedAtMs: number): VisitSummary {
    return {
      hall,
      reason,
      lastedMs: endedAtMs - this.startedAtMs,
      people: [...new Set(this.names.values())],
      weakFraction: this.seconds < ENOUGH_SECONDS ? undefined : this.weakSeconds / this.seconds,
    };
  }
}
