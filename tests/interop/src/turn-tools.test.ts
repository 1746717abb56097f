import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RELAY_USER, TestRelay } from './harness/relay.js';

const LIMIT_MS = 60_000;
/**
 * Over TLS the tool takes what one read gives it for one message, whatever is in it. A server that was busy has two to say at once, in one record:
 * so much time is between them that it is not.
 */
const ONE_BY_ONE = ['-z', '250'];
/** What is said to a client that offers nothing newer than TLS 1.1 or DTLS 1.0, which are no more (RFC 8996). */
const OLD_VERSION = 'alert protocol version';
const hasTools = !spawnSync('turnutils_uclient', ['--version'], { timeout: LIMIT_MS }).error;

/** Runs a tool of coturn's to its end, or until it says `enough`, and resolves with what it printed. It may wait for ever: it is ended then. */
function run(tool: string, args: readonly string[], enough?: string): Promise<string> {
  return new Promise((resolve) => {
    let output = '';
    const child = execFile(tool, args, { timeout: LIMIT_MS, maxBuffer: 16 * 1024 * 1024 }, () => resolve(output));
    const take = (chunk: string): void => {
      output += chunk;
      if (enough !== undefined && output.includes(enough)) child.kill('SIGKILL');
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
  });
}

/** What a run of turnutils_uclient came to. */
interface Outcome {
  readonly sent: number;
  readonly received: number;
  readonly output: string;
}

describe.skipIf(!hasTools)("coturn's own clients are content with our server", () => {
  let relay: TestRelay;
  let peer: ChildProcess;

  beforeAll(async () => {
    relay = await TestRelay.start(['127.0.0.1', '::1']);
    peer = spawn('turnutils_peer', ['-p', String(relay.ports.peer), '-L', '127.0.0.1', '-L', '::1'], { stdio: 'ignore' });
  });

  afterAll(async () => {
    peer.kill('SIGKILL');
    await relay.end();
  });

  async function uclient(server: string, args: readonly string[], peerAddress = '127.0.0.1'): Promise<Outcome> {
    const { username, password } = RELAY_USER;
    const to = ['-e', peerAddress, '-r', String(relay.ports.peer)];
    const port = String(args.includes('-S') ? relay.ports.secure : relay.ports.plain);
    const common = ['-u', username, '-w', password, '-n', '10', '-m', '2', ...to, '-p', port];
    const output = await run('turnutils_uclient', [...common, ...args, server], OLD_VERSION);
    const totals = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1);
    return { sent: Number(totals?.[1] ?? 0), received: Number(totals?.[2] ?? -1), output };
  }

  /** Everything that was sent came back. */
  function expectContent({ sent, received, output }: Outcome): void {
    expect(output, output.slice(-1_000)).toContain('Total lost packets 0 (0.000000%)');
    expect(sent).toBeGreaterThanOrEqual(20);
    expect(received).toBe(sent);
  }

  const servers = [
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ] as const;
  // the tool mostly waits between its messages: several at a time cost the machine no more than one
  describe.concurrent.each(servers)('from %s', (_, server) => {
    test.each([
      ['UDP, channels', []],
      ['UDP, Send indications', ['-s']],
      ['UDP, mandatory padding', ['-D']],
      ['UDP, permissions and channels over and over', ['-G']],
      ['UDP, moving on (RFC 8016)', ['-M']],
      ['TCP, channels', ['-t']],
      ['TCP, Send indications', ['-t', '-s']],
      ['TCP relays (RFC 6062) over TCP', ['-T', '-t']],
    ])('over %s', async (_title, args) => {
      expectContent(await uclient(server, args));
    });

    test.each([
      ['TLS, channels', ['-t', '-S']],
      ['TLS, Send indications', ['-t', '-S', '-s']],
      ['TCP relays over TLS', ['-T', '-t', '-S']],
      ['DTLS, channels', ['-S']],
      ['DTLS, Send indications', ['-S', '-s']],
    ])('over %s', async (_title, args) => {
      // each of this tool's connections draws a version of TLS, old ones too: one connection, until it drew one that is good
      let outcome: Outcome;
      do outcome = await uclient(server, ['-c', '-m', '1', '-n', '20', ...ONE_BY_ONE, ...args]);
      while (outcome.output.includes(OLD_VERSION));
      expectContent(outcome);
    });

    test('relaying to IPv6', async () => {
      expectContent(await uclient(server, ['-x'], '::1'));
      expectContent(await uclient(server, ['-x', '-t', '-s'], '::1'));
    });
  });

  test('over TCP relays whose peers come to them', async () => {
    const { sent, received } = await uclient('127.0.0.1', ['-P', '-t']);
    expect(sent).toBeGreaterThanOrEqual(20);
    expect(received).toBe(sent / 2); // one end of each connection counts; so it is with coturn's own server
  });

  test('malformed and unauthenticated requests of its negative tests are refused, and others go on', async () => {
    await uclient('127.0.0.1', ['-N', '-R', '-n', '5']);
    expectContent(await uclient('127.0.0.1', []));
  });

  test('turnutils_stunclient learns its address', async () => {
    const output = await run('turnutils_stunclient', ['-p', String(relay.ports.plain), '127.0.0.1']);
    expect(output).toMatch(/reflexive addr: 127\.0\.0\.1:\d+/i);
  });
});

describe.skipIf(!hasTools)('NAT behaviour discovery (RFC 5780)', () => {
  let relay: TestRelay;

  beforeAll(async () => {
    relay = await TestRelay.start(['127.0.0.1'], '127.0.0.2');
  });

  afterAll(() => relay.end());

  test('turnutils_natdiscovery learns how mapping and filtering are', async () => {
    const output = await run('turnutils_natdiscovery', ['-m', '-f', '-p', String(relay.ports.plain), '127.0.0.1']);
    expect(output).toMatch(/Endpoint Independent Mapping|No NAT/i);
    expect(output).toMatch(/Endpoint Independent Filtering/i);
  });
});
