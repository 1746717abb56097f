/** Wakes the threads of workers that something was written for. */
export interface Bells {
  /** Wakes a worker. Cheap for one that was woken already and has not come yet. */
  ring(worker: number): void;
  /** `woken` is called soon after somebody rang for this worker. Returns what ends that. */
  listen(worker: number, woken: () => void): () => void;
}

/** Words between two bells, so that they do not share a cache line. */
const STRIDE = 16;
const QUIET = 0;
const RUNG = 1;

export function bellsMemory(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(workers * STRIDE * 4);
}

/** Declared by ES2024: Node.js has had it since version 16. */
interface WaitingAtomics {
  waitAsync(
    words: Int32Array,
    at: number,
    value: number,
  ): { readonly async: true; readonly value: Promise<string> } | { readonly async: false };
}

/** Bells between threads: a word of shared memory each, which the listener waits for without standing still. */
export class SharedBells implements Bells {
  private readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  ring(worker: number): void {
    const at = worker * STRIDE;
    if (Atomics.exchange(this.words, at, RUNG) === QUIET) Atomics.notify(this.words, at);
  }

  listen(worker: number, woken: () => void): () => void {
    const at = worker * STRIDE;
    let hasEnded = false;
    const wake = (): void => {
      if (hasEnded) return;
      Atomics.store(this.words, at, QUIET); // first: what is rung for from here on wakes again
      woken();
      wait();
    };
    const wait = (): void => {
      const waiting = (Atomics as unknown as WaitingAtomics).waitAsync(this.words, at, QUIET);
      if (waiting.async) waiting.value.then(wake);
      else setImmediate(wake); // sockets have their turn between two
    };
    wait();
    return () => {
      hasEnded = true;
    };
  }
}
