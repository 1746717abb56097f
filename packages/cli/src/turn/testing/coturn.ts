import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';

/** coturn of the system, at loopback. */
export class Coturn {
  private constructor(
    private readonly process: ChildProcess,
    readonly port: number,
  ) {}

  static async start(options: readonly string[]): Promise<Coturn> {
    const port = await freePort();
    const always = [
      '-n',
      '--no-tls',
      '--no-dtls',
      '--no-cli',
      '-L',
      '127.0.0.1',
      '-p',
      String(port),
      '--realm=maru.test',
      '--log-file=stdout',
    ];
    const turnserver = new Coturn(spawn('turnserver', [...always, ...options], { stdio: 'ignore' }), port);
    while (!(await turnserver.isUp())) await new Promise((next) => setTimeout(next, 20));
    return turnserver;
  }

  stop(): void {
    this.process.kill('SIGKILL');
  }

  private isUp(): Promise<boolean> {
    return new Promise((answered) => {
      const socket = connect(this.port, '127.0.0.1', () => answered(true)).on('error', () => answered(false));
      socket.on('close', () => socket.destroy()).on('connect', () => socket.end());
    });
  }
}

/** A TCP port of loopback that nobody uses. */
export function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((found) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => found(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
