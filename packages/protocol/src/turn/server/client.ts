import { type Instant, NEVER, type Waiting } from '../../core/index.js';
import { StreamFramer } from '../../stun/index.js';
import { MAX_CHANNEL_DATA_BYTES, turnFrameSize } from '../channel-data.js';
import type { Allocation } from './allocation.js';
import type { ClientPath, ClientTransport, Listener } from './contract.js';
import type { IpEndpoint } from './ip-endpoint.js';
import type { TcpConnection } from './tcp-connection.js';

/** A message must be whole so long after its first byte, and the first message so long after the connection was opened. */
export const MESSAGE_TIMEOUT_MS = 5_000;

/** A connection must have an allocation, or carry a peer's data, after so long. */
export const ALLOCATION_TIMEOUT_MS = 30_000;

/** Who has no allocation sends requests, which are shorter than this. */
export const MAX_UNPROVEN_MESSAGE_BYTES = 2_048;

/** A way to a client: a UDP source, made for the call or kept for its allocation, or a connection. */
export class Client implements ClientPath, Waiting {
  readonly kind = 'client';
  driverSlot = -1;
  dueAt: Instant = NEVER;
  heapIndex = -1;
  allocation: Allocation | undefined;
  /** The peer's connection whose bytes it carries (RFC 6062 §4.3). */
  spliced: TcpConnection | undefined;
  isKept = false;
  isClosed = false;
  readonly framer: StreamFramer | undefined;
  /** When it was opened, and until when the frame that has begun must be whole. */
  openedAt: Instant = 0;
  messageDueAt: Instant = NEVER;

  constructor(
    readonly listener: Listener,
    readonly remote: IpEndpoint,
  ) {
    this.framer = isStream(listener.transport) ? new StreamFramer(turnFrameSize, MAX_CHANNEL_DATA_BYTES) : undefined;
  }

  get transport(): ClientTransport {
    return this.listener.transport;
  }

  /** For whom its nonces are made: over streams for every port of its address (`stateless-nonce.ts`). */
  get nonceEnd(): IpEndpoint {
    if (!this.framer) return this.remote;
    const end = this.remote.copy();
    end.port = 0;
    return end;
  }

  /** Whether a round trip has shown that it is where it says: replies to it reflect nothing. */
  get isProven(): boolean {
    return this.listener.transport !== 'udp' || this.allocation !== undefined;
  }
}

export function isStream(transport: ClientTransport): boolean {
  return transport === 'tcp' || transport === 'tls';
}
