import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
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
    const { address, port } = relay.local;
    server.listen({ host: address, port, exclusive: true, ipv6Only: true, backlog: BACKLOG }, () => {
      if (this.servers.has(relay)) this.owner.opened(relay);
    });
  }

  close(relay: Relay): void {
    this.servers.get(relay)?.close();
    this.servers.delete(relay);
  }

  connect(connection: PeerConnection): void {
    const { address, port } = connection.peer.endpoint;
    // Deviates from RFC 6062 §5.2: the port is another than the relay's, which Linux refuses to a socket beside one that listens.
    const socket = tcpConnect({ host: address, port, localAddress: connection.relay.local.address, noDelay: true });
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

interface Entry {
  readonly socket: Socket;
  isConnected: boolean;
}
