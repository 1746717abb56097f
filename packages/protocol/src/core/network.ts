import type { Instant, Path } from './contract.js';

/** The only two things a driver may ask of time. */
export interface Clock {
  now(): Instant;
  /** Runs `task` at or after `at`; the function returned cancels it. */
  schedule(at: Instant, task: () => void): () => void;
}

/** An address of this host that others may be told of. */
export interface HostAddress {
  /** Name of the interface, `eth0`. */
  readonly interfaceName: string;
  /** IPv4 in dots or IPv6 in its canonical text (RFC 5952), without a zone. */
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** What the interface is made of, as far as is known (W3C webrtc-stats, RTCNetworkType). */
  readonly networkType: 'wifi' | 'cellular' | 'ethernet' | 'vpn' | 'unknown';
  readonly isLoopback: boolean;
}

/** Takes what arrives at a {@link DatagramSocket}. */
export interface DatagramReceiver {
  /** One datagram. `bytes` are lent for the call; `path` is the same object each time for the same two ends. */
  datagram(bytes: Uint8Array, path: Path): void;
  /** The socket has handed over everything that it had at hand: a good moment to drain cores and to flush. */
  settled(): void;
  /** An earlier datagram to `path` could not be delivered (ICMP); a hint, never proof. */
  unreachable?(path: Path): void;
}

/** A bound UDP socket, real or virtual. */
export interface DatagramSocket {
  readonly localAddress: string;
  readonly localPort: number;
  /** Whoever is set here gets what arrives from now on. */
  receiver: DatagramReceiver | undefined;
  /** The interned path to a remote end. */
  pathTo(remoteAddress: string, remotePort: number): Path;
  /** Sends a copy of `bytes`, now or at the next {@link flush}; errors of the network are losses, not exceptions. */
  send(bytes: Uint8Array, path: Path): void;
  /** Hands over to the network what `send` has gathered. */
  flush(): void;
  /** Idempotent. Nothing is received or sent after it. */
  close(): void;
}

/** Takes what arrives at a {@link StreamSocket}. */
export interface StreamReceiver {
  /** Some bytes of the stream, lent for the call. */
  data(bytes: Uint8Array): void;
  /** The stream is over: by the other end, by `close`, or for `error`. Called once. */
  closed(error: Error | undefined): void;
  /** Everything written has left: more may be written. */
  drained?(): void;
}

/** What TLS made of the other end, for those who explain it to people. */
export interface TlsPeer {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** Why the certificate is not trusted, in the words of TLS; undefined: it is. */
  readonly distrust: string | undefined;
  /** Names and addresses that the certificate is for. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** When it ends, in milliseconds of wall time. */
  readonly notAfterMs: number;
}

/** A TCP or TLS connection, real or virtual. */
export interface StreamSocket {
  readonly path: Path;
  /** The other end of TLS; absent without TLS, and where nobody can say. */
  readonly tlsPeer?: TlsPeer | undefined;
  receiver: StreamReceiver | undefined;
  /** Bytes written that have not left yet. */
  readonly bufferedBytes: number;
  /** Sends a copy of `bytes`. */
  write(bytes: Uint8Array): void;
  close(): void;
}

export interface StreamListener {
  readonly localAddress: string;
  readonly localPort: number;
  close(): void;
}

/** What opening a stream may say about TLS. */
export interface TlsOptions {
  /** Name for SNI and certificate verification. */
  readonly serverName: string;
  /** Accept a certificate that no known authority signed: only for servers that the user has named as such. */
  readonly allowUnverified?: boolean;
  readonly alpnProtocols?: readonly string[];
}

/** The network as drivers see it: Node.js's, or a virtual host's of `@maru/netsim`. */
export interface NetworkStack {
  readonly clock: Clock;
  /** The addresses of this host, loopback included. */
  hostAddresses(): readonly HostAddress[];
  /** Binds a UDP socket; port 0 (the default) is any free one. Rejects when address or port cannot be had. */
  openDatagram(options: { readonly address: string; readonly port?: number }): Promise<DatagramSocket>;
  /** Connects over TCP, or TLS over it. Rejects when that fails; `signal.aborted` is looked at when the attempt ends. */
  openStream(options: {
    readonly address: string;
    readonly port: number;
    readonly localAddress?: string;
    readonly tls?: TlsOptions;
    readonly timeoutMs?: number;
  }): Promise<StreamSocket>;
  /** Accepts TCP connections. */
  listenStream(
    options: { readonly address: string; readonly port?: number },
    accept: (socket: StreamSocket) => void,
  ): Promise<StreamListener>;
  /** The addresses of a DNS name or an mDNS name (`.local`). Rejects when there are none. */
  resolveHost(name: string): Promise<readonly string[]>;
}
