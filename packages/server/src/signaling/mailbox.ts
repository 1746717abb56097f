/** A message as text, made once however many connections it goes to. */
export interface Payload {
  readonly text: string;
  readonly bytes: number;
}

export const payloadOf = (message: unknown): Payload => {
  const text = JSON.stringify(message);
  return { text, bytes: text.length };
};

/** How much may wait in one direction for one connection. */
export interface MailboxLimits {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * The numbered messages of one connection, across its transports: what the server sent and the client has not
 * acknowledged, and how far the server has received. Numbers count from 1 in each direction.
 */
export class Mailbox {
  /** The highest number given to a message so far. */
  sent = 0;
  /** The highest number received from the client in order. */
  received = 0;
  /** The highest number handed to the present transport. */
  transmitted = 0;
  private pending: Payload[] = [];
  private head = 0;
  private pendingBytes = 0;

  /** The highest number that the client has acknowledged. */
  get acked(): number {
    return this.sent - (this.pending.length - this.head);
  }

  get unackedBytes(): number {
    return this.pendingBytes;
  }

  push(payload: Payload): void {
    this.sent += 1;
    this.pending.push(payload);
    this.pendingBytes += payload.bytes;
  }

  exceeds(limits: MailboxLimits): boolean {
    return this.sent - this.acked > limits.messages || this.pendingBytes > limits.bytes;
  }

  /** Forgets what the client says it has. False when it claims more than was sent. */
  acknowledge(seq: number): boolean {
    if (seq > this.sent) return false;
    for (let acked = this.acked; acked < seq; acked += 1) {
      this.pendingBytes -= this.pending[this.head]!.bytes;
      this.pending[this.head] = SENT;
      this.head += 1;
    }
    if (this.head === this.pending.length) {
      this.pending.length = 0;
      this.head = 0;
    } else if (this.head > 256) {
      this.pending = this.pending.slice(this.head);
      this.head = 0;
    }
    return true;
  }

  /** A transport took over: what the client has not acknowledged goes out again. */
  rewind(): void {
    this.transmitted = this.acked;
  }

  /** The next message for the present transport, with its number being {@link transmitted} after the call. */
  takeNext(): Payload | undefined {
    if (this.transmitted >= this.sent) return undefined;
    const payload = this.pending[this.head + this.transmitted - this.acked];
    this.transmitted += 1;
    return payload;
  }

  /** What waits for acknowledgement, the oldest first. */
  unacked(): readonly Payload[] {
    return this.pending.slice(this.head);
  }

  /** After a restart: takes a state as it was kept. */
  restore(sent: number, received: number, unacked: readonly Payload[]): void {
    this.sent = sent;
    this.received = received;
    this.pending = [...unacked];
    this.head = 0;
    this.pendingBytes = unacked.reduce((sum, { bytes }) => sum + bytes, 0);
    this.transmitted = this.acked;
  }

  /** After a restart: what is older than the limits must have been acknowledged, or the seat would have ended. */
  trim(limits: MailboxLimits): void {
    while (this.exceeds(limits)) this.acknowledge(this.acked + 1);
    this.rewind();
  }
}

const SENT: Payload = { text: '', bytes: 0 };
