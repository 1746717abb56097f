import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions, type Server as TlsServer } from 'node:tls';
import { TURN_ALPN } from './turn-alpn.js';

/** A TLS handshake that takes longer is nobody's (S-14). */
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Connections beyond this are not accepted: each is a descriptor. */
const MAX_CONNECTIONS = 20_000;

/** A TCP port at which clients arrive, with TLS or without. */
export class StreamPort {
  private constructor(
    private readonly server: Server,
    readonly address: string,
  ) {}

  /** Listens. `accept` gets each connection, over TLS when its handshake is through. Rejects with the system's error. */
  static open(
    address: string,
    port: number,
    tls: SecureContextOptions | undefined,
    accept: (socket: Socket) => void,
  ): Promise<StreamPort> {
    const server = tls ? tlsServer(tls, accept) : createTcpServer({ noDelay: true }, accept);
    server.maxConnections = MAX_CONNECTIONS;
    return new Promise((opened, failed) => {
      server.once('error', failed);
      server.listen({ host: address, port, ipv6Only: true, exclusive: true, backlog: 1_024 }, () => {
        server.removeListener('error', failed);
        server.on('error', () => {}); // out of descriptors: this one is not accepted, the next may be
        opened(new StreamPort(server, address));
      });
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** New connections get this certificate from now on. */
  setCertificate(tls: SecureContextOptions): void {
    if ('setSecureContext' in this.server) (this.server as TlsServer).setSecureContext(tls);
  }

  /** Accepts nobody any more; connections that are there stay. */
  close(): void {
    this.server.close();
  }
}

function tlsServer(tls: SecureContextOptions, accept: (socket: Socket) => void): TlsServer {
  const server = createTlsServer({
    ...tls,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    // a client that names protocols means one of ours; the first it names that is one
    ALPNCallback: ({ protocols }) => protocols.find((protocol) => TURN_ALPN.includes(protocol)),
  });
  server.on('secureConnection', (socket) => {
    socket.setNoDelay(true);
    accept(socket);
  });
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return server;
}
