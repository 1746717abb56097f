import type { Clock } from '@maru/protocol/core';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  private instant = 1_000;
  private tasks: { at: number; task: () => void }[] = [];

  now(): number {
    return this.instant;
  }

  schedule(at: number, task: () => void): () => void {
    const entry = { at, task };
    this.tasks.push(entry);
    return () => {
      this.tasks = this.tasks.filter((other) => other !== entry);
    };
  }

  /** Lets `ms` pass, running what falls due in order. */
  pass(ms: number): void {
    const until = this.instant + ms;
    for (;;) {
      const next = this.tasks.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.tasks = this.tasks.filter((other) => other !== next);
      this.instant = Math.max(this.instant, next.at);
      next.task();
    }
    this.instant = until;
  }
}
