import { type Instant, NEVER } from '../../core/index.js';
import type { SendOptions } from '../config.js';

/** No limit on retransmissions. */
const UNLIMITED = -1;

/** A message on its way out. One object a message; its fragments are numbers in {@link OutstandingChunks}. */
export class OutgoingMessage {
  /** Stream sequence number or message identifier, given when the first fragment leaves: abandoned ones leave no hole. */
  sequence = -1;
  /** Bytes that have been given a TSN. */
  sentBytes = 0;
  /** Fragments that have been given a TSN. */
  fragments = 0;
  firstTsn = 0;
  lastTsn = 0;
  /** Given up: nothing more of it is sent (RFC 3758 §3.5). */
  isAbandoned = false;
  readonly isUnordered: boolean;
  /** Whether its bytes count as its stream's buffered amount. */
  readonly isCounted: boolean;
  readonly maxRetransmits: number;
  readonly expiresAt: Instant;

  constructor(
    readonly streamId: number,
    readonly ppid: number,
    readonly bytes: Uint8Array,
    now: Instant,
    options: SendOptions | undefined,
  ) {
    this.isUnordered = options?.unordered === true;
    this.isCounted = options?.isUncounted !== true;
    this.maxRetransmits = options?.maxRetransmits ?? UNLIMITED;
    this.expiresAt = options?.lifetimeMs === undefined ? NEVER : now + options.lifetimeMs;
  }

  get remainingBytes(): number {
    return this.bytes.length - this.sentBytes;
  }

  get isStarted(): boolean {
    return this.sequence >= 0;
  }

  /** Whether a chunk of it that was sent `transmissions` times may not be sent again, or its time is over. */
  isGivenUp(now: Instant, transmissions: number): boolean {
    if (now >= this.expiresAt) return true;
    return this.maxRetransmits !== UNLIMITED && transmissions > this.maxRetransmits;
  }
}
