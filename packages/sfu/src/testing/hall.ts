import { type LinkProfile, type VirtualHost, VirtualNetwork, type Zone } from '@maru/netsim';
import { NodeMediaDriver } from '@maru/node/media';
import { type DatagramSocket, SeededRandom, SILENT_LOG } from '@maru/protocol/core';
import { environmentOn } from '@maru/webrtc';
import { localWorkers } from '../media-server/local-worker.js';
import { MediaServer } from '../media-server/media-server.js';
import type { MediaServerOptions } from '../media-server/options.js';
import { LocalBells } from './local-bells.js';
import { FRAME_MS, SOUND_MS, type TestSource } from './test-camera.js';
import { TestClient, type TestClientOptions } from './test-client.js';
import { VirtualPool, VirtualPorts } from './virtual-pool.js';

const SERVER_ADDRESS = '203.0.113.10';
const PATIENCE_MS = 60_000;

/** A media server and clients on a virtual network: minutes of a meeting in moments, the same way every time. */
export class Hall {
  readonly network: VirtualNetwork;
  readonly serverHost: VirtualHost;
  /** Between its workers. */
  readonly bells = new LocalBells();
  readonly clients: TestClient[] = [];
  readonly hosts = new Map<TestClient, VirtualHost>();
  private readonly playing = new Set<() => void>();
  server!: MediaServer;
  private nextClient = 1;

  private constructor(private readonly seed: number) {
    this.network = new VirtualNetwork({ seed });
    this.serverHost = this.network.addHost('server', { addresses: [SERVER_ADDRESS], up: { delayMs: 5 }, down: { delayMs: 5 } });
  }

  static async open({ seed = 1, ...options }: MediaServerOptions & { readonly seed?: number } = {}): Promise<Hall> {
    const hall = new Hall(seed);
    const ports = new VirtualPorts();
    const { bells } = hall;
    const environment = {
      clock: hall.network.clock,
      log: SILENT_LOG,
      random: new SeededRandom(seed),
      wallNow: () => 1_800_000_000_000 + hall.network.clock.now(),
      stopwatch: () => hall.network.clock.now(),
      openDriver: () => NodeMediaDriver.over(new VirtualPool(hall.serverHost, ports)),
      openBells: () => bells,
    };
    const settings = { addresses: [{ bind: SERVER_ADDRESS }], udpPort: 443, ...options };
    hall.server = await MediaServer.start(settings, localWorkers(environment));
    return hall;
  }

  get now(): number {
    return this.network.clock.now();
  }

  /** A client on a host of its own. */
  client(
    name: string,
    options: TestClientOptions & { readonly link?: Partial<LinkProfile>; readonly zone?: Zone } = {},
  ): TestClient {
    const number = this.nextClient++;
    const link = { delayMs: 10, ...options.link };
    const addresses = [`198.51.${100 + (number >> 8)}.${number & 255}`];
    const host = this.network.addHost(name, { addresses, up: link, down: link, ...(options.zone && { in: options.zone }) });
    const environment = environmentOn(host, { random: new SeededRandom(1_000 * this.seed + number) });
    const client = new TestClient(this.server, name, environment, options);
    this.hosts.set(client, host);
    this.clients.push(client);
    return client;
  }

  /** Somebody who sends to the server whatever they like, from as many ports as they like. */
  stranger(): Stranger {
    const host = this.network.addHost('stranger', { addresses: ['192.0.2.66'], up: { delayMs: 1 }, down: { delayMs: 1 } });
    return new Stranger(host, SERVER_ADDRESS, this.server.ports.udp);
  }

  /** A connected client. */
  async connected(name: string, options: Parameters<Hall['client']>[1] = {}): Promise<TestClient> {
    const client = this.client(name, options);
    await this.until(client.negotiate());
    await this.when(() => client.participant.state === 'connected' && client.pc.connectionState === 'connected');
    return client;
  }

  /** The client's page makes a new connection in place of its own, as after a failure; the participant stays. */
  renewed(client: TestClient): TestClient {
    client.pc.close();
    client.participant.reset();
    const host = this.hosts.get(client)!;
    const environment = environmentOn(host, { random: new SeededRandom(77 + this.nextClient++) });
    const again = new TestClient(client.participant, client.name, environment);
    client.onEvent = (event) => again.take(event);
    this.clients.push(again);
    return again;
  }

  /** The source sends on its own from now on, until the function returned is called. */
  play(source: TestSource): () => void {
    const stepMs = source.kind === 'audio' ? SOUND_MS : FRAME_MS;
    let cancel = (): void => {};
    const step = (): void => {
      source.next();
      cancel = this.network.clock.schedule(this.now + stepMs, step);
    };
    cancel = this.network.clock.schedule(this.now, step);
    const stop = (): void => cancel();
    this.playing.add(stop);
    return stop;
  }

  /** It is gone from one moment to the next, as far as others see. */
  leave(client: TestClient): void {
    client.close();
    const at = this.clients.indexOf(client);
    if (at >= 0) this.clients.splice(at, 1);
  }

  /** Lets time pass. */
  async pass(durationMs: number): Promise<void> {
    await this.network.clock.runAsync(durationMs, turn);
  }

  /** Lets time pass until this holds; fails if it does not within the patience. */
  async when(holds: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    await turn();
    if (holds()) return;
    const isTrue = await this.network.clock.runAsync(patienceMs, turn, holds);
    if (!isTrue && !holds()) throw new Error(`not within ${patienceMs} ms of virtual time`);
  }

  /** Lets time pass until `wanted` settles; its value. */
  async until<Value>(wanted: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    wanted.then(mark, mark);
    await this.when(() => isSettled);
    return wanted;
  }

  async close(): Promise<void> {
    for (const stop of this.playing) stop();
    for (const client of this.clients) client.close();
    await this.server.close();
  }
}

/** An attacker: counts what comes back. */
export class Stranger {
  replies = 0;
  replyBytes = 0;
  private readonly sockets: DatagramSocket[] = [];

  constructor(
    private readonly host: VirtualHost,
    private readonly serverAddress: string,
    private readonly serverPort: number,
  ) {}

  /** Sends from port number `from` of its own. */
  send(bytes: Uint8Array, from = 0): void {
    const socket = (this.sockets[from] ??= this.open());
    socket.send(bytes, socket.pathTo(this.serverAddress, this.serverPort));
    socket.flush();
  }

  private open(): DatagramSocket {
    const socket = this.host.bindDatagram('192.0.2.66');
    socket.receiver = {
      datagram: (bytes) => {
        this.replies += 1;
        this.replyBytes += bytes.length;
      },
      settled: () => {},
    };
    return socket;
  }
}

/** Promises and ticks of Node.js have all run after a few turns of its loop. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
}
