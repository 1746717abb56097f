import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Coturn } from '../turn/testing/coturn.js';
import { natCommand } from './command.js';
import { concludeFrom } from './conclusions.js';
import { probeServer } from './probe.js';
import type { NatReport, ServerReport } from './report.js';
import { formatScreen } from './screen.js';

const STUN: ServerReport = {
  url: 'stun:192.0.2.1',
  outcome: 'ok',
  detail: 'it sees us as 203.0.113.1 port 5000',
  rttMs: 23,
  mapped: { address: '203.0.113.1', port: 5000 },
  relayed: undefined,
  relayRttMs: undefined,
  behaviour: undefined,
};
const FACTS: Omit<NatReport, 'conclusions'> = {
  addresses: [{ interfaceName: 'eth0', address: '192.168.0.5', family: 'ipv4', isGlobal: false }],
  servers: [STUN],
  udp: 'works',
  nat: { mapping: 'endpoint-independent', filtering: 'address-and-port-dependent', hairpin: false },
  ipv6: 'none',
};
const codes = (facts: Omit<NatReport, 'conclusions'>): string[] => concludeFrom(facts).map(({ code }) => code);

/** A terminal that remembers. */
function terminal(): Parameters<typeof natCommand>[1] & { printed: string; talked: string; steps: string[] } {
  const io = {
    printed: '',
    talked: '',
    steps: [] as string[],
    columns: 100,
    environment: {},
    out: (text: string) => {
      io.printed += text;
    },
    err: (text: string) => {
      io.talked += text;
    },
    progress: (text: string) => {
      io.steps.push(text);
    },
  };
  return io;
}

describe('what follows from the facts', () => {
  test('a usual home network: direct calls mostly work, and a missing TURN server is worth a note', () => {
    expect(codes(FACTS)).toEqual(['direct-mostly', 'relay-missing', 'ipv6-missing']);
  });

  test('behind a symmetric NAT a missing TURN server is a problem', () => {
    const nat = { mapping: 'address-and-port-dependent', filtering: 'address-and-port-dependent', hairpin: false } as const;
    expect(codes({ ...FACTS, nat })).toEqual(['symmetric', 'relay-needed', 'ipv6-missing']);
  });

  test('where UDP is blocked, a relay over TLS saves the day', () => {
    const relay = { ...STUN, url: 'turns:turn.example.org:443' };
    expect(codes({ ...FACTS, udp: 'blocked', nat: undefined, servers: [{ ...STUN, outcome: 'no-answer' }, relay] })).toEqual([
      'udp-blocked',
      'relay',
      'ipv6-missing',
    ]);
  });

  test('a relay that was reached over UDP only, broken TLS and a wrong name are told apart', () => {
    expect(codes({ ...FACTS, servers: [{ ...STUN, url: 'turn:t.example.org' }] })).toContain('relay-udp-only');
    expect(codes({ ...FACTS, servers: [{ ...STUN, url: 'turns:t.example.org', outcome: 'tls-failed' }] })).toEqual([
      'direct-mostly',
      'relay-broken',
      'tls-failed',
      'ipv6-missing',
    ]);
  });
});

test('the report fits its screen', () => {
  const screen = formatScreen({ ...FACTS, conclusions: concludeFrom(FACTS) }, 80);
  expect(screen.split('\n').every((line) => line.length <= 80)).toBe(true);
  expect(screen).toContain('stun:192.0.2.1: answered in 23 ms; it sees us as 203.0.113.1 port 5000');
});

describe('the command', () => {
  test('without a server it says what it can and how to learn more', async () => {
    const io = terminal();
    expect(await natCommand([], io)).toBe(0);
    expect(io.printed.replace(/\s+/g, ' ')).toContain('maru nat --server stun:');
  });

  test('a word that it does not know is wrong usage', async () => {
    const io = terminal();
    expect(await natCommand(['--sever', 'x'], io)).toBe(2);
    expect(io.talked).toContain("Unknown option '--sever'");
    expect(io.talked).toContain('Exit status');
  });

  test('what is no URL of a server, and a TURN server without credentials, say what was expected', async () => {
    const io = terminal();
    expect(await natCommand(['--server', 'http://x', '--server', 'turn:192.0.2.1', '--json'], io)).toBe(1);
    const report: NatReport = JSON.parse(io.printed);
    expect(report.servers.map(({ outcome }) => outcome)).toEqual(['unusable-url', 'credentials-missing']);
  });
});

describe('against coturn', () => {
  let coturn: Coturn;
  let port: number;

  beforeAll(async () => {
    coturn = await Coturn.start(['--allow-loopback-peers', '--lt-cred-mech', '--user=u:p']);
    port = coturn.port;
  });

  afterAll(() => coturn.stop());

  const probe = (url: string, credential = 'p'): Promise<ServerReport> =>
    probeServer({ url, username: 'u', credential }, () => {});

  test('STUN over UDP answers with our own address, since nothing translates on loopback', async () => {
    const report = await probe(`stun:127.0.0.1:${port}`);
    expect(report).toMatchObject({ outcome: 'ok', mapped: { address: '127.0.0.1' } });
    expect(report.behaviour?.mapping).toBe('direct');
  });

  test.each(['udp', 'tcp'])('TURN over %s allocates, and a packet goes through and back', async (transport) => {
    const report = await probe(`turn:127.0.0.1:${port}?transport=${transport}`);
    expect(report).toMatchObject({ outcome: 'ok', relayed: { address: '127.0.0.1' } });
    expect(report.relayRttMs).toBeGreaterThan(0);
  });

  test('a wrong password is told from a server that is not there', async () => {
    expect(await probe(`turn:127.0.0.1:${port}`, 'wrong')).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('401'),
    });
    expect(await probe(`turn:127.0.0.1:${port + 1}?transport=tcp`)).toMatchObject({ outcome: 'no-answer' });
  });

  test('TLS to a port that speaks something else is said to be a TLS problem', async () => {
    const mail = createServer((socket) => socket.on('error', () => {}).end('220 mail.maru.test\r\n'));
    const mailPort = await new Promise<number>((found) => {
      mail.listen(0, '127.0.0.1', () => {
        const address = mail.address();
        found(typeof address === 'object' && address ? address.port : 0);
      });
    });
    expect(await probe(`turns:127.0.0.1:${mailPort}`)).toMatchObject({ outcome: 'tls-failed' });
    mail.close();
  });
});
