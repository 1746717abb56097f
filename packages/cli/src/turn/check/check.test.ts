import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { VirtualNetwork } from '@maru/netsim';
import { freshSerialNumber, nodeCrypto, signingKeyOf } from '@maru/node';
import { writeCertificate } from '@maru/protocol/dtls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Coturn, freePort } from '../testing/coturn.js';
import { checkTurn } from './check.js';
import { checkCommand } from './command.js';
import { explainAllocate, explainDistrust } from './cures.js';
import type { CheckReport } from './report.js';
import { stepLines } from './screen.js';

/** A terminal that remembers. */
function terminal(environment: NodeJS.ProcessEnv = {}) {
  const printed: string[] = [];
  const talked: string[] = [];
  return {
    printed,
    talked,
    columns: 90,
    environment,
    progress() {},
    out: (text: string) => void printed.push(text),
    err: (text: string) => void talked.push(text),
  };
}

async function check(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<CheckReport & { readonly status: number }> {
  const io = terminal(environment);
  const status = await checkCommand([...argv, '--json'], io);
  return { ...(JSON.parse(io.printed.join('')) as CheckReport), status };
}

const states = ({ steps }: CheckReport): string[] => steps.map(({ name, state }) => `${name} ${state}`);

const SECRET = 'a-secret-of-the-tests-of-check';

describe('against coturn', () => {
  let lenient: Coturn;
  let strict: Coturn;

  beforeAll(async () => {
    [lenient, strict] = await Promise.all([
      Coturn.start(['--allow-loopback-peers', '--lt-cred-mech', '--user=ada:right']),
      Coturn.start(['--use-auth-secret', `--static-auth-secret=${SECRET}`]),
    ]);
  });

  afterAll(() => {
    lenient.stop();
    strict.stop();
  });

  test.each(['udp', 'tcp'])('over %s each step is told, and a packet goes through the relay and back', async (transport) => {
    const report = await check([`turn:127.0.0.1:${lenient.port}?transport=${transport}`, 'ada'], {
      MARU_TURN_CREDENTIAL: 'right',
    });
    expect(states(report)).toEqual(['connect ok', 'challenge ok', 'allocate ok', 'permission ok', 'relay ok']);
    expect(report).toMatchObject({ works: true, status: 0, relayed: { address: '127.0.0.1' }, mapped: { address: '127.0.0.1' } });
    expect(report.relayRttMs).toBeGreaterThan(0);
    expect(report.steps.find(({ name }) => name === 'challenge')?.detail).toContain('realm "maru.test"');
  });

  test('a wrong password is a problem with a cure, and says so at the allocation', async () => {
    const report = await check([`turn:127.0.0.1:${lenient.port}`, 'ada', 'wrong']);
    expect(states(report)).toEqual(['connect ok', 'challenge ok', 'allocate problem']);
    expect(report).toMatchObject({ works: false, status: 1 });
    expect(report.steps.at(-1)?.cure).toContain('Check user name and password');
  });

  test('a credential that has ended is told by its name', async () => {
    const username = `${Math.floor(Date.now() / 1_000) - 100}:ada`;
    const password = createHmac('sha1', SECRET).update(username).digest('base64');
    const report = await check([`turn:127.0.0.1:${strict.port}`, username, password]);
    expect(report.steps.at(-1)?.cure).toMatch(/ended at .*, 10\d s ago: get a new one/);
  });

  test('with the secret in the environment it makes a credential itself', async () => {
    const report = await check([`turn:127.0.0.1:${strict.port}`], { MARU_TURN_SECRET: SECRET });
    expect(states(report).slice(0, 3)).toEqual(['connect ok', 'challenge ok', 'allocate ok']);
    expect(report.steps.find(({ name }) => name === 'permission')?.state).toBe('note');
  });
});

describe('what is wrong is told apart', () => {
  test('a name that nobody has', async () => {
    expect(states(await check(['turn:no-such-host.invalid', 'u', 'p']))).toEqual(['resolve problem']);
  });

  test('nobody listens', async () => {
    const report = await check([`turn:127.0.0.1:${await freePort()}?transport=tcp`, 'u', 'p']);
    expect(states(report)).toEqual(['connect problem']);
    expect(report.steps[0]?.cure).toContain('Nothing listens');
  });

  test('a URL of another kind', async () => {
    for (const url of ['stun:127.0.0.1', 'http://x']) expect(states(await check([url, 'u', 'p']))).toEqual(['url problem']);
  });

  test('TLS with a certificate that nobody vouches for, from a server that is no TURN server', async () => {
    const server: TlsServer = createTlsServer(selfSigned(), (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    const port = await new Promise<number>((listening) =>
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        listening(typeof address === 'object' && address ? address.port : 0);
      }),
    );
    const report = await check([`turns:127.0.0.1:${port}`, 'u', 'p']);
    server.close();
    expect(states(report)).toEqual(['connect ok', 'tls problem', 'allocate problem']);
  });

  test('a DTLS port that never answers: the check ends when the time for a handshake does, and says where to look', async () => {
    await import('./over-dtls.js'); // loading it takes real time
    const network = new VirtualNetwork({ seed: 1 });
    const host = network.addHost('here', { addresses: ['192.0.2.1'] });
    const server = network.addHost('there', { addresses: ['198.51.100.1'] });
    let heard = 0;
    server.bindDatagram('198.51.100.1', 5_349).receiver = { datagram: () => void heard++, settled() {} };
    let report: CheckReport | undefined;
    const options = { username: 'u', password: 'p', network: host, wallClock: Date.now, onStep() {}, onProgress() {} };
    const done = checkTurn({ ...options, url: 'turns:198.51.100.1:5349?transport=udp' }).then((found) => {
      report = found;
    });
    while (!report && network.clock.now() < 60_000) {
      await new Promise(setImmediate); // what the check waits for is asked of the virtual network
      network.clock.run(500);
    }
    await done;
    expect(heard).toBeGreaterThan(5);
    expect(network.clock.now()).toBeLessThanOrEqual(11_000);
    expect(states(report!)).toEqual(['connect problem']);
    expect(report!.steps[0]).toMatchObject({ detail: 'no handshake within 10000 ms' });
    expect(report!.steps[0]!.cure).toContain('dtls listener at UDP port 5349');
  });

  test('a port that speaks something else than TLS', async () => {
    const mail = createServer((socket) => socket.on('error', () => {}).end('220 mail.maru.test\r\n'));
    const port = await new Promise<number>((listening) =>
      mail.listen(0, '127.0.0.1', () => {
        const address = mail.address();
        listening(typeof address === 'object' && address ? address.port : 0);
      }),
    );
    const report = await check([`turns:127.0.0.1:${port}`, 'u', 'p']);
    mail.close();
    expect(states(report)).toEqual(['connect problem']);
    expect(report.steps[0]?.cure).toContain('does not speak TLS');
  });
});

/** A certificate for localhost that nobody vouches for, as PEM. */
function selfSigned(): { readonly cert: string; readonly key: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = signingKeyOf(privateKey);
  const now = Date.now();
  const der = writeCertificate(
    {
      serialNumber: freshSerialNumber(),
      subject: { commonName: 'localhost' },
      notBeforeMs: now - 86_400_000,
      notAfterMs: now + 86_400_000,
      publicKeyDer: key.publicKeyDer,
      ipAddresses: ['127.0.0.1'],
    },
    { key },
    nodeCrypto,
  );
  const cert = `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

test('every refusal has a cure', () => {
  const url = { url: '', kind: 'turn', host: 'h', port: 3478, transport: 'udp', isSecure: false } as const;
  for (const code of [300, 400, 401, 403, 437, 440, 441, 486, 500, 508, 701]) {
    const { detail, cure } = explainAllocate(
      { type: 'failed', code, reason: 'for a reason' },
      url,
      '1700000000:ada',
      1_600_000_000_000,
    );
    expect([detail, cure].every((text) => text.length > 10)).toBe(true);
  }
});

test('what is wrong with a certificate is said in words', () => {
  const peer = { protocol: 'TLSv1.3', names: ['a.example'], issuer: 'CA', notAfterMs: 2e12 };
  const told = (distrust: string | undefined, notAfterMs = 2e12) =>
    explainDistrust({ ...peer, distrust, notAfterMs }, 'b.example', 1e12)?.detail;
  expect(told(undefined)).toBeUndefined();
  expect(told('CERT_HAS_EXPIRED', 1)).toBe('the certificate ended on 1970-01-01');
  expect(told('ERR_TLS_CERT_ALTNAME_INVALID')).toBe('the certificate is for a.example, not for b.example');
  expect(told('UNABLE_TO_VERIFY_LEAF_SIGNATURE')).toContain('CA signed');
  expect(told('DEPTH_ZERO_SELF_SIGNED_CERT')).toContain('no authority');
});

test('steps fit their screen', () => {
  const lines = stepLines({ name: 'relay', state: 'problem', detail: 'word '.repeat(40), cure: 'do '.repeat(60), ms: 3.04 }, 80);
  expect(lines.split('\n').every((line) => line.length <= 80)).toBe(true);
  expect(lines).toContain('in 3.0 ms');
});

test('wrong usage says what was expected', async () => {
  for (const argv of [[], ['turn:x'], ['turn:x', 'u'], ['turn:x', 'u', 'p', 'q'], ['--sever']]) {
    const io = terminal();
    expect(await checkCommand(argv, io)).toBe(2);
    expect(io.talked.join('')).toContain('Exit status');
  }
});
