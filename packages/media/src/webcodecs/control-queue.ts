import { aborted } from './exceptions.js';

/** One thing that a codec is told: it is done before the next, and may wait. */
type Task = (isCurrent: () => boolean) => Promise<void>;

/**
 * The control messages of a codec (W3C webcodecs, "codec processing model"): done one after the other, forgotten all at once by a
 * reset. What one of them throws is the end of the codec.
 */
export class ControlQueue {
  private readonly tasks: Task[] = [];
  private generation = 0;
  private isRunning = false;
  private readonly flushes = new Set<(error: DOMException) => void>();

  constructor(private readonly failed: (error: unknown) => void) {}

  add(task: Task): void {
    this.tasks.push(task);
    if (!this.isRunning) void this.run();
  }

  /** A flush: resolves when `task` is done, rejects with the reason for which all was forgotten. */
  addFlush(task: Task): Promise<void> {
    return new Promise((resolve, reject) => {
      this.flushes.add(reject);
      this.add(async (isCurrent) => {
        await task(isCurrent);
        this.flushes.delete(reject);
        if (isCurrent()) resolve();
      });
    });
  }

  forget(reason: DOMException = aborted('The codec was reset')): void {
    this.generation += 1;
    this.tasks.length = 0;
    const flushes = [...this.flushes];
    this.flushes.clear();
    for (const reject of flushes) reject(reason);
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    await Promise.resolve(); // configure() and encode() return before anything happens
    for (let task = this.tasks.shift(); task; task = this.tasks.shift()) {
      const { generation } = this;
      try {
        await task(() => generation === this.generation);
      } catch (error) {
        if (generation === this.generation) this.failed(error);
      }
    }
    this.isRunning = false;
  }
}
