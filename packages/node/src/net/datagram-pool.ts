/** An IP address as four signed 32-bit words (IPv4 mapped into IPv6) and a port, as `IpEndpoint` of the TURN server is. */
export interface PoolEndpoint {
  w0: number;
  w1: number;
  w2: number;
  w3: number;
  port: number;
  /** Its text: made when asked for. */
  readonly address: string;
  /** Sets it from what the system spells; false for what is no IP address. */
  setText(address: string, port: number): boolean;
}

/** Takes what arrives at a {@link DatagramPool}. */
export interface PoolReceiver {
  /** `length` bytes of `bytes` from `offset` on came to `socket`. `from` and the bytes are lent until {@link settled} returns. */
  datagram(socket: number, from: PoolEndpoint, bytes: Uint8Array, offset: number, length: number): void;
  /** ICMP says that something sent from `socket` did not arrive at `to`: a hint, never proof. `info` is the MTU where that is the matter. */
  unreachable(socket: number, to: PoolEndpoint, icmpType: number, icmpCode: number, info: number): void;
  /** Everything at hand was handed over: what is sent until this returns leaves at once after it. */
  settled(): void;
}

export interface BindOptions {
  /** Several sockets, each in a thread of its own, share the port: the kernel deals remote ends out to them, or gives one of them everything. */
  readonly sharesPort?: boolean;
  /** Asks the system for ICMP errors. */
  readonly reportsErrors?: boolean;
  /** IPv4 packets may be fragmented on their way unless a send says otherwise. */
  readonly mayFragment?: boolean;
  /** The kernel hands datagrams over one by one, never as a train (UDP_GRO): for benchmarks, as receivers who ask for no trains cost senders more. */
  readonly receivesSingly?: boolean;
  /**
   * Nobody is woken by what comes: `NativeDatagramPool.receiveNow` asks. For benchmarks whose load never sleeps: on one machine it is the sender who
   * pays for waking. Only the native pool knows it.
   */
  readonly receivesWhenAsked?: boolean;
  /** The system says when each datagram came: `NativeDatagramPool.waitedUs`. Only the native pool knows it. */
  readonly stampsArrival?: boolean;
  /** For each direction; the system may grant less. Absent: the system's own. */
  readonly bufferBytes?: number;
}

/** Many UDP sockets of one thread, known by small integers: listeners and relays of a TURN server. */
export interface DatagramPool {
  receiver: PoolReceiver | undefined;
  /** Datagrams that could not even be handed to the system. */
  readonly lost: number;
  /** A socket at a literal `address`; port 0 is any free one. Throws with the system's error as `code`. */
  bind(address: string, port: number, options?: BindOptions): number;
  port(socket: number): number;
  /** Its integer may be given to another one. */
  close(socket: number): void;
  /**
   * Sends `length` bytes from `offset` on, behind the four bytes of `header` unless that is 0. Those of a datagram that is being
   * received go out without a copy; others are copied.
   */
  send(
    socket: number,
    to: PoolEndpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    header: number,
    dontFragment: boolean,
  ): void;
  /** Hands what `send` gathered to the system: needed only outside of {@link PoolReceiver} calls. */
  flush(): void;
  /** All sockets with it. Idempotent. */
  end(): void;
}

/** A port that could not be had, and the system's name for why. */
export class BindError extends Error {
  override readonly name = 'BindError';

  constructor(
    readonly code: string,
    /** With the protocol: `UDP 192.0.2.1`. */
    address: string,
    port: number,
  ) {
    super(`cannot bind ${address} port ${port}: ${code}`);
  }
}
