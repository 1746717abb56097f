import type { Instant } from '@maru/protocol/core';
import type { Mailbox } from './mailbox.js';
import type { TokenBucket } from './token-bucket.js';
import type { Transport } from './transport.js';

/** A connection that has joined, and the transport over which it is reached now, if any. */
export interface Link {
  readonly session: string;
  readonly connection: string;
  box: Mailbox;
  transport: Transport | undefined;
  /** When the client was last heard of, and when it was last told anything. */
  heardAt: Instant;
  saidAt: Instant;
  /** The highest number that the client was told we have. */
  ackSaid: number;
  /** Messages of the client that were not valid. */
  strikes: number;
  readonly requests: TokenBucket;
  readonly signals: TokenBucket;
  /** Why the seat is over, once it is. */
  end: { readonly code: string; readonly detail: string } | undefined;
}
