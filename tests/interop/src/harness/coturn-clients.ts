import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { RELAY_USER, TestRelay } from './relay.js';

const LIMIT_MS = 60_000;
/** What is said to a client that offers nothing newer than TLS 1.1 or DTLS 1.0, which are no more (RFC 8996). */
const OLD_VERSION = 'alert protocol version';

export const hasTools = !spawnSync('turnutils_uclient', ['--version'], { timeout: LIMIT_MS }).error;

/** Runs a tool of coturn's to its end, or until it says `enough`, and resolves with what it printed. It may wait for ever: it is ended then. */
export function runTool(
  tool: string,
  args: readonly string[],
  { enough, limitMs = LIMIT_MS }: { readonly enough?: string; readonly limitMs?: number | undefined } = {},
): Promise<string> {
  return new Promise((resolve) => {
    let output = '';
    const child = execFile(tool, args, { timeout: limitMs, maxBuffer: 16 * 1024 * 1024 }, () => resolve(output));
    const take = (chunk: string): void => {
      output += chunk;
      if (enough !== undefined && output.includes(enough)) child.kill('SIGKILL');
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
  });
}

/** What a run of turnutils_uclient came to. */
export interface Outcome {
  readonly sent: number;
  readonly received: number;
  readonly output: string;
}

/** Everything that was sent came back. */
export function expectContent({ sent, received, output }: Outcome): void {
  expect(output, output.slice(-1_000)).toContain('Total lost packets 0 (0.000000%)');
  expect(sent).toBeGreaterThanOrEqual(20);
  expect(received).toBe(sent);
}

/** Our relay, and a peer of coturn's that sends back what comes. */
export class ClientWorld {
  private constructor(
    readonly relay: TestRelay,
    private readonly peer: ChildProcess,
  ) {}

  static async begin(): Promise<ClientWorld> {
    const relay = await TestRelay.start(['127.0.0.1', '::1']);
    const argv = ['-p', String(relay.ports.peer), '-L', '127.0.0.1', '-L', '::1'];
    return new ClientWorld(relay, spawn('turnutils_peer', argv, { stdio: 'ignore' }));
  }

  async end(): Promise<void> {
    this.peer.kill('SIGKILL');
    await this.relay.end();
  }

  async uclient(
    server: string,
    args: readonly string[],
    { peer = '127.0.0.1', limitMs }: { readonly peer?: string; readonly limitMs?: number } = {},
  ): Promise<Outcome> {
    const { username, password } = RELAY_USER;
    const { ports } = this.relay;
    const port = String(args.includes('-S') ? ports.secure : ports.plain);
    const messages = ['-u', username, '-w', password, '-n', '10', '-m', '2'];
    const ends = ['-e', peer, '-r', String(ports.peer), '-p', port];
    const argv = [...messages, ...ends, ...args, server];
    const output = await runTool('turnutils_uclient', argv, { enough: OLD_VERSION, limitMs });
    const totals = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1);
    return { sent: Number(totals?.[1] ?? 0), received: Number(totals?.[2] ?? -1), output };
  }

  /** Over TLS or DTLS: each of the tool's connections draws a version, old ones too. One connection, until it drew one that is good. */
  async secureUclient(server: string, args: readonly string[]): Promise<Outcome> {
    for (;;) {
      const outcome = await this.uclient(server, ['-c', '-m', '1', '-n', '20', ...args]);
      if (!outcome.output.includes(OLD_VERSION)) return outcome;
    }
  }
}
