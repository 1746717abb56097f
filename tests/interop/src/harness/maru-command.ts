import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { eventually } from './eventually.js';

const MARU = resolve(import.meta.dirname, '../../../../packages/cli/bin/maru.js');

/** `maru`, as a script runs it. */
export class MaruCommand {
  readonly events: Record<string, unknown>[] = [];
  private readonly child: ChildProcess;
  private errors = '';

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [MARU, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let rest = '';
    this.child.stdout?.on('data', (bytes: Buffer) => {
      const lines = (rest + bytes.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.events.push(JSON.parse(line) as Record<string, unknown>);
    });
    this.child.stderr?.on('data', (bytes: Buffer) => (this.errors += bytes.toString()));
  }

  /** Resolves with the first event of this name. */
  event(name: string): Promise<Record<string, unknown>> {
    return this.until(name, ({ event }) => event === name);
  }

  /** Resolves with the first event that `isRight`; says `what` was waited for where there is none. */
  async until(
    what: string,
    isRight: (event: Record<string, unknown>) => boolean,
    timeoutMs?: number,
  ): Promise<Record<string, unknown>> {
    const found = await eventually(
      async () => this.events.find(isRight),
      (one) => one !== undefined,
      () => `no "${what}"; there is ${JSON.stringify(this.events)} ${this.errors}`,
      { timeoutMs },
    );
    return found ?? {};
  }

  /** As Ctrl-C does; resolves with the exit status. */
  async interrupt(): Promise<number | null> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    const [status] = (await ended) as [number | null];
    return status;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
