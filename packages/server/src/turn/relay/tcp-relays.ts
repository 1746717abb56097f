import { createServer, type Server, Socket } from 'node:net';
import { BindError, bindSharedStream } from '@maru/node';
import { IpEndpoint, type PeerConnection, type Relay } from '@maru/protocol/turn/server';

/** How long a peer may take to accept (RFC 6062 §5.2: 447 then). */
const CONNECT_TIMEOUT_MS = 30_000;
/** Peers that wait for their client to take them up, at one relay. */
const BACKLOG = 64;

/** What happens at relays of TCP. */
export interface TcpRelayOwner {
  opened(relay: Relay): void;
  failed(relay: Relay): void;
  /** A peer connected: what the server made of it; undefined: it is not welcome. */
  accepted(relay: Relay, remote: IpEndpoint): PeerConnection | undefined;
  connected(connection: PeerConnection): void;
  connectFailed(connection: PeerConnection): void;
  closed(connection: PeerConnection): void;
}

/** Relayed addresses of TCP (RFC 6062): they listen, and connections to peers come from them. */
export class TcpRelays {
  private readonly servers = new Map<Relay, Server>();
  private readonly entries = new Map<PeerConnection, Entry>();

  constructor(private readonly owner: TcpRelayOwner) {}

  open(relay: Relay): void {
    const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.onPeer(relay, socket));
    this.servers.set(relay, server);
    server.on('error', () => {
      if (!server.listening && this.servers.delete(relay)) this.owner.failed(relay);
    });
    const listening = (): void => {
      if (this.servers.has(relay)) this.owner.opened(relay);
    };
    const { address, port } = relay.local;
    try {
      const fd = bindSharedStream(address, port);
      if (fd !== undefined) server.listen({ fd, backlog: BACKLOG }, listening);
      else server.listen({ host: address, port, exclusive: true, ipv6Only: true, backlog: BACKLOG }, listening);
    } catch (error) {
      if (!(error instanceof BindError)) throw error;
      this.servers.delete(relay);
      this.owner.failed(relay);
    }
  }

  close(relay: Relay): void {
    this.servers.get(relay)?.close();
    this.servers.delete(relay);
  }

  connect(connection: PeerConnection): void {
    const { address, port } = connection.peer.endpoint;
    const socket = connectingFrom(connection.relay, address, port);
    if (!socket) return this.owner.connectFailed(connection);
    const timer = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS);
    const entry = this.keep(connection, socket, false);
    socket.once('connect', () => {
      clearTimeout(timer);
      entry.isConnected = true;
      socket.pause();
      if (this.entries.get(connection) === entry) this.owner.connected(connection);
    });
    socket.once('close', () => clearTimeout(timer));
  }

  /** The socket of a connection, paused until it is spliced. */
  socketOf(connection: PeerConnection): Socket | undefined {
    return this.entries.get(connection)?.socket;
  }

  closePeer(connection: PeerConnection): void {
    const entry = this.entries.get(connection);
    this.entries.delete(connection);
    if (entry?.isConnected) entry.socket.destroySoon();
    else entry?.socket.destroy();
  }

  end(): void {
    for (const relay of [...this.servers.keys()]) this.close(relay);
    for (const connection of [...this.entries.keys()]) this.closePeer(connection);
  }

  private onPeer(relay: Relay, socket: Socket): void {
    const remote = IpEndpoint.of(socket.remoteAddress ?? '', socket.remotePort ?? 0);
    const connection = remote && this.owner.accepted(relay, remote);
    if (connection) this.keep(connection, socket, true);
    else socket.destroy();
  }

  private keep(connection: PeerConnection, socket: Socket, isConnected: boolean): Entry {
    const entry = { socket, isConnected };
    this.entries.set(connection, entry);
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      if (this.entries.get(connection) !== entry) return;
      this.entries.delete(connection);
      if (entry.isConnected) this.owner.closed(connection);
      else this.owner.connectFailed(connection);
    });
    return entry;
  }
}

/**
 * A connection from the relayed address and port (RFC 6062 §5.2). Without @maru/native from that address and another port:
 * Linux refuses the same one to a socket beside one that listens, unless both ask to share it.
 */
function connectingFrom({ local }: Relay, host: string, port: number): Socket | undefined {
  try {
    const fd = bindSharedStream(local.address, local.port);
    const socket = fd === undefined ? new Socket() : new Socket({ fd });
    return socket.setNoDelay(true).connect({ host, port, ...(fd === undefined && { localAddress: local.address }) });
  } catch (error) {
    if (error instanceof BindError) return undefined;
    throw error;
  }
}

interface Entry {
  readonly socket: Socket;
  isConnected: boolean;
}
