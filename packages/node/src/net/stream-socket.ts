import { createServer, isIP, type Socket, connect as tcpConnect } from 'node:net';
import { TLSSocket, connect as tlsConnect } from 'node:tls';
import type { NetworkStack, Path, StreamListener, StreamReceiver, StreamSocket, TlsPeer } from '@maru/protocol/core';

const DEFAULT_TIMEOUT_MS = 10_000;

/** A TCP or TLS connection of Node.js. */
export class NodeStreamSocket implements StreamSocket {
  readonly path: Path;
  private listener: StreamReceiver | undefined;
  private error: Error | undefined;
  private isOver = false;

  constructor(private readonly socket: Socket) {
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
    this.path = { localAddress: plain(localAddress), localPort, remoteAddress: plain(remoteAddress), remotePort };
    socket.setNoDelay(true);
    socket.pause(); // nothing is read before somebody listens
    socket.on('data', (bytes) => this.listener?.data(bytes));
    socket.on('drain', () => this.listener?.drained?.());
    socket.on('end', () => socket.destroy());
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => {
      this.isOver = true;
      this.listener?.closed(this.error);
    });
  }

  get receiver(): StreamReceiver | undefined {
    return this.listener;
  }

  set receiver(receiver: StreamReceiver | undefined) {
    this.listener = receiver;
    if (receiver) this.socket.resume();
    else this.socket.pause();
    if (receiver && this.isOver) receiver.closed(this.error);
  }

  get tlsPeer(): TlsPeer | undefined {
    return this.socket instanceof TLSSocket ? tlsPeerOf(this.socket) : undefined;
  }

  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (!this.isOver) this.socket.write(new Uint8Array(bytes));
  }

  close(): void {
    this.socket.destroySoon();
  }
}

function tlsPeerOf(socket: TLSSocket): TlsPeer {
  const { subjectaltname = '', issuer, subject, valid_to } = socket.getPeerCertificate();
  const names = subjectaltname
    .split(', ')
    .filter(Boolean)
    .map((name) => name.replace(/^(?:DNS|IP Address):/, ''));
  const distrust: unknown = socket.authorizationError; // typed as Error, but a code or a text at run time
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    distrust: socket.authorized ? undefined : distrust instanceof Error ? distrust.message : String(distrust),
    names: names.length > 0 ? names : [subject?.CN ?? []].flat(),
    issuer: [issuer?.CN ?? issuer?.O ?? 'somebody without a name'].flat().join(', '),
    notAfterMs: Date.parse(valid_to),
  };
}

/** Connects over TCP, or TLS over it. Rejects with what was tried and why it failed. */
export function openStream(options: Parameters<NetworkStack['openStream']>[0]): Promise<StreamSocket> {
  const { address, port, localAddress, tls, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const to = { host: address, port, ...(localAddress === undefined ? {} : { localAddress }) };
  const socket = tls
    ? tlsConnect({
        ...to,
        ...(isIP(tls.serverName) ? {} : { servername: tls.serverName }),
        ...(tls.alpnProtocols ? { ALPNProtocols: [...tls.alpnProtocols] } : {}),
        rejectUnauthorized: !tls.allowUnverified,
      })
    : tcpConnect(to);
  return new Promise((opened, failed) => {
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const onError = (cause: Error): void => {
      clearTimeout(timer);
      failed(new Error(`cannot connect ${tls ? 'TLS' : 'TCP'} to ${address} port ${port}: ${cause.message}`, { cause }));
    };
    socket.once('error', onError);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.removeListener('error', onError);
      opened(new NodeStreamSocket(socket));
    });
  });
}

/** Accepts TCP connections. Rejects when address or port cannot be had. */
export function listenStream(
  { address, port = 0 }: { readonly address: string; readonly port?: number },
  accept: (socket: StreamSocket) => void,
): Promise<StreamListener> {
  const server = createServer((socket) => accept(new NodeStreamSocket(socket)));
  return new Promise((listening, failed) => {
    server.once('error', (cause) =>
      failed(new Error(`cannot listen on TCP ${address} port ${port}: ${cause.message}`, { cause })),
    );
    server.listen({ host: address, port, exclusive: true, ipv6Only: true }, () => {
      const bound = server.address();
      const localPort = typeof bound === 'object' && bound ? bound.port : port;
      listening({ localAddress: address, localPort, close: () => server.close() });
    });
  });
}

/** `::ffff:192.0.2.1` as a dual-stack socket reports it is 192.0.2.1. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
