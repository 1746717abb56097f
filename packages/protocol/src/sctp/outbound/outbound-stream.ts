import { RingQueue } from '../ring-queue.js';
import type { OutgoingMessage } from './outgoing-message.js';

/** Weight of a stream that nobody gave one: RFC 8831 §6.4's "below normal" and "normal" are 128 and 256. */
export const DEFAULT_WEIGHT = 256;

/** The sending side of one stream. */
export class OutboundStream {
  readonly queue = new RingQueue<OutgoingMessage>();
  /** User bytes handed to `send` that have not yet left in a packet: W3C's bufferedAmount. */
  bufferedBytes = 0;
  lowThresholdBytes = 0;
  weight = DEFAULT_WEIGHT;
  nextStreamSequence = 0;
  nextOrderedMessageId = 0;
  nextUnorderedMessageId = 0;
  /** A reset was asked for: what is queued still leaves, nothing more is taken (RFC 6525 §5.1.2). */
  isResetting = false;

  /** For the scheduler: when it is this stream's turn, and whether it waits for one. */
  turn = 0;
  isScheduled = false;
  /** Its next message is long, and must wait until others that have begun are through. */
  isParked = false;

  constructor(readonly streamId: number) {}

  /** The number that the next message of this kind carries; advances it. */
  takeSequence(isUnordered: boolean, isInterleaving: boolean): number {
    if (!isInterleaving) {
      if (isUnordered) return 0;
      const sequence = this.nextStreamSequence;
      this.nextStreamSequence = (sequence + 1) & 0xffff;
      return sequence;
    }
    const sequence = isUnordered ? this.nextUnorderedMessageId : this.nextOrderedMessageId;
    if (isUnordered) this.nextUnorderedMessageId = (sequence + 1) >>> 0;
    else this.nextOrderedMessageId = (sequence + 1) >>> 0;
    return sequence;
  }

  /** All sequences start anew (RFC 6525 §5.1.2); {@link isResetting} ends. */
  restartSequences(): void {
    this.nextStreamSequence = 0;
    this.nextOrderedMessageId = 0;
    this.nextUnorderedMessageId = 0;
    this.isResetting = false;
  }
}
