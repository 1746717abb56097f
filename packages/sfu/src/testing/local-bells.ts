import type { Bells } from '../between/bells.js';

/** Bells between workers of one thread: what is rung is heard with the next microtask, the same way every time. */
export class LocalBells implements Bells {
  private readonly listeners = new Map<number, () => void>();
  private readonly rung = new Set<number>();
  private readonly deaf = new Set<number>();

  ring(worker: number): void {
    if (this.rung.has(worker)) return;
    this.rung.add(worker);
    queueMicrotask(() => {
      this.rung.delete(worker);
      if (!this.deaf.has(worker)) this.listeners.get(worker)?.();
    });
  }

  /** A worker hears nothing for a while, as one whose thread is busy otherwise. */
  stop(worker: number): void {
    this.deaf.add(worker);
  }

  resume(worker: number): void {
    this.deaf.delete(worker);
    this.ring(worker);
  }

  listen(worker: number, woken: () => void): () => void {
    this.listeners.set(worker, woken);
    return () => {
      if (this.listeners.get(worker) === woken) this.listeners.delete(worker);
    };
  }
}
