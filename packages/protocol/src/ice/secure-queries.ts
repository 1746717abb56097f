import { type CoreContext, type Instant, Malformed, type StreamSocket } from '../core/index.js';
import {
  decodeStunMessage,
  ErrorCode,
  newTransactionId,
  STUN_MAX_BYTES,
  StreamFramer,
  StunEncoder,
  type StunMessage,
  StunMethod,
  stunFrameSize,
  type TransportAddress,
  transactionKey,
} from '../stun/index.js';
import { UNREACHABLE } from './candidate-failure.js';
import type { IceTransmitter, RequestId } from './events.js';
import { OpenRequests, type Requester } from './open-requests.js';
import type { IceServer } from './options.js';
import { mappedAddressOf } from './reflexive-queries.js';

/** Every agent's: what it writes is copied before the next message. */
const encoder = new StunEncoder();

interface Opening {
  readonly server: IceServer;
  /** Addresses to try when this one cannot be reached. */
  readonly rest: readonly string[];
}

/** A question on its way over a connection of its own. */
class Query {
  readonly framer = new StreamFramer(stunFrameSize, STUN_MAX_BYTES);

  constructor(
    readonly server: IceServer,
    readonly stream: StreamSocket,
    readonly key: string,
  ) {}

  send(bytes: Uint8Array, transmitter: IceTransmitter): boolean {
    transmitter.write(bytes, this.stream);
    return true;
  }
}

export interface SecureQueryOwner extends Requester {
  transmitToServer(bytes: Uint8Array, way: { send(bytes: Uint8Array, transmitter: IceTransmitter): boolean }): void;
  /** The server sees the connection from `localAddress` as coming from `mapped`. */
  onStreamMapped(now: Instant, localAddress: string, mapped: TransportAddress, server: IceServer): void;
  onSecureQueryFailed(server: IceServer, code: number, reason: string): void;
  checkComplete(now: Instant): void;
}

/**
 * Asks `stuns:` servers, over TLS, how our TCP connections look from outside (RFC 7064, RFC 8489 §6.2.3).
 *
 * Browsers do not: Chromium sends such a server plain STUN over UDP, Firefox nothing. A URL that asks for TLS gets TLS here.
 */
export class SecureQueries {
  private readonly openings: OpenRequests<Opening>;
  private readonly queries = new Map<StreamSocket, Query>();

  constructor(
    private readonly owner: SecureQueryOwner,
    private readonly context: CoreContext,
  ) {
    this.openings = new OpenRequests(owner);
  }

  get isAsking(): boolean {
    return !this.openings.isEmpty || this.queries.size > 0;
  }

  ask(server: IceServer, addresses: readonly string[]): void {
    const [address, ...rest] = addresses;
    if (address === undefined)
      return this.owner.onSecureQueryFailed(server, UNREACHABLE, 'the name of the server has no address');
    const { port, host } = server;
    this.openings.ask({ server, rest }, (request) => ({
      type: 'connect-tcp',
      request,
      address,
      port,
      localAddress: undefined,
      tls: { serverName: host },
    }));
  }

  /** The connection stands: the question goes. False when it was no request of ours. */
  opened(request: RequestId, stream: StreamSocket): boolean {
    const opening = this.openings.take(request);
    if (!opening) return false;
    const id = newTransactionId(this.context.random);
    const query = new Query(opening.server, stream, transactionKey(id));
    this.queries.set(stream, query);
    this.owner.transmitToServer(encoder.start('request', StunMethod.binding, id).fingerprint().finish(), query);
    return true;
  }

  requestFailed(request: RequestId, reason: string): boolean {
    const opening = this.openings.take(request);
    if (!opening) return false;
    if (opening.rest.length > 0) this.ask(opening.server, opening.rest);
    else this.owner.onSecureQueryFailed(opening.server, UNREACHABLE, reason);
    return true;
  }

  /** Whether `stream` is one of ours; its bytes are dealt with then. */
  receive(now: Instant, bytes: Uint8Array, stream: StreamSocket): boolean {
    const query = this.queries.get(stream);
    if (!query) return false;
    query.framer.feed(bytes, (frame) => this.onMessage(now, query, decodeStunMessage(frame)));
    if (query.framer.failed && this.end(query))
      this.owner.onSecureQueryFailed(query.server, UNREACHABLE, 'the server sent what is not STUN');
    this.owner.checkComplete(now);
    return true;
  }

  closed(stream: StreamSocket): boolean {
    const query = this.queries.get(stream);
    if (!query) return false;
    this.queries.delete(stream);
    this.owner.onSecureQueryFailed(query.server, UNREACHABLE, 'the server closed the connection');
    return true;
  }

  /** Servers that have not answered by now are left alone. */
  giveUp(): void {
    const servers = [...this.openings.open, ...this.queries.values()].map(({ server }) => server);
    this.close();
    for (const server of servers) this.owner.onSecureQueryFailed(server, UNREACHABLE, 'the STUN server did not answer');
  }

  close(): void {
    this.openings.clear();
    for (const query of this.queries.values()) this.end(query);
  }

  private onMessage(now: Instant, query: Query, message: StunMessage | Malformed): void {
    if (message instanceof Malformed || transactionKey(message.transactionId) !== query.key || !this.end(query)) return;
    const { server, stream } = query;
    const mapped = message.messageClass === 'success' ? mappedAddressOf(message) : undefined;
    if (mapped) return this.owner.onStreamMapped(now, stream.path.localAddress, mapped, server);
    const { code, reason } = message.value(ErrorCode) ?? { code: UNREACHABLE, reason: 'the STUN server told no address of ours' };
    this.owner.onSecureQueryFailed(server, code, reason);
  }

  /** False when it was over before. */
  private end({ stream }: Query): boolean {
    if (!this.queries.delete(stream)) return false;
    this.owner.emit({ type: 'close-stream', stream });
    return true;
  }
}
