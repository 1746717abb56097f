import type { VirtualHost } from '@maru/netsim';
import { nodeCrypto } from '@maru/node';
import {
  type DatagramReceiver,
  type DatagramSocket,
  type Instant,
  NEVER,
  type Path,
  SeededRandom,
  SILENT_LOG,
  type StreamSocket,
} from '../../core/index.js';
import { IceAgent, type IceEvent, type IceNotice, type IceOptions, type IceOutputs } from '../index.js';

/** Runs an agent on a virtual host, and remembers what it said. Datagrams and names are synchronous; streams need `runAsync`. */
export class AgentDriver implements IceOutputs, DatagramReceiver {
  readonly agent: IceAgent;
  readonly notices: { readonly at: Instant; readonly notice: IceNotice }[] = [];
  /** Application data received, as text. */
  readonly received: string[] = [];
  readonly sent: { readonly at: Instant; readonly path: Path; readonly bytes: number }[] = [];
  /** Called for each notice, for trickling. */
  onNotice: (notice: IceNotice) => void = () => {};
  /** While true, nothing leaves. */
  isMuted = false;
  /** Paths that nothing goes out on, for tests that break one way and not another. */
  isBlocked: (path: Path) => boolean = () => false;
  /** What names resolve to; undefined leaves the question open. */
  resolve: (name: string) => readonly string[] | undefined = () => [];
  private readonly sockets: DatagramSocket[] = [];
  private readonly streams: StreamSocket[] = [];
  private readonly listeners = new Map<number, { close(): void }>();
  private cancelTimer: (() => void) | undefined;
  private armedFor = NEVER;

  constructor(
    readonly host: VirtualHost,
    options: IceOptions,
    seed: number,
  ) {
    this.agent = new IceAgent(options, { random: new SeededRandom(seed), crypto: nodeCrypto, log: SILENT_LOG });
  }

  get now(): Instant {
    return this.host.clock.now();
  }

  /** Does something with the agent, and then what every input ends with. */
  do<T>(action: (agent: IceAgent, now: Instant) => T): T {
    const result = action(this.agent, this.now);
    this.settled();
    return result;
  }

  gather(): void {
    this.do((agent, now) => agent.gather(now, this.host.hostAddresses()));
  }

  send(text: string): boolean {
    return this.do((agent, now) => agent.send(now, new TextEncoder().encode(text), this));
  }

  noticesOf<T extends IceNotice['type']>(type: T): Extract<IceNotice, { type: T }>[] {
    return this.notices
      .map(({ notice }) => notice)
      .filter((notice): notice is Extract<IceNotice, { type: T }> => notice.type === type);
  }

  get states(): string[] {
    return this.noticesOf('state-changed').map(({ state }) => state);
  }

  // --- outputs ---

  transmit(bytes: Uint8Array, path: Path, socket: DatagramSocket): void {
    if (this.isMuted || this.isBlocked(path)) return;
    this.sent.push({ at: this.now, path, bytes: bytes.length });
    socket.send(bytes, path);
  }

  write(bytes: Uint8Array, stream: StreamSocket): void {
    if (!this.isMuted) stream.write(bytes);
  }

  data(bytes: Uint8Array): void {
    this.received.push(new TextDecoder().decode(bytes));
  }

  event(event: IceEvent): void {
    switch (event.type) {
      case 'open-udp':
        return this.open(event.request, event.address);
      case 'listen-tcp':
        return this.listen(event.request, event.address);
      case 'connect-tcp':
        return this.connect(event);
      case 'resolve-host': {
        const addresses = this.resolve(event.name);
        if (addresses) this.agent.hostResolved(this.now, event.request, addresses);
        return;
      }
      case 'register-mdns':
        return this.agent.mdnsRegistered(this.now, event.request, `${event.address.replaceAll(/[.:]/g, '-')}.local`);
      case 'open-dtls':
        return this.agent.requestFailed(this.now, event.request, 'no DTLS here');
      case 'close-datagram':
        return event.socket.close();
      case 'close-stream':
        return event.stream.close();
      case 'close-listener':
        return this.listeners.get(event.request)?.close();
      default:
        this.notices.push({ at: this.now, notice: event });
        this.onNotice(event);
    }
  }

  // --- sockets ---

  datagram(bytes: Uint8Array, path: Path): void {
    const payload = this.agent.receive(this.now, bytes, path);
    if (payload) this.data(payload);
  }

  settled(): void {
    this.agent.drain(this);
    for (const socket of this.sockets) socket.flush();
    const { deadline } = this.agent;
    if (deadline === this.armedFor) return;
    this.cancelTimer?.();
    this.armedFor = deadline;
    this.cancelTimer = deadline === NEVER ? undefined : this.host.clock.schedule(deadline, this.onTimer);
  }

  private open(request: number, address: string): void {
    const socket = this.host.bindDatagram(address);
    socket.receiver = this;
    this.sockets.push(socket);
    this.agent.datagramOpened(this.now, request, socket);
  }

  private listen(request: number, address: string): void {
    this.host
      .listenStream({ address }, (stream) => {
        this.attach(stream);
        this.do((agent, now) => agent.streamAccepted(now, request, stream));
      })
      .then((listener) => {
        this.listeners.set(request, listener);
        this.do((agent, now) => agent.listenerOpened(now, request, listener.localPort));
      });
  }

  private connect(event: IceEvent & { type: 'connect-tcp' }): void {
    const { request, address, port, localAddress } = event;
    this.host.openStream({ address, port, ...(localAddress === undefined ? {} : { localAddress }) }).then(
      (stream) => {
        this.attach(stream);
        this.do((agent, now) => agent.streamOpened(now, request, stream));
      },
      (error: Error) => this.do((agent, now) => agent.requestFailed(now, request, error.message)),
    );
  }

  private attach(stream: StreamSocket): void {
    this.streams.push(stream);
    stream.receiver = {
      data: (bytes) => this.do((agent, now) => agent.receiveStream(now, bytes, stream)),
      closed: () => this.do((agent, now) => agent.streamClosed(now, stream)),
    };
  }

  private readonly onTimer = (): void => {
    this.armedFor = NEVER;
    this.do((agent, now) => agent.advance(now));
  };
}

/** Carries descriptions and candidates between two agents, as signalling would, each message `delayMs` later. */
export function signal(a: AgentDriver, b: AgentDriver, delayMs = 0): void {
  trickle(a, b, delayMs);
  trickle(b, a, delayMs);
  exchangeCredentials(a, b, delayMs);
  a.gather();
  b.gather();
}

export function exchangeCredentials(a: AgentDriver, b: AgentDriver, delayMs = 0): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const credentials = from.agent.localCredentials;
    to.host.clock.schedule(to.now + delayMs, () => to.do((agent, now) => agent.setRemote(now, credentials)));
  }
}

/** Sends the candidates of `from` to `to` as they come. */
export function trickle(from: AgentDriver, to: AgentDriver, delayMs = 0): void {
  from.onNotice = (notice) => {
    const at = to.now + delayMs;
    if (notice.type === 'candidate')
      to.host.clock.schedule(at, () => to.do((agent, now) => agent.addRemoteCandidate(now, notice.candidate)));
    if (notice.type === 'gathering-state-changed' && notice.state === 'complete')
      to.host.clock.schedule(at, () => to.do((agent, now) => agent.endOfRemoteCandidates(now)));
  };
}
