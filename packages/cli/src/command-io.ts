/** What a command may do to the world outside of it; tests give their own. */
export interface CommandIo {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether what it prints is read by a person at a terminal. */
  readonly isTerminal: boolean;
  /** Width of what a person reads, in characters. */
  readonly columns: number;
  /** Data. */
  out(text: string): void;
  /** Talk. */
  err(text: string): void;
  /** Shows what is going on, in place of what it showed before, in lines that fit; empty text clears it. Not for logs. */
  progress(text: string): void;
  /** Runs `task` whenever somebody asks the process to read its configuration again. */
  onReload(task: () => Promise<void>): void;
  /** Runs `task` when somebody asks the process to end: SIGTERM comes from a process manager, SIGINT from a person at the terminal. */
  onStop(task: (signal?: 'SIGTERM' | 'SIGINT') => Promise<void>): void;
}

/** Lines that a terminal shows for now. */
let shownLines = 0;

/** Goes back to where what is shown for now began, and clears it. */
function clearShown(): string {
  const up = shownLines > 1 ? `\u001b[${shownLines - 1}A` : '';
  return shownLines > 0 ? `\r${up}\u001b[0J` : '';
}

/** The process itself. */
export const processIo: CommandIo = {
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
  columns: Math.min(process.stdout.columns ?? 100, 120),
  out: (text) => void process.stdout.write(`${text}\n`),
  err(text) {
    process.stderr.write(`${clearShown()}${text}\n`);
    shownLines = 0;
  },
  progress(text) {
    if (process.stderr.isTTY) {
      process.stderr.write(`${clearShown()}${text}`);
      shownLines = text === '' ? 0 : text.split('\n').length;
    } else if (text !== '') process.stderr.write(`${text}\n`);
  },
  onReload(task) {
    process.on('SIGHUP', () => void task());
  },
  onStop(task) {
    const stop = (signal: NodeJS.Signals): void => {
      process.removeListener('SIGTERM', stop).removeListener('SIGINT', stop); // a second signal ends at once
      void task(signal === 'SIGTERM' ? signal : 'SIGINT').then(() => process.exit(0));
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
  },
};
