import type { ForwardedMessage } from './events.js';

/** What the transport may hold, so that what is lossy is dropped here, where it can be chosen. */
const MAX_BUFFERED_BYTES = 256 * 1024;
/** S-69: what waits for one subscriber. Lossy messages are worth little when they are old. */
const MAX_LOSSY_BYTES = 256 * 1024;
const MAX_RELIABLE_BYTES = 8 * 1024 * 1024;
/** Below so much, a subscriber that was slow is not any more. */
const CAUGHT_UP_BYTES = 512 * 1024;

/** What a message that does not fit any more means. */
export type DataOutcome = 'queued' | 'dropped-oldest' | 'too-slow';

/**
 * Messages that wait for one subscriber. Lossy ones push out the oldest; reliable ones are never dropped: when too many wait, the
 * subscriber is too slow, and its owner decides.
 */
export class DataQueue {
  /** What the transport holds, as its owner says. */
  bufferedBytes = 0;
  lossyDropped = 0;
  isSlow = false;
  private readonly reliable: ForwardedMessage[] = [];
  private readonly lossy: ForwardedMessage[] = [];
  private reliableBytes = 0;
  private lossyBytes = 0;

  get queuedBytes(): number {
    return this.reliableBytes + this.lossyBytes;
  }

  push(message: ForwardedMessage): DataOutcome {
    const { length } = message.bytes;
    if (message.channel.isReliable) {
      if (this.reliableBytes + length > MAX_RELIABLE_BYTES) {
        this.isSlow = true;
        return 'too-slow';
      }
      this.reliable.push(message);
      this.reliableBytes += length;
      return 'queued';
    }
    this.lossy.push(message);
    this.lossyBytes += length;
    let outcome: DataOutcome = 'queued';
    while (this.lossyBytes > MAX_LOSSY_BYTES && this.lossy.length > 1) {
      this.lossyBytes -= this.lossy.shift()!.bytes.length;
      this.lossyDropped += 1;
      outcome = 'dropped-oldest';
    }
    return outcome;
  }

  /** The next message that the transport has room for; it counts as given. */
  take(): ForwardedMessage | undefined {
    if (this.bufferedBytes >= MAX_BUFFERED_BYTES) return undefined;
    const message = this.reliable[0] ?? this.lossy[0];
    if (!message) return undefined;
    if (message === this.reliable[0]) {
      this.reliable.shift();
      this.reliableBytes -= message.bytes.length;
      if (this.reliableBytes < CAUGHT_UP_BYTES) this.isSlow = false;
    } else {
      this.lossy.shift();
      this.lossyBytes -= message.bytes.length;
    }
    this.bufferedBytes += message.bytes.length;
    return message;
  }
}
