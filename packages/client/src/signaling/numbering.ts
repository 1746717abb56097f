import { type AckOnly, type ClientFrame, type ClientMessage, type Numbered, PROTOCOL_LIMITS } from '@maru/signaling';

interface Waiting {
  readonly seq: number;
  readonly message: ClientMessage;
  readonly bytes: number;
}

/**
 * Numbers what we send and keeps it until it is acknowledged; counts what we receive and drops what came before.
 * It spans transports: whatever carries the frames, each message arrives once and in order.
 */
export class Numbering {
  private lastSeq = 0;
  private readonly waiting: Waiting[] = [];
  private waitingBytes = 0;
  /** How many of `waiting`, from the front, the transport of now has been given. */
  private sent = 0;
  private receivedSeq = 0;
  private ackedToServer = 0;

  /** Highest number received in order: what `resume` tells the server. */
  get received(): number {
    return this.receivedSeq;
  }

  /** Messages not acknowledged yet. */
  get unackedCount(): number {
    return this.waiting.length;
  }

  /** Messages that the transport of now has not been given. */
  get unsentCount(): number {
    return this.waiting.length - this.sent;
  }

  /** Received messages that we have not acknowledged yet. */
  get unacknowledgedByUs(): number {
    return this.receivedSeq - this.ackedToServer;
  }

  /** Takes a message to be sent. False when more wait than the protocol allows: the server could not take them back either. */
  push(message: ClientMessage): boolean {
    const bytes = JSON.stringify(message).length;
    const { unackedMessages, unackedBytes } = PROTOCOL_LIMITS;
    if (this.waiting.length >= unackedMessages || this.waitingBytes + bytes > unackedBytes) return false;
    this.lastSeq += 1;
    this.waiting.push({ seq: this.lastSeq, message, bytes });
    this.waitingBytes += bytes;
    return true;
  }

  /** The next frames for the transport, at most `limit`; each carries the acknowledgement of everything received so far. */
  take(limit: number): Numbered<ClientMessage>[] {
    const frames = this.waiting
      .slice(this.sent, this.sent + limit)
      .map(({ seq, message }) => ({ seq, ack: this.receivedSeq, message }));
    this.sent += frames.length;
    if (frames.length > 0) this.ackedToServer = this.receivedSeq;
    return frames;
  }

  /** An acknowledgement alone. */
  takeAck(): AckOnly {
    this.ackedToServer = this.receivedSeq;
    return { ack: this.receivedSeq };
  }

  /** The server has everything up to `ack`. */
  acknowledge(ack: number): void {
    while (this.waiting.length > 0 && this.waiting[0]!.seq <= ack) {
      this.waitingBytes -= this.waiting.shift()!.bytes;
      if (this.sent > 0) this.sent -= 1;
    }
  }

  /** Another transport: the server has everything up to `received`; the rest goes out again. */
  rewind(received: number): void {
    this.acknowledge(received);
    this.sent = 0;
  }

  /** What to do with a numbered message: `new` counts it as received, `seen` was here before, `gap` means that one before it is missing. */
  accept(seq: number): 'new' | 'seen' | 'gap' {
    if (seq <= this.receivedSeq) return 'seen';
    if (seq > this.receivedSeq + 1) return 'gap';
    this.receivedSeq = seq;
    return 'new';
  }
}

/** Whether a frame carries a message. */
export function isNumbered(frame: ClientFrame): frame is Numbered<ClientMessage> {
  return 'seq' in frame;
}
