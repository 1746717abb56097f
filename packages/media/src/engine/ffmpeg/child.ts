import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { EngineError } from '../engine-error.js';
import type { Ended } from '../media-engine.js';

/** What is kept of what the program complains about. */
const COMPLAINT_CHARS = 2_000;

const alive = new Set<ChildProcessWithoutNullStreams>();
let watches = false;

/** A process that ends by itself takes its children along; one that is killed leaves them broken pipes, of which ffmpeg ends. */
function endWithProcess(child: ChildProcessWithoutNullStreams): void {
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
  /** What may wait to be written before more is dropped. */
  readonly maxWaitingBytes: number;
  /** Takes what the program writes; false when it cannot be read, which ends the program. */
  data(bytes: Uint8Array): boolean;
  readonly ended: Ended;
}

/** A program at the two ends of whose pipes we are. */
export class EngineChild {
  private readonly child: ChildProcessWithoutNullStreams;
  private complaint = '';
  private isClosed = false;

  constructor(private readonly settings: ChildSettings) {
    const child = spawn(settings.program, settings.args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    endWithProcess(child);
    child.stdout.on('data', (bytes: Buffer) => {
      if (!this.isClosed && !settings.data(bytes)) this.end(new EngineError('it wrote what cannot be read'));
    });
    child.stderr.on('data', (bytes: Buffer) => {
      this.complaint = (this.complaint + bytes.toString()).slice(-COMPLAINT_CHARS);
    });
    child.stdin.on('error', () => undefined); // it ended: `exit` tells why
    child.once('error', (error) => this.end(new EngineError(`${settings.program} does not run: ${error.message}`)));
    child.once('close', (code) => {
      alive.delete(child);
      this.end(code === 0 ? undefined : new EngineError(this.complaint.trim() || `ffmpeg ended with ${code}`));
    });
  }

  /** Whether what is written now would be dropped. */
  get isBehind(): boolean {
    return this.child.stdin.writableLength > this.settings.maxWaitingBytes;
  }

  /** Borrows `bytes` for the call. */
  write(bytes: Uint8Array): boolean {
    if (this.isClosed || this.isBehind) return false;
    this.child.stdin.write(new Uint8Array(bytes)); // what a full pipe does not take, the stream keeps
    return true;
  }

  demand(isWanted: boolean): void {
    if (isWanted) this.child.stdout.resume();
    else this.child.stdout.pause();
  }

  close(): void {
    this.isClosed = true;
    this.child.stdin.destroy();
    this.child.kill('SIGKILL');
  }

  private end(error: Error | undefined): void {
    if (this.isClosed) return;
    this.close();
    this.settings.ended(error);
  }
}
