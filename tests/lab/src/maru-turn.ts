import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Lab, SERVER } from './lab.js';
import { type LabCertificate, TURN_USER } from './turn-server.js';

const PROGRAM = join(import.meta.dirname, '../../../packages/cli/bin/maru.js');
const START_LIMIT_MS = 60_000;

/** Starts `maru turn` on the server host: UDP and DTLS on 3478 and 5349, and where nothing else gets through, TCP and TLS on 443 of its two addresses. */
export async function startMaruTurn(lab: Lab, { certificate, key }: LabCertificate, workers = 1): Promise<void> {
  const { username, credential } = TURN_USER;
  const file = `${certificate}.json`;
  const config = {
    listeners: [`udp:${SERVER.first}:3478`, `dtls:${SERVER.first}:5349`, `tls:${SERVER.first}:443`, `tcp:${SERVER.second}:443`],
    relay: { addresses: [SERVER.first] },
    realm: 'lab',
    credentials: { users: [{ username, password: credential }] },
    policy: { allow: ['203.0.113.0/24'] }, // the lab's internet is made of addresses for examples
    tls: { cert: certificate, key },
    workers,
  };
  writeFileSync(file, JSON.stringify(config));
  const args = [PROGRAM, 'turn', '--config', file, '--data', 'none', '--admin', 'off'];
  const server = lab.spawn('server', process.execPath, args, { env: { NODE_ENV: 'production' } });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`maru turn does not start:\n${said.join('\n')}`)), START_LIMIT_MS);
    server.once('exit', (code) => reject(new Error(`maru turn ended (${code}):\n${said.join('\n')}`)));
    createInterface({ input: server.stdout! }).on('line', (line) => {
      said.push(line);
      clearTimeout(timer);
      resolve();
    });
  });
}
