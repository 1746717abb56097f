/** W3C webrtc, "chain an operation": what changes the session happens one after the other. */
export class OperationsChain {
  private readonly waiting: (() => void)[] = [];
  private isRunning = false;

  constructor(
    /** Called when the chain has become empty. */
    private readonly onEmpty: () => void,
  ) {}

  get isEmpty(): boolean {
    return !this.isRunning;
  }

  /**
   * Runs `operation` at once if the chain is empty, else after those before it. `isClosed` is asked before each step:
   * after closing, nothing starts and no promise settles any more.
   */
  enqueue<Result>(operation: () => Promise<Result>, isClosed: () => boolean): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = (): void => {
        this.isRunning = true;
        const settle = (deliver: () => void): void => {
          if (isClosed()) return;
          deliver();
          this.next();
        };
        startSafely(operation).then(
          (result) => settle(() => resolve(result)),
          (reason: unknown) => settle(() => reject(reason)),
        );
      };
      if (this.isEmpty) run();
      else this.waiting.push(run);
    });
  }

  private next(): void {
    this.isRunning = false;
    const run = this.waiting.shift();
    if (run) run();
    else this.onEmpty();
  }
}

/** An operation that throws before its first await rejects, as one that throws later does. */
async function startSafely<Result>(operation: () => Promise<Result>): Promise<Result> {
  return operation();
}
