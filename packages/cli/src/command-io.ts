/** What a command may do to the world outside of it; tests give their own. */
export interface CommandIo {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether what it prints is read by a person at a terminal. */
  readonly isTerminal: boolean;
  out(text: string): void;
  err(text: string): void;
  /** Runs `task` when somebody asks the process to end. */
  onStop(task: () => Promise<void>): void;
}

/** The process itself. */
export const processIo: CommandIo = {
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  onStop(task) {
    const stop = (): void => {
      process.removeListener('SIGTERM', stop).removeListener('SIGINT', stop); // a second signal ends at once
      void task().then(() => process.exit(0));
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
  },
};
