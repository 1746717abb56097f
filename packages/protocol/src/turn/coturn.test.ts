import { spawn, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto, systemRandom } from '@maru/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NEVER, SILENT_LOG } from '../core/index.js';
import { TurnClient, type TurnEvent } from './index.js';

const hasCoturn = spawnSync('turnserver', ['--version'], { timeout: 5_000 }).error === undefined;

/** A TCP and UDP port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Runs a client against a real server, over UDP or TCP. */
class RealClient {
  readonly client: TurnClient;
  readonly received: string[] = [];
  private readonly waiting: ((event: TurnEvent) => boolean)[] = [];
  private write: (bytes: Uint8Array) => void = () => {};
  private end: () => void = () => {};
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly transport: 'datagram' | 'stream',
    private readonly port: number,
    password = 'pass',
  ) {
    const context = { crypto: nodeCrypto, random: systemRandom, log: SILENT_LOG };
    this.client = new TurnClient({ username: 'user', password, transport, families: 'ipv4' }, context);
  }

  async start(): Promise<TurnEvent> {
    if (this.transport === 'datagram') {
      const socket: Socket = createSocket('udp4').bind(0, '127.0.0.1');
      await once(socket, 'listening');
      this.write = (bytes) => socket.send(Uint8Array.from(bytes), this.port, '127.0.0.1');
      this.end = () => socket.close();
      socket.on('message', (bytes) => {
        const data = this.client.receive(performance.now(), bytes);
        if (data) this.received.push(new TextDecoder().decode(data.bytes));
        this.settle();
      });
    } else {
      const stream = connect(this.port, '127.0.0.1');
      await once(stream, 'connect');
      this.write = (bytes) => stream.write(Uint8Array.from(bytes));
      this.end = () => stream.destroy();
      stream.on('data', (bytes) => {
        this.client.receiveStream(performance.now(), bytes, (data) => this.received.push(new TextDecoder().decode(data.bytes)));
        this.settle();
      });
    }
    this.client.start(performance.now());
    return this.next(({ type }) => type === 'allocated' || type === 'failed');
  }

  /** The next event for which `wanted` holds. */
  next(wanted: (event: TurnEvent) => boolean): Promise<TurnEvent> {
    return new Promise((resolve) => {
      this.waiting.push((event) => {
        if (wanted(event)) resolve(event);
        return wanted(event);
      });
      this.settle();
    });
  }

  permit(port: number): Promise<TurnEvent> {
    this.client.permit(performance.now(), { address: '127.0.0.1', port }, true);
    return this.next(({ type }) => type === 'peer-permitted' || type === 'peer-refused');
  }

  send(text: string, port: number): boolean {
    return this.client.send(new TextEncoder().encode(text), { address: '127.0.0.1', port }, { transmit: this.write });
  }

  close(): void {
    this.client.close(performance.now());
    this.settle();
    clearTimeout(this.timer);
    setImmediate(this.end);
  }

  private settle(): void {
    this.client.drain({
      transmit: this.write,
      event: (event) => {
        const at = this.waiting.findIndex((takes) => takes(event));
        if (at >= 0) this.waiting.splice(at, 1);
      },
    });
    clearTimeout(this.timer);
    const { deadline } = this.client;
    if (deadline === NEVER) return;
    this.timer = setTimeout(
      () => {
        this.client.advance(performance.now());
        this.settle();
      },
      Math.max(0, deadline - performance.now()),
    );
  }
}

describe.skipIf(!hasCoturn)('against coturn', () => {
  let port = 0;
  let server: ReturnType<typeof spawn>;
  const folder = mkdtempSync(join(tmpdir(), 'maru-coturn-'));

  beforeAll(async () => {
    port = await freePort();
    const options = [
      '-n',
      '--no-tls',
      '--no-dtls',
      '--no-cli',
      '-L',
      '127.0.0.1',
      '-p',
      String(port),
      '--lt-cred-mech',
      '--user=user:pass',
      '--realm=maru',
      '--allow-loopback-peers',
      '--pidfile',
      join(folder, 'pid'),
      '--log-file',
      'stdout',
      '--db',
      join(folder, 'db'),
    ];
    server = spawn('timeout', ['60', 'turnserver', ...options], { stdio: 'ignore' });
    for (;;) {
      const stream = connect(port, '127.0.0.1');
      const isUp = await new Promise((resolve) =>
        stream.once('connect', () => resolve(true)).once('error', () => resolve(false)),
      );
      stream.destroy();
      if (isUp) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  afterAll(() => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(['datagram', 'stream'] as const)('allocates, permits, binds and relays both ways over a %s', async (transport) => {
    const peer = createSocket('udp4').bind(0, '127.0.0.1');
    await once(peer, 'listening');
    const peerPort = peer.address().port;
    const client = new RealClient(transport, port);
    const allocated = await client.start();
    expect(allocated).toMatchObject({ type: 'allocated', relayedAddress: '127.0.0.1', mappedAddress: '127.0.0.1' });
    expect(await client.permit(peerPort)).toMatchObject({ type: 'peer-permitted' });
    for (const text of ['one', 'three', 'seventeen bytes!!']) {
      const arrived = once(peer, 'message');
      expect(client.send(text, peerPort)).toBe(true);
      const [bytes, from] = await arrived;
      expect([String(bytes), from.port]).toEqual([text, allocated.type === 'allocated' && allocated.relayedPort]);
      peer.send(`echo ${text}`, from.port, '127.0.0.1');
      await expect.poll(() => client.received.at(-1)).toBe(`echo ${text}`);
    }
    expect(client.client.overheadBytes({ address: '127.0.0.1', port: peerPort })).toBeLessThanOrEqual(7);
    client.close();
    peer.close();
  });

  test('is refused with 401 when the password is wrong', async () => {
    const client = new RealClient('datagram', port, 'wrong');
    expect(await client.start()).toMatchObject({ type: 'failed', code: 401 });
    client.close();
  });
});
