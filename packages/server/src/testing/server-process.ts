import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
let program: Promise<string> | undefined;

/** The server as a program of its own, bundled from the sources: for tests that kill it. */
function bundle(): Promise<string> {
  const folder = join(ROOT, 'node_modules/.cache/maru-tests');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `server-${process.pid}.mjs`);
  return build({
    entryPoints: [fileURLToPath(new URL('./server-program.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@maru/source'],
    external: ['fastify', 'ws', 'zod', 'zod/*', 'jose', 'pino', 'prom-client', 'uqr', '@maru/native'],
    logLevel: 'error',
  }).then(() => outfile);
}

/** What a process holds once its rubbish was collected. */
export interface Holdings {
  readonly heapBytes: number;
  readonly sockets: number;
  readonly timers: number;
}

/** A server in a process that may be killed at any moment. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    readonly apiKey: string,
  ) {}

  static async start(dataFolder: string, port: number): Promise<ServerProcess> {
    program ??= bundle();
    const child = spawn(process.execPath, ['--expose-gc', await program, dataFolder, String(port)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
    const told = JSON.parse(line) as { port: number; apiKey: string };
    return new ServerProcess(child, told.port, told.apiKey);
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async holdings(): Promise<Holdings> {
    this.child.send('holdings');
    const [holdings] = (await once(this.child, 'message')) as [Holdings];
    return holdings;
  }

  /** How long its main thread has been ready to run and had no processor, since it began; 0 where the system does not say. */
  waitedForProcessorMs(): number {
    try {
      const [, waitedNs] = readFileSync(`/proc/${this.child.pid}/schedstat`, 'utf8').split(' ');
      return Number(waitedNs) / 1e6;
    } catch {
      return 0;
    }
  }

  /** SIGKILL: no farewell, no flush. */
  async kill(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}
