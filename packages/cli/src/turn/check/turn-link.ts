import { isIP } from 'node:net';
import { nodeCrypto, systemRandom } from '@maru/node';
import {
  type CoreContext,
  type DatagramSocket,
  Malformed,
  NEVER,
  type NetworkStack,
  SILENT_LOG,
  type StreamSocket,
  type TlsPeer,
} from '@maru/protocol/core';
import type { IceServerUrl } from '@maru/protocol/ice';
import { decodeStunMessage, StreamFramer, type StunMessage, type TransportAddress } from '@maru/protocol/stun';
import {
  MAX_CHANNEL_DATA_BYTES,
  type TurnClient,
  type TurnData,
  type TurnEvent,
  turnFrameSize,
  turnRelay,
} from '@maru/protocol/turn';

export const context: CoreContext = { random: systemRandom, crypto: nodeCrypto, log: SILENT_LOG };

export interface TurnLinkOptions {
  readonly parsed: IceServerUrl;
  /** The address that the host of the URL has. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
  /** Goes on with a server whose certificate nobody vouches for; {@link TurnLink.tlsPeer} says why. */
  readonly allowUnverified?: boolean;
  /** Sees each STUN message from the server before the client does. */
  readonly onMessage?: (message: StunMessage) => void;
}

export interface Allocation {
  readonly type: 'allocated';
  readonly relayed: TransportAddress;
  /** As the server sees us. */
  readonly mapped: TransportAddress;
}

export interface Failure {
  readonly type: 'failed';
  /** STUN's, or {@link UNREACHABLE}. */
  readonly code: number;
  readonly reason: string;
}

/** What an unanswered request counts as. */
export const UNREACHABLE = 701;
const PERMISSION_MS = 5_000;
const ECHO_MS = 2_000;
/** A packet to our own socket is sent again so often, since the way through the NAT may open only with the first. */
const ECHO_AGAIN_MS = 200;
const PACKET = new TextEncoder().encode('a packet of maru');

/** One TURN client with its socket or stream, and the one timer that it needs. */
export class TurnLink {
  /** The other end of TLS. */
  readonly tlsPeer: TlsPeer | undefined;
  private cancelTimer = (): void => {};
  private settleOutcome: (outcome: Allocation | Failure) => void = () => {};
  private onPermission: (code: number | 'granted') => void = () => {};
  private onData: (data: TurnData) => void = () => {};

  private constructor(
    private readonly client: TurnClient,
    private readonly network: NetworkStack,
    private readonly carrier: {
      readonly tlsPeer?: TlsPeer | undefined;
      transmit(bytes: Uint8Array): void;
      flush(): void;
      close(): void;
    },
    private readonly options: TurnLinkOptions,
  ) {
    this.tlsPeer = carrier.tlsPeer;
  }

  /** Connects. Rejects when that fails; over plain UDP there is nothing to fail. */
  static open(options: TurnLinkOptions, network: NetworkStack): Promise<TurnLink> {
    return options.parsed.transport === 'tcp' ? TurnLink.openStream(options, network) : TurnLink.openDatagram(options, network);
  }

  private static async openStream(options: TurnLinkOptions, network: NetworkStack): Promise<TurnLink> {
    const { parsed, address, allowUnverified = false } = options;
    const tls = parsed.isSecure ? { tls: { serverName: parsed.host, allowUnverified } } : {};
    const stream: StreamSocket = await network.openStream({ address, port: parsed.port, ...tls });
    const carrier = {
      tlsPeer: stream.tlsPeer,
      transmit: (bytes: Uint8Array) => stream.write(bytes),
      flush() {},
      close: () => stream.close(),
    };
    const link: TurnLink = new TurnLink(clientOf(options, 'stream'), network, carrier, options);
    const tap = new StreamFramer(turnFrameSize, MAX_CHANNEL_DATA_BYTES);
    stream.receiver = {
      data(bytes) {
        tap.feed(bytes, (frame) => link.show(frame));
        link.after(() => link.client.receiveStream(network.clock.now(), bytes, (data) => link.onData(data)));
      },
      closed: (error) => {
        const reason = error?.message ?? 'the server closed the connection';
        link.settleOutcome({ type: 'failed', code: UNREACHABLE, reason });
      },
    };
    return link;
  }

  private static async openDatagram(options: TurnLinkOptions, network: NetworkStack): Promise<TurnLink> {
    const { parsed, address, allowUnverified = false } = options;
    const plain = await network.openDatagram({ address: sourceAddressFor(address, network) });
    const path = plain.pathTo(address, parsed.port);
    const { socket, tlsPeer } = parsed.isSecure
      ? await (await import('./over-dtls.js')).openOverDtls(plain, { path, name: parsed.host, allowUnverified }, network, context)
      : { socket: plain };
    const carrier = {
      tlsPeer,
      transmit: (bytes: Uint8Array) => socket.send(bytes, path),
      flush: () => socket.flush(),
      close: () => socket.close(),
    };
    const link: TurnLink = new TurnLink(clientOf(options, 'datagram'), network, carrier, options);
    socket.receiver = {
      datagram(bytes) {
        link.show(bytes);
        const data = link.client.receive(network.clock.now(), bytes);
        if (data) link.onData(data);
      },
      settled: () => link.settle(),
    };
    return link;
  }

