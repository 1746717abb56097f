import type { Bells } from '../between/bells.js';

/** Bells between workers of one thread: what is rung is heard with the next microtask, the same way every time. */
export class LocalBells implements Bells {
  private readonly listeners = new Map<number, () => void>();
  private readonly rung = new Set<number>();

  ring(worker: number): void {
    if (this.rung.has(worker)) return;
    this.rung.add(worker);
    queueMicrotask(() => {
      this.rung.delete(worker);
      this.listeners.get(worker)?.();
    });
  }

  listen(worker: number, woken: () => void): () => void {
    this.listeners.set(worker, woken);
    return () => {
      if (this.listeners.get(worker) === woken) this.listeners.delete(worker);
    };
  }
}
