import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { EngineError } from '../engine-error.js';
import type { Ended } from '../media-engine.js';

/** What is kept of what the program complains about. */
const COMPLAINT_CHARS = 2_000;
/** Where a program writes what it tells beside its output. */
export const ASIDE = 'pipe:3';

const alive = new Set<ChildProcess>();
let watches = false;

/** A process that ends by itself takes its children along; one that is killed leaves them broken pipes, of which ffmpeg ends. */
function endWithProcess(child: ChildProcess): void {
  alive.add(child);
  if (watches) return;
  watches = true;
  process.on('exit', () => {
    for (const one of alive) one.kill('SIGKILL');
  });
}

export interface ChildSettings {
  readonly program: string;
  readonly args: readonly string[];
  /** Beside our own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What may wait to be written before more is dropped. */
  readonly maxWaitingBytes: number;
  /** Takes what the program writes; false when it cannot be read, which ends the program. */
  data(bytes: Uint8Array): boolean;
  /** Takes what it writes to {@link ASIDE}. */
  aside?(bytes: Uint8Array): void;
  readonly ended: Ended;
}

/** A program at the ends of whose pipes we are. */
export class EngineChild {
  private readonly child: ChildProcess;
  private readonly input: Writable;
  private readonly output: Readable;
  private complaint = '';
  private isClosed = false;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly settings: ChildSettings) {
    const child = spawn(settings.program, settings.args, {
      stdio: ['pipe', 'pipe', 'pipe', settings.aside ? 'pipe' : 'ignore'],
      ...(settings.environment && { env: { ...process.env, ...settings.environment } }),
    });
    const { stdin, stdout, stderr } = child;
    if (!stdin || !stdout || !stderr) throw new EngineError(`${settings.program} has no pipes`);
    this.child = child;
    this.input = stdin;
    this.output = stdout;
    endWithProcess(child);
    this.output.on('data', (bytes: Buffer) => {
      if (!this.isClosed && !settings.data(bytes)) this.end(new EngineError('it wrote what cannot be read'));
    });
    child.stdio[3]?.on('data', (bytes: Buffer) => {
      if (!this.isClosed) settings.aside?.(bytes);
    });
    stderr.on('data', (bytes: Buffer) => {
      this.complaint = (this.complaint + bytes.toString()).slice(-COMPLAINT_CHARS);
    });
    this.input.on('error', () => undefined); // it ended: `close` tells why
    this.input.on('drain', () => this.wake());
    child.once('error', (error) => this.end(new EngineError(`${settings.program} does not run: ${error.message}`)));
    child.once('close', (code) => {
      alive.delete(child);
      this.end(code === 0 ? undefined : new EngineError(this.complaint.trim() || `${settings.program} ended with ${code}`));
    });
  }

  /** Whether what is written now would be dropped. */
  get isBehind(): boolean {
    return this.input.writableLength > this.settings.maxWaitingBytes;
  }

  /** Writes `parts` one after the other, or none of them; borrows them for the call. */
  write(...parts: readonly Uint8Array[]): boolean {
    if (this.isClosed || this.isBehind) return false;
    for (const part of parts) this.input.write(new Uint8Array(part)); // what a full pipe does not take, the stream keeps
    return true;
  }

  /** Resolves when it takes more, or has ended. */
  ready(): Promise<void> {
    if (this.isClosed || !this.isBehind) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Nothing more is written. The program gives what it has, and ends by itself. */
  finish(): void {
    if (!this.isClosed) this.input.end();
  }

  demand(isWanted: boolean): void {
    if (isWanted) this.output.resume();
    else this.output.pause();
  }

  close(): void {
    this.isClosed = true;
    this.input.destroy();
    this.child.kill('SIGKILL');
    this.wake();
  }

  private end(error: Error | undefined): void {
    if (this.isClosed) return;
    this.close();
    this.settings.ended(error);
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