  allocate(): Promise<Allocation | Failure> {
    return new Promise((resolve) => {
      this.settleOutcome = resolve;
      this.after(() => this.client.start(this.network.clock.now()));
    });
  }

  /** Asks the server to relay to and from `peer`: granted, or the code of the refusal. */
  permit(peer: TransportAddress): Promise<'granted' | number> {
    return new Promise((resolve) => {
      const { clock } = this.network;
      const giveUp = clock.schedule(clock.now() + PERMISSION_MS, () => resolve(UNREACHABLE));
      this.onPermission = (code) => {
        giveUp();
        resolve(code);
      };
      this.after(() => this.client.permit(clock.now(), peer, false));
    });
  }

  /** Milliseconds for a packet from `socket` through the relay to us, and back the same way; undefined if none came. */
  echo(socket: DatagramSocket, { relayed }: Allocation): Promise<number | undefined> {
    const path = socket.pathTo(relayed.address, relayed.port);
    this.onData = ({ peer, bytes }) => this.send(bytes, peer);
    return this.roundTrip((done) => {
      socket.receiver = { datagram: done, settled() {} };
      return () => {
        socket.send(PACKET, path);
        socket.flush();
      };
    });
  }

  /** The same, from another allocation of the same server to this one: for servers that reach us only over themselves. */
  echoBetween(other: TurnLink, here: Allocation, there: Allocation): Promise<number | undefined> {
    this.onData = ({ bytes }) => this.send(bytes, there.relayed);
    return this.roundTrip((done) => {
      other.onData = done;
      return () => other.send(PACKET, here.relayed);
    });
  }

  close(): void {
    this.after(() => this.client.close(this.network.clock.now()));
    this.cancelTimer();
    this.carrier.close();
  }

  /** Has a packet sent again and again until `done` is called or it is too late. */
  private roundTrip(prepare: (done: () => void) => () => void): Promise<number | undefined> {
    const { clock } = this.network;
    const giveUpAt = clock.now() + ECHO_MS;
    return new Promise((resolve) => {
      let sentAt = 0;
      let again = (): void => {};
      const done = (rttMs: number | undefined): void => {
        again();
        this.onData = () => {};
        resolve(rttMs);
      };
      const send = prepare(() => done(clock.now() - sentAt));
      const sendOnce = (): void => {
        if (clock.now() > giveUpAt) return done(undefined);
        sentAt = clock.now();
        again = clock.schedule(sentAt + ECHO_AGAIN_MS, sendOnce);
        send();
      };
      sendOnce();
    });
  }

  private send(bytes: Uint8Array, { address, port }: TransportAddress): void {
    this.client.send(bytes, this.client.peerOf(address, port), this.carrier);
    this.carrier.flush();
  }

  private show(bytes: Uint8Array): void {
    const { onMessage } = this.options;
    const message = onMessage && decodeStunMessage(bytes);
    if (message && !(message instanceof Malformed)) onMessage(message);
  }

  /** Lets `input` reach the client, then carries out what follows. */
  private after(input: () => void): void {
    input();
    this.settle();
  }

  private settle(): void {
    this.client.drain({ transmit: (bytes) => this.carrier.transmit(bytes), event: (event) => this.onEvent(event) });
    this.carrier.flush();
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
      case 'try-alternate': {
        const reason = `the server sends us on to ${event.address} port ${event.port}; name that one`;
        return this.settleOutcome({ type: 'failed', code: 300, reason });
      }
      case 'peer-permitted':
        return this.onPermission('granted');
      case 'peer-refused':
        return this.onPermission(event.code);
    }
  }
}

function clientOf({ username, password, address }: TurnLinkOptions, transport: 'datagram' | 'stream'): TurnClient {
  return turnRelay({ username, password, transport, families: address.includes(':') ? 'ipv6' : 'ipv4' }, context);
}

/** The address from which this machine would send to `remote`; it matters, for only it can be compared with the mapped one. */
export function sourceAddressFor(remote: string, network: NetworkStack): string {
  const family = isIP(remote) === 6 ? 'ipv6' : 'ipv4';
  const wantsLoopback = remote === '::1' || remote.startsWith('127.');
  const own = network.hostAddresses().find((candidate) => candidate.family === family && candidate.isLoopback === wantsLoopback);
  return own?.address ?? (family === 'ipv6' ? '::' : '0.0.0.0');
}
