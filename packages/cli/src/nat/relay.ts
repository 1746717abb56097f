import { type DatagramSocket, NEVER, type NetworkStack, type StreamSocket } from '@maru/protocol/core';
import type { IceServerUrl } from '@maru/protocol/ice';
import { type TurnClient, type TurnData, type TurnEvent, turnRelay } from '@maru/protocol/turn';
import { context, type Progress, sourceAddressFor, streamFailure } from './probe.js';
import type { ServerReport } from './report.js';

interface RelayToProbe {
  readonly url: string;
  readonly username?: string;
  readonly credential?: string;
  readonly parsed: IceServerUrl;
  readonly address: string;
}

type Endpoint = { readonly address: string; readonly port: number };
type Allocation = { readonly type: 'allocated'; readonly relayed: Endpoint; readonly mapped: Endpoint };
type Outcome = Allocation | { readonly type: 'failed'; readonly code: number; readonly reason: string };

const NOTHING = { rttMs: undefined, mapped: undefined, relayed: undefined, relayRttMs: undefined, behaviour: undefined } as const;
const ECHO_MS = 2_000;
/** A packet to our own socket is sent again so often, since the way through the NAT may open only with the first. */
const ECHO_AGAIN_MS = 200;
const UNREACHABLE = 701;

/** Allocates an address at a TURN server and sends a packet through it and back. Never rejects. */
export async function probeRelay(server: RelayToProbe, progress: Progress, network: NetworkStack): Promise<ServerReport> {
  const { url, parsed, address, username, credential } = server;
  if (!username || !credential) {
    return { ...NOTHING, url, outcome: 'credentials-missing', detail: 'a TURN server wants --username and --credential' };
  }
  if (parsed.isSecure && parsed.transport === 'udp') {
    return {
      ...NOTHING,
      url,
      outcome: 'unusable-url',
      detail: 'TURN over DTLS is not probed; browsers do not use it. Ask for turns:…?transport=tcp',
    };
  }
  progress(`${url}: connecting over ${parsed.isSecure ? 'TLS' : parsed.transport.toUpperCase()}`);
  const startedAt = network.clock.now();
  let link: TurnLink;
  try {
    link = await TurnLink.open(server, { username, password: credential }, network);
  } catch (error) {
    return { ...NOTHING, url, ...streamFailure(error) };
  }
  progress(`${url}: allocating`);
  const outcome = await link.allocate();
  const rttMs = network.clock.now() - startedAt;
  if (outcome.type === 'failed') {
    link.close();
    return { ...NOTHING, url, ...explain(outcome, address, parsed.port) };
  }
  progress(`${url}: sending a packet through the relay and back`);
  const { relayed, mapped } = outcome;
  const relayRttMs = await link.echo(outcome);
  link.close();
  const through =
    relayRttMs === undefined ? 'no packet came through it' : `a packet went through it and back in ${relayRttMs.toFixed(1)} ms`;
  return {
    ...NOTHING,
    url,
    outcome: 'ok',
    rttMs,
    mapped,
    relayed,
    relayRttMs,
    detail: `relays at ${relayed.address} port ${relayed.port}; ${through}`,
  };
}

/** What the person can do about each refusal. */
function explain(
  { code, reason }: Extract<Outcome, { type: 'failed' }>,
  address: string,
  port: number,
): Pick<ServerReport, 'outcome' | 'detail'> {
  switch (code) {
    case UNREACHABLE:
      return {
        outcome: 'no-answer',
        detail: `no answer from ${address} port ${port}: ${reason}; the server is down, or the way to it is blocked`,
      };
    case 401:
      return { outcome: 'refused', detail: 'refused (401): username or credential are wrong or have expired' };
    case 486:
      return {
        outcome: 'refused',
        detail: 'refused (486): the quota of this user is used up; try again later or raise it at the server',
      };
    case 508:
      return { outcome: 'refused', detail: 'refused (508): the server has no relay port left' };
    default:
      return { outcome: 'refused', detail: `refused (${code}): ${reason}` };
  }
}

/** One TURN client with its socket or stream, and the one timer that it needs. */
class TurnLink {
  private cancelTimer = (): void => {};
  private settleOutcome: (outcome: Outcome) => void = () => {};
  private onPermission: (granted: boolean) => void = () => {};
  private onData: (data: TurnData) => void = () => {};

  private constructor(
    private readonly client: TurnClient,
    private readonly network: NetworkStack,
    private readonly transmitTo: (bytes: Uint8Array) => void,
    private readonly flush: () => void,
    private readonly closeLink: () => void,
    private readonly serverAddress: string,
  ) {}

