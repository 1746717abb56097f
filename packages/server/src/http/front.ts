import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { TURN_ALPN } from '../turn/transports/turn-alpn.js';

/** How long a client may take for what, and how much it may send (S-86, S-87). */
export interface HttpLimits {
  readonly firstByteMs: number;
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  readonly headerBytes: number;
  readonly headers: number;
  readonly connections: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  firstByteMs: 10_000,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 5_000,
  headerBytes: 16 * 1024,
  headers: 100,
  connections: 60_000,
};

export interface FrontHandlers {
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** A client that speaks STUN, over TLS or not; absent: such are sent away. The socket is paused, nothing of it read. */
  turn?(socket: Socket, transport: 'tcp' | 'tls'): void;
  /** A client whose media comes over TCP (RFC 6544); absent: such are sent away. The socket is paused, nothing of it read. */
  media?(socket: Socket): void;
}

/** While closing, how often connections that became idle are looked for. */
const IDLE_CHECK_MS = 20;

const HTTP_ALPN = 'http/1.1';

/** First byte of a TLS record that carries a handshake (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;

/** The first byte of a STUN message; no request of HTTP begins so (RFC 7983 §7). */
const isStun = (first: Buffer): boolean => first[0]! <= 3;

/** STUN in the framing of ICE over TCP (RFC 4571 §2, RFC 6544 §10.1): a length stands before it, so its magic cookie comes two bytes later. */
const isIceTcp = (first: Buffer): boolean => first.length >= 10 && isStun(first) && first.readUInt32BE(6) === 0x2112_a442;

/** One TCP port for HTTP, HTTPS and TURN over both: the first byte of a connection says which it is, over TLS after ALPN. */
export class Front {
  private readonly listener: Server;
  private readonly http: HttpServer;
  private readonly https: HttpsServer;
  private readonly sockets = new Set<Socket>();

  constructor(
    tls: SecureContextOptions,
    private readonly limits: HttpLimits,
    private readonly handlers: FrontHandlers,
  ) {
    const options = {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: limits.headerBytes,
      connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
    };
    this.http = createHttpServer(options, handlers.request);
    this.https = createHttpsServer(
      { ...options, ...tls, minVersion: 'TLSv1.2', ALPNCallback: this.chooseProtocol, handshakeTimeout: limits.headersMs },
      handlers.request,
    );
    const [serveHttps] = this.https.listeners('secureConnection') as ((socket: TLSSocket) => void)[]; // what node:https does with one
    this.https.removeAllListeners('secureConnection');
    this.https.on('secureConnection', (socket) => this.sortSecure(socket, () => serveHttps?.call(this.https, socket)));
    for (const server of [this.http, this.https]) {
      server.maxHeadersCount = limits.headers;
      server.on('upgrade', handlers.upgrade);
      server.on('clientError', refuseNonsense);
      server.emit('listening'); // starts their watch over slow clients; the sockets come from the listener below
    }
    this.https.on('tlsClientError', (_, socket) => socket.destroy());
    this.listener = createServer({ allowHalfOpen: true, noDelay: true }, this.sort);
    this.listener.maxConnections = limits.connections;
  }

  /** Opens the port. Rejects with the system's error when it cannot. */
  listen(port: number, host: string | undefined): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.listener.once('error', reject);
      this.listener.listen({ port, ...(host !== undefined && { host }), backlog: 1_024 }, () => {
        this.listener.removeListener('error', reject);
        this.listener.on('error', () => {}); // out of descriptors: this one is not accepted, the next may be
        resolve(this.listener.address() as AddressInfo);
      });
    });
  }

  /** New connections get this certificate from now on. */
  setCertificate(tls: SecureContextOptions): void {
    this.https.setSecureContext(tls);
  }

  /** Open connections of every kind. */
  get size(): number {
    return this.sockets.size;
  }

  /** Accepts nobody any more, lets requests that are being answered end within `patienceMs`, and closes the port. */
  async close(patienceMs: number): Promise<void> {
    const gone = new Promise<void>((resolve) => this.listener.close(() => resolve()));
    this.closeIdle();
    const idle = setInterval(() => this.closeIdle(), IDLE_CHECK_MS);
    const patience = setTimeout(() => this.destroyAll(), patienceMs);
    await gone;
    clearInterval(idle);
    clearTimeout(patience);
    this.http.close();
    this.https.close();
  }

  /** Connections that are kept for a next request. */
  private closeIdle(): void {
    this.http.closeIdleConnections();
    this.https.closeIdleConnections();
  }

  private destroyAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private readonly sort = (socket: Socket): void => {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', destroyOnError);
    this.peek(socket, (first) => {
      if (first[0] === TLS_HANDSHAKE) {
        socket.allowHalfOpen = false; // TLS ends both ways at once, or the descriptor would stay
        this.https.emit('connection', socket);
      } else if (this.handlers.media && isIceTcp(first)) {
        socket.allowHalfOpen = false;
        this.handlers.media(socket);
      } else if (this.handlers.turn && isStun(first)) {
        socket.allowHalfOpen = false;
        this.handlers.turn(socket, 'tcp');
      } else {
        this.http.emit('connection', socket);
        process.nextTick(resume, socket);
      }
    });
  };

  /** A client that names no protocol is one of a browser's for TURN, or an old one for HTTP: its first byte tells. */
  private sortSecure(socket: TLSSocket, serveHttps: () => void): void {
    const { turn } = this.handlers;
    if (!turn || socket.alpnProtocol === HTTP_ALPN) return serveHttps();
    if (socket.alpnProtocol) return turn(socket.pause(), 'tls');
    this.peek(socket, (first) => {
      if (isStun(first)) return turn(socket, 'tls');
      serveHttps();
      process.nextTick(resume, socket);
    });
  }

  private readonly chooseProtocol = ({ protocols }: { readonly protocols: readonly string[] }): string | undefined =>
    protocols.find((protocol) => protocol === HTTP_ALPN || (this.handlers.turn && TURN_ALPN.includes(protocol)));

  /** Waits for the first bytes of a connection and leaves them in it, paused. Who says nothing in time is sent away. */
  private peek(socket: Socket, then: (first: Buffer) => void): void {
    socket.setTimeout(this.limits.firstByteMs, () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      socket.pause();
      socket.unshift(first);
      then(first);
    });
  }
}

const resume = (socket: Socket): void => {
  if (!socket.destroyed) socket.resume();
};

function destroyOnError(this: Socket): void {
  this.destroy();
}

/** Bytes that are no HTTP, or too many of them: a short answer, and the end. */
function refuseNonsense(error: Error & { code?: string }, socket: Duplex): void {
  if (socket.destroyed || !socket.writable) return;
  const status = STATUS_BY_ERROR[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

const STATUS_BY_ERROR: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
