import type { Clock, Instant } from '@maru/protocol/core';

/** A clock that stands still until told to go on: tests never wait. */
export class VirtualClock implements Clock {
  private time: Instant = 1_000;
  private readonly tasks: { at: Instant; task: () => void; order: number }[] = [];
  private order = 0;

  now(): Instant {
    return this.time;
  }

  schedule(at: Instant, task: () => void): () => void {
    const entry = { at, task, order: ++this.order };
    this.tasks.push(entry);
    return () => {
      const index = this.tasks.indexOf(entry);
      if (index >= 0) this.tasks.splice(index, 1);
    };
  }

  /** Lets time pass, running what comes due, with everything asynchronous in between. */
  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    await settle();
    for (let next = this.next(until); next; next = this.next(until)) {
      this.tasks.splice(this.tasks.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.task();
      await settle();
    }
    this.time = until;
  }

  private next(until: Instant): { at: Instant; task: () => void; order: number } | undefined {
    return this.tasks.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}

/** Lets every promise that can be resolved be resolved. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
}
