import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Lab, SERVER } from './lab.js';

export const TURN_USER = { username: 'lab', credential: 'lab-secret' } as const;

/** A certificate for the server's first address, made for this run. Whoever is to trust it gets `env`. */
export class LabCertificate {
  private readonly folder = mkdtempSync(join(tmpdir(), 'maru-lab-'));
  readonly certificate = join(this.folder, 'certificate.pem');
  readonly key = join(this.folder, 'key.pem');
  readonly env = { NODE_EXTRA_CA_CERTS: this.certificate };

  constructor() {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names = ['-subj', '/CN=turn.lab', '-addext', `subjectAltName=IP:${SERVER.first}`];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-days', '2', '-keyout', this.key, '-out', this.certificate], {
      stdio: 'ignore',
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Starts coturn on both addresses of the server host: STUN with RFC 5780, TURN over UDP, TCP (3478), TLS and DTLS (5349). Resolves
 * with what kills it, as a crash would; it can then be started again.
 */
export async function startTurnServer(lab: Lab, { certificate, key }: LabCertificate): Promise<() => Promise<void>> {
  const { username, credential } = TURN_USER;
  const args = [
    ...['-n', '--no-cli', '-L', SERVER.first, '-L', SERVER.second, '--lt-cred-mech', `--user=${username}:${credential}`],
    ...['--realm=lab', `--cert=${certificate}`, `--pkey=${key}`, '--log-file=stdout', '--simple-log'],
    ...[`--userdb=${certificate}.db`, `--pidfile=${certificate}.pid`, '--relay-threads=1'],
  ];
  const server = lab.spawn('server', 'turnserver', args, { isQuiet: true }); // it complains of each protocol the kernel lacks
  const lines = createInterface({ input: server.stdout! });
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    server.on('exit', (code) => reject(new Error(`turnserver ended (${code}):\n${log.join('\n')}`)));
    lines.on('line', (line) => {
      log.push(line);
      if (/Total General servers|auth thread/i.test(line)) resolve();
    });
  });
  return async () => {
    server.removeAllListeners('exit');
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
}