  static async open(
    { parsed, address }: RelayToProbe,
    credentials: { username: string; password: string },
    network: NetworkStack,
  ): Promise<TurnLink> {
    const client = (transport: 'datagram' | 'stream') =>
      turnRelay({ ...credentials, transport, families: address.includes(':') ? 'ipv6' : 'ipv4' }, context);
    if (parsed.transport === 'tcp') {
      const tls = parsed.isSecure ? { tls: { serverName: parsed.host } } : {};
      const stream: StreamSocket = await network.openStream({ address, port: parsed.port, ...tls });
      const link = new TurnLink(
        client('stream'),
        network,
        (bytes) => stream.write(bytes),
        () => {},
        () => stream.close(),
        address,
      );
      stream.receiver = {
        data: (bytes) => link.after(() => link.client.receiveStream(network.clock.now(), bytes, (data) => link.onData(data))),
        closed: (error) =>
          link.settleOutcome({ type: 'failed', code: UNREACHABLE, reason: error?.message ?? 'the server closed the connection' }),
      };
      return link;
    }
    const socket = await network.openDatagram({ address: sourceAddressFor(address, network) });
    const path = socket.pathTo(address, parsed.port);
    const link = new TurnLink(
      client('datagram'),
      network,
      (bytes) => socket.send(bytes, path),
      () => socket.flush(),
      () => socket.close(),
      address,
    );
    socket.receiver = {
      datagram(bytes) {
        const data = link.client.receive(network.clock.now(), bytes);
        if (data) link.onData(data);
      },
      settled: () => link.settle(),
    };
    return link;
  }

  allocate(): Promise<Outcome> {
    return new Promise((resolve) => {
      this.settleOutcome = resolve;
      this.after(() => this.client.start(this.network.clock.now()));
    });
  }

  /** Milliseconds for a packet from a socket of ours through the relay to us, and back the same way; undefined if none came. */
  async echo({ relayed, mapped }: Allocation): Promise<number | undefined> {
    const socket = await this.network.openDatagram({ address: sourceAddressFor(this.serverAddress, this.network) });
    const isPermitted = await this.permit({ address: mapped.address, port: socket.localPort });
    const rttMs = isPermitted ? await this.bounce(socket, relayed) : undefined;
    socket.close();
    return rttMs;
  }

  close(): void {
    this.after(() => this.client.close(this.network.clock.now()));
    this.cancelTimer();
    this.closeLink();
  }

  private permit(peer: Endpoint): Promise<boolean> {
    return new Promise((resolve) => {
      const giveUp = this.network.clock.schedule(this.network.clock.now() + ECHO_MS, () => resolve(false));
      this.onPermission = (granted) => {
        giveUp();
        resolve(granted);
      };
      this.after(() => this.client.permit(this.network.clock.now(), peer, false));
    });
  }

  private bounce(socket: DatagramSocket, relayed: Endpoint): Promise<number | undefined> {
    const { clock } = this.network;
    const path = socket.pathTo(relayed.address, relayed.port);
    const giveUpAt = clock.now() + ECHO_MS;
    return new Promise((resolve) => {
      let sentAt = 0;
      let again = (): void => {};
      const done = (rttMs: number | undefined): void => {
        again();
        this.onData = () => {};
        resolve(rttMs);
      };
      const sendOnce = (): void => {
        if (clock.now() > giveUpAt) return done(undefined);
        sentAt = clock.now();
        socket.send(new TextEncoder().encode('maru nat'), path);
        socket.flush();
        again = clock.schedule(sentAt + ECHO_AGAIN_MS, sendOnce);
      };
      this.onData = ({ peer, bytes }) =>
        this.client.send(bytes, this.client.peerOf(peer.address, peer.port), { transmit: this.transmitTo });
      socket.receiver = { datagram: () => done(clock.now() - sentAt), settled() {} };
      sendOnce();
    });
  }

  /** Lets `input` reach the client, then carries out what follows. */
  private after(input: () => void): void {
    input();
    this.settle();
  }

  private settle(): void {
    this.client.drain({ transmit: this.transmitTo, event: (event) => this.onEvent(event) });
    this.flush();
    this.cancelTimer();
    const { deadline } = this.client;
    if (deadline === NEVER) return;
    this.cancelTimer = this.network.clock.schedule(deadline, () =>
      this.after(() => this.client.advance(this.network.clock.now())),
    );
  }

  private onEvent(event: TurnEvent): void {
    switch (event.type) {
      case 'allocated':
        return this.settleOutcome({
          type: 'allocated',
          relayed: { address: event.relayedAddress, port: event.relayedPort },
          mapped: { address: event.mappedAddress, port: event.mappedPort },
        });
      case 'failed':
        return this.settleOutcome(event);
      case 'try-alternate':
        return this.settleOutcome({
          type: 'failed',
          code: 300,
          reason: `the server sends us on to ${event.address} port ${event.port}; name that one`,
        });
      case 'peer-permitted':
        return this.onPermission(true);
      case 'peer-refused':
        return this.onPermission(false);
    }
  }
}
