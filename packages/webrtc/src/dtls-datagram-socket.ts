import {
  type Clock,
  type CoreContext,
  type DatagramReceiver,
  type DatagramSocket,
  type Instant,
  NEVER,
  type Path,
} from '@maru/protocol/core';
import { DtlsConnection, type DtlsEvent, type DtlsOutputs, type LocalCertificate } from '@maru/protocol/dtls';

export interface DtlsSocketOptions {
  readonly clock: Clock;
  readonly context: CoreContext;
  /** Shown if the server asks, which TURN servers do not. */
  readonly certificate: LocalCertificate;
  /** Whether the server is who it should be. */
  isTrusted(chain: readonly Uint8Array[]): boolean;
  /** How long the server may take to shake hands; absent: as long as a peer may. */
  readonly handshakeTimeoutMs?: number;
}

/** A UDP socket to one server with DTLS over it, used like any other: for TURN over DTLS (RFC 7350). */
export class DtlsDatagramSocket implements DatagramSocket, DatagramReceiver, DtlsOutputs {
  receiver: DatagramReceiver | undefined;
  private readonly connection: DtlsConnection;
  private cancelTimer: (() => void) | undefined;
  private armedFor: Instant = NEVER;
  private isClosed = false;

  private constructor(
    private readonly socket: DatagramSocket,
    private readonly server: Path,
    private readonly options: DtlsSocketOptions,
    private readonly onHandshake: (error: Error | undefined) => void,
  ) {
    const { certificate, context, clock, handshakeTimeoutMs } = options;
    const timeout = handshakeTimeoutMs === undefined ? {} : { handshakeTimeoutMs };
    this.connection = new DtlsConnection({ certificate, path: server, srtpProfiles: [], ...timeout }, context);
    socket.receiver = this;
    this.connection.start(clock.now(), 'client');
    this.settle();
  }

  /** Shakes hands with the server at the other end of `server`; rejects, with `socket` closed, when that fails. */
  static open(socket: DatagramSocket, server: Path, options: DtlsSocketOptions): Promise<DatagramSocket> {
    return new Promise((opened, failed) => {
      const secured: DtlsDatagramSocket = new DtlsDatagramSocket(socket, server, options, (error) => {
        if (!error) return opened(secured);
        socket.close();
        failed(error);
      });
    });
  }

  get localAddress(): string {
    return this.socket.localAddress;
  }

  get localPort(): number {
    return this.socket.localPort;
  }

  pathTo(remoteAddress: string, remotePort: number): Path {
    return this.socket.pathTo(remoteAddress, remotePort);
  }

  /** Whatever `path` says, it goes to the server: nobody else is at the other end. */
  send(bytes: Uint8Array, _path: Path): void {
    this.connection.send(bytes);
    this.settle();
  }

  flush(): void {
    this.socket.flush();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.connection.close(this.options.clock.now());
    this.connection.drain(this);
    this.socket.flush();
    this.cancelTimer?.();
    this.socket.close();
  }

  // From the network.

  datagram(bytes: Uint8Array, path: Path): void {
    if (path === this.server) this.connection.receive(this.options.clock.now(), bytes, path);
  }

  settled(): void {
    this.settle();
    this.receiver?.settled();
  }

  // From DTLS.

  transmit(bytes: Uint8Array): void {
    this.socket.send(bytes, this.server);
  }

  data(bytes: Uint8Array): void {
    this.receiver?.datagram(bytes, this.server);
  }

  event(event: DtlsEvent): void {
    if (event.type === 'peer-certificate') {
      const isTrusted = this.options.isTrusted(event.chain.map(({ der }) => der));
      this.connection.judgePeer(this.options.clock.now(), isTrusted ? 'accept' : 'reject');
    }
    if (event.type === 'connected') this.onHandshake(undefined);
    if (event.type === 'failed') this.onHandshake(new Error(event.failure.message));
    if (event.type === 'closed' && event.by === 'peer') this.onHandshake(new Error('the server closed the connection'));
  }

  private settle(): void {
    this.connection.drain(this);
    this.socket.flush();
    if (this.isClosed) return;
    const { deadline } = this.connection;
    if (deadline === this.armedFor) return;
    this.cancelTimer?.();
    this.armedFor = deadline;
    this.cancelTimer = deadline === NEVER ? undefined : this.options.clock.schedule(deadline, this.onTimer);
  }

  private readonly onTimer = (): void => {
    this.armedFor = NEVER;
    this.connection.advance(this.options.clock.now());
    this.settle();
    this.receiver?.settled();
  };
}
