import type { CoreContext, DatagramSocket, HostAddress, Instant, Path, StreamSocket } from '../core/index.js';
import type { IceCandidate, LocalCandidate, RemoteCandidate } from './candidate.js';
import type { IceCredentials } from './credentials.js';
import type { IceOutputs, IceTransmitter, RequestId, SelectedPair } from './events.js';
import type { IceOptions, IceServer } from './options.js';
import type { IceGatheringState, IceRole, IceTransportState } from './state.js';
import type { IceStats } from './stats.js';

/**
 * Finds a path between two peers and keeps permission to use it (RFC 8445, trickle RFC 8838, consent RFC 7675).
 * One component; a `ProtocolCore` whose outputs also name the socket.
 */
export declare class IceAgent {
  constructor(options: IceOptions, context: CoreContext);

  readonly state: IceTransportState;
  readonly gatheringState: IceGatheringState;
  readonly role: IceRole;
  /** Of the newest generation. */
  readonly localCredentials: IceCredentials;
  readonly remoteCredentials: IceCredentials | undefined;
  /** Of the newest generation. */
  readonly localCandidates: readonly LocalCandidate[];
  readonly remoteCandidates: readonly RemoteCandidate[];
  readonly selectedPair: SelectedPair | undefined;
  /** Bytes that the selected pair adds to each packet (TURN, TCP framing). */
  readonly overheadBytes: number;
  /** When {@link advance} is next worth calling. */
  readonly deadline: Instant;

  /** Starts gathering for the newest generation on these addresses. Needs no peer: a candidate pool is agents that gathered early. */
  gather(now: Instant, hostAddresses: readonly HostAddress[]): void;
  /**
   * Offers a socket that the owner bound and may share among agents; it is not closed by the agent. `advertised` are
   * the addresses to offer in place of the socket's own.
   */
  addHostSocket(now: Instant, socket: DatagramSocket, advertised?: readonly string[]): void;
  setServers(servers: readonly IceServer[], transportPolicy: 'all' | 'relay'): void;
  /** Before checks begin, or with a restart. */
  setRole(role: IceRole): void;

  /** New credentials for a new generation; the old one stays in use until the new one works (RFC 8445 §9). Call gather next. */
  restart(now: Instant): IceCredentials;
  /** Forgets a restart that was rolled back. */
  rollbackRestart(now: Instant): void;
  /** What the peer's description says: checks begin. Other credentials than before are the peer's restart. */
  setRemote(now: Instant, credentials: IceCredentials, options?: { readonly isLite?: boolean }): void;
  addRemoteCandidate(now: Instant, candidate: IceCandidate): void;
  endOfRemoteCandidates(now: Instant): void;

  /** One datagram. Returns the application bytes it carries, lent as `bytes` are, or undefined when there are none. */
  receive(now: Instant, bytes: Uint8Array, path: Path): Uint8Array | undefined;
  /** Some bytes of a stream; application data in it comes out of {@link drain}. */
  receiveStream(now: Instant, bytes: Uint8Array, stream: StreamSocket): void;
  /** Sends application bytes on the selected pair at once. False when there is no pair with consent: they are dropped. */
  send(now: Instant, bytes: Uint8Array, transmitter: IceTransmitter): boolean;
  advance(now: Instant): void;
  drain(outputs: IceOutputs): void;

  datagramOpened(now: Instant, request: RequestId, socket: DatagramSocket): void;
  streamOpened(now: Instant, request: RequestId, stream: StreamSocket): void;
  listenerOpened(now: Instant, request: RequestId, localPort: number): void;
  streamAccepted(now: Instant, request: RequestId, stream: StreamSocket): void;
  hostResolved(now: Instant, request: RequestId, addresses: readonly string[]): void;
  mdnsRegistered(now: Instant, request: RequestId, name: string): void;
  /** What the agent asked for could not be done. */
  requestFailed(now: Instant, request: RequestId, reason: string): void;
  /** The other end, or the network, closed it. */
  streamClosed(now: Instant, stream: StreamSocket): void;

  stats(): IceStats;
  /** Ends everything: allocations are given back, sockets of its own closed. Idempotent. */
  close(now: Instant): void;
}
