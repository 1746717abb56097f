import type { CongestionControllerFactory } from './congestion/controller.js';

/** How streams share the association (RFC 8260 §3). */
export type SchedulerKind =
  /** A message of each stream in turn; with interleaving, a packet of each in turn. */
  | 'round-robin'
  /** In turn, in proportion to the weights set with `setPriority` (weighted fair queueing). */
  | 'weighted'
  /** In the order of the calls to `send`. */
  | 'first-come';

/** What an association is told at birth. Everything has a default but the ports. */
export interface SctpConfig {
  /** SCTP port numbers, as negotiated by `a=sctp-port`; 5000 unless told otherwise. */
  readonly localPort?: number;
  readonly remotePort?: number;
  /** Longest message that we accept, in bytes: what our `a=max-message-size` says. 0 is no limit but the receive window's. */
  readonly maxMessageBytes?: number;
  /** Streams that we want to send on, and the most that we let the peer send on. */
  readonly maxStreams?: number;
  /** Receive window offered at first: bytes that the peer can make us hold before it has delivered anything. */
  readonly receiveWindowBytes?: number;
  /** How far the window may grow while the peer delivers (receive buffer auto-tuning). */
  readonly maxReceiveWindowBytes?: number;
  /** Most that `send` will hold unsent, over all streams. */
  readonly sendBufferBytes?: number;
  /** SCTP packet size to start with, and the largest that path MTU discovery tries. */
  readonly initialPacketBytes?: number;
  readonly maxPacketBytes?: number;
  /** Extensions that we offer; on unless false. */
  readonly interleaving?: boolean;
  readonly zeroChecksum?: boolean;
  readonly scheduler?: SchedulerKind;
  readonly congestionController?: CongestionControllerFactory;
  /** Idle time between HEARTBEATs. 0 sends none: over ICE, consent checks watch the path already. */
  readonly heartbeatIntervalMs?: number;
  /** How far ahead of the cumulative TSN we keep track of what arrives. */
  readonly maxTsnsAhead?: number;
  /** Our first TSN; random unless tests want a certain one, near the wrap. */
  readonly initialTsn?: number;
  /** First wait for the answer to an INIT or COOKIE ECHO; it doubles. */
  readonly handshakeTimeoutMs?: number;
  /** RTO.Min, RTO.Max (RFC 9260 §16). */
  readonly minRtoMs?: number;
  readonly maxRtoMs?: number;
  /** Association.Max.Retrans, Max.Init.Retransmits (RFC 9260 §16). */
  readonly maxRetransmits?: number;
  readonly maxInitRetransmits?: number;
}

/** How one message is to travel. */
export interface SendOptions {
  /** May overtake others of its stream. */
  readonly unordered?: boolean;
  /** Give up after this many retransmissions (RFC 7496 §3.1); undefined or absent: never. */
  readonly maxRetransmits?: number | undefined;
  /** Give up when it is this old (RFC 3758 §4.1). */
  readonly lifetimeMs?: number | undefined;
  /** Not user data: it waits like any other, but no buffered amount counts it. */
  readonly isUncounted?: boolean;
}

/** What became of a call to `send`; anything but `'queued'` changed nothing. */
export type SendOutcome = 'queued' | 'too-large' | 'buffer-full' | 'no-such-stream' | 'stream-resetting' | 'closed';
