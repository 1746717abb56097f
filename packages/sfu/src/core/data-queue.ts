import type { ForwardedMessage } from './events.js';

/** What the transport may hold, so that what is lossy is dropped here, where it can be chosen. */
const MAX_BUFFERED_BYTES = 256 * 1024;
/** S-69: what waits for one subscriber. Lossy messages are worth little when they are old. */
const MAX_LOSSY_BYTES = 256 * 1024;
const MAX_RELIABLE_BYTES = 12 * 1024 * 1024;
/** What a message takes beside its bytes: many empty ones are no lighter than few full ones. */
const MESSAGE_BYTES = 200;
/** Below so much, a subscriber that was slow is not any more. */
const CAUGHT_UP_BYTES = 512 * 1024;

/**
 * Messages that wait for one subscriber, in bounded room (S-69). Lossy ones push out the oldest. Reliable ones wait until there is no room:
 * then the subscriber is slow, which its owner is told, and those that come are lost to it until it has caught up, which is told too.
 */
export class DataQueue {
  /** What the transport holds, as its owner says. */
  bufferedBytes = 0;
  lossyDropped = 0;
  reliableDropped = 0;
  isSlow = false;
  private readonly reliable: ForwardedMessage[] = [];
  private readonly lossy: ForwardedMessage[] = [];
  private reliableBytes = 0;
  private lossyBytes = 0;

  get queuedBytes(): number {
    return this.reliableBytes + this.lossyBytes;
  }

  push(message: ForwardedMessage): void {
    if (message.channel.isReliable) this.pushReliable(message);
    else this.pushLossy(message);
  }

  private pushReliable(message: ForwardedMessage): void {
    const length = sizeOf(message);
    if (this.reliableBytes + length > MAX_RELIABLE_BYTES) this.isSlow = true;
    if (this.isSlow) {
      this.reliableDropped += 1;
      return;
    }
    this.reliable.push(message);
    this.reliableBytes += length;
  }

  private pushLossy(message: ForwardedMessage): void {
    this.lossy.push(message);
    this.lossyBytes += sizeOf(message);
    while (this.lossyBytes > MAX_LOSSY_BYTES && this.lossy.length > 1) {
      this.lossyBytes -= sizeOf(this.lossy.shift()!);
      this.lossyDropped += 1;
    }
  }

  /** The next message that the transport has room for; it counts as given. */
  take(): ForwardedMessage | undefined {
    if (this.bufferedBytes >= MAX_BUFFERED_BYTES) return undefined;
    const message = this.reliable[0] ?? this.lossy[0];
    if (!message) return undefined;
    if (message === this.reliable[0]) {
      this.reliable.shift();
      this.reliableBytes -= sizeOf(message);
      if (this.reliableBytes < CAUGHT_UP_BYTES) this.isSlow = false;
    } else {
      this.lossy.shift();
      this.lossyBytes -= sizeOf(message);
    }
    this.bufferedBytes += sizeOf(message);
    return message;
  }
}

function sizeOf({ bytes }: ForwardedMessage): number {
  return bytes.length + MESSAGE_BYTES;
}
