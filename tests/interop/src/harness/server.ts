import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from './eventually.js';
import { freePort } from './free-ports.js';

const ROOT = resolve(import.meta.dirname, '../../../..');
const START_MS = 60_000;

/** A Maru server in a process of its own, as `npm start` runs it, on a port and with data of its own. */
export class MaruServer {
  private child: ChildProcess | undefined;
  /** What it printed so far. */
  output = '';

  private constructor(
    readonly port: number,
    private readonly data: string,
    private readonly env: Record<string, string>,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<MaruServer> {
    const server = new MaruServer(await freePort(), mkdtempSync(join(tmpdir(), 'maru-interop-')), env);
    await server.run();
    return server;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  get secureUrl(): string {
    return `https://localhost:${this.port}`;
  }

  /** Makes a hall whose media travels so; resolves with its link. */
  async hall(mode: 'p2p' | 'sfu' | 'auto'): Promise<string> {
    const response = await fetch(`${this.url}/app/halls`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mode }),
    });
    const { hall } = (await response.json()) as { hall: string };
    return `${this.url}/h/${hall}?mode=${mode}`;
  }

  /** `kill -9`: no good-bye, nothing flushed. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Starts again after {@link kill}, on the same port and data. */
  async run(): Promise<void> {
    const child = spawn(process.execPath, [join(ROOT, 'packages/cli/bin/maru.js'), 'start'], {
      env: { ...process.env, MARU_PORT: String(this.port), MARU_DATA: this.data, MARU_DRAIN: '0', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stdout?.on('data', (chunk) => (this.output += chunk));
    child.stderr?.on('data', (chunk) => (this.output += chunk));
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${this.output}`);
        return fetch(`${this.url}/v1/health`).then(
          (response) => response.ok,
          () => false,
        );
      },
      Boolean,
      () => `the server did not answer within ${START_MS} ms: ${this.output}`,
      { timeoutMs: START_MS, everyMs: 50 },
    );
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.data, { recursive: true, force: true });
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  }
}
