import type { Instant } from '../../core/index.js';
import type { SchedulerKind } from '../config.js';
import { OutboundStream } from './outbound-stream.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { Scheduler } from './scheduler.js';

/** Who learns that a stream's buffered amount has fallen to its threshold. */
export type LowWaterListener = (streamId: number) => void;

/** Messages that wait for a TSN, stream by stream, and whose turn it is. */
export class SendQueue {
  /** User bytes that wait, over all streams. */
  bufferedBytes = 0;
  /** Whether fragments of different messages may alternate; known once connected. */
  isInterleaving = false;
  /**
   * Bytes of messages begun and not ended, with interleaving, beyond which no further long message is begun. The receiver
   * must hold all begun messages at once: without a limit, many long ones could fill its window with none ever complete.
   */
  maxBegunBytes = Infinity;

  private readonly streams = new Map<number, OutboundStream>();
  private readonly scheduler: Scheduler;
  /** Without interleaving, a message that has begun goes on to its end. */
  private begun: OutboundStream | undefined;
  private begunBytes = 0;
  /** Streams whose next message is too long to be begun now. */
  private readonly parked: OutboundStream[] = [];

  constructor(
    scheduler: SchedulerKind,
    private readonly onLowWater: LowWaterListener,
  ) {
    this.scheduler = new Scheduler(scheduler);
  }

  get isEmpty(): boolean {
    return this.scheduler.isEmpty && this.parked.length === 0;
  }

  stream(streamId: number): OutboundStream {
    let stream = this.streams.get(streamId);
    if (!stream) {
      stream = new OutboundStream(streamId);
      this.streams.set(streamId, stream);
    }
    return stream;
  }

  find(streamId: number): OutboundStream | undefined {
    return this.streams.get(streamId);
  }

  allStreams(): IterableIterator<OutboundStream> {
    return this.streams.values();
  }

  push(message: OutgoingMessage): void {
    const stream = this.stream(message.streamId);
    stream.queue.push(message);
    if (message.isCounted) stream.bufferedBytes += message.bytes.length;
    this.bufferedBytes += message.bytes.length;
    if (!stream.isParked) this.scheduler.add(stream);
  }

  /** The message whose next bytes are to leave, undefined if there is none; those that nobody wants any more are dropped. */
  next(now: Instant, longBytes: number): OutgoingMessage | undefined {
    for (;;) {
      const stream = this.begun ?? this.scheduler.next;
      if (!stream) return undefined;
      const message = stream.queue.first!;
      if (!message.isStarted && message.isGivenUp(now, 0)) this.drop(stream, message);
      else if (this.mustPark(message, longBytes)) this.park(stream);
      else return message;
    }
  }

  /** The next `bytes` of `message`, which {@link next} gave, have left; gives it its sequence number the first time. */
  sent(message: OutgoingMessage, bytes: number): void {
    const stream = this.streams.get(message.streamId)!;
    if (!message.isStarted) {
      message.sequence = stream.takeSequence(message.isUnordered, this.isInterleaving);
      this.begunBytes += message.bytes.length;
    }
    message.sentBytes += bytes;
    const isEnd = message.sentBytes === message.bytes.length;
    this.begun = isEnd || this.isInterleaving ? undefined : stream;
    this.scheduler.served(stream, bytes, isEnd);
    if (isEnd) this.finish(stream, message, message.sentBytes > bytes);
    this.unbuffer(stream, message, bytes);
  }

  /** `message`, begun and not ended, is given up: the rest of it never leaves. */
  abandon(message: OutgoingMessage): void {
    const stream = this.streams.get(message.streamId)!;
    const rest = message.remainingBytes;
    message.sentBytes = message.bytes.length;
    if (this.begun === stream) this.begun = undefined;
    this.finish(stream, message, true);
    this.unbuffer(stream, message, rest);
  }

  /** The peer takes fewer streams than was thought: what waits on the others never leaves. */
  dropStreamsFrom(streamId: number): void {
    for (const stream of this.streams.values()) {
      if (stream.streamId < streamId) continue;
      for (let message = stream.queue.first; message; message = stream.queue.first) this.drop(stream, message);
    }
  }

  /** The handshake begins anew: what has begun to leave can neither be finished nor begun again, and is dropped. */
  forgetBegun(): void {
    for (const stream of this.streams.values()) {
      const message = stream.queue.first;
      if (message?.isStarted) this.abandon(message);
      stream.restartSequences();
    }
  }

  /** Drops queued messages whose time is over, to make room. */
  dropExpired(now: Instant): void {
    for (const stream of this.streams.values()) {
      if (stream.queue.length === 0) continue;
      stream.queue.filter((message) => {
        const isDropped = !message.isStarted && message.isGivenUp(now, 0);
        if (isDropped) this.unbuffer(stream, message, message.bytes.length);
        return !isDropped;
      });
      if (stream.queue.length === 0) this.unschedule(stream);
    }
  }

  private drop(stream: OutboundStream, message: OutgoingMessage): void {
    stream.queue.shift();
    if (stream.queue.length === 0) this.scheduler.remove(stream);
    this.unbuffer(stream, message, message.bytes.length);
  }

  private finish(stream: OutboundStream, message: OutgoingMessage, wasBegun: boolean): void {
    this.begunBytes -= message.bytes.length;
    // An abandoned message is at the head as well: no other of its stream begins before it ends.
    stream.queue.shift();
    if (stream.queue.length === 0) this.unschedule(stream);
    if (!wasBegun) return;
    for (let parked = this.parked.pop(); parked; parked = this.parked.pop()) {
      parked.isParked = false;
      this.scheduler.add(parked);
    }
  }

  private unschedule(stream: OutboundStream): void {
    this.scheduler.remove(stream);
    if (!stream.isParked) return;
    stream.isParked = false;
    this.parked.splice(this.parked.indexOf(stream), 1);
  }

  private mustPark(message: OutgoingMessage, longBytes: number): boolean {
    if (!this.isInterleaving || message.isStarted || this.begunBytes === 0) return false;
    return message.bytes.length > longBytes && this.begunBytes + message.bytes.length > this.maxBegunBytes;
  }

  private park(stream: OutboundStream): void {
    this.scheduler.remove(stream);
    stream.isParked = true;
    this.parked.push(stream);
  }

  private unbuffer(stream: OutboundStream, message: OutgoingMessage, bytes: number): void {
    this.bufferedBytes -= bytes;
    if (!message.isCounted) return;
    const before = stream.bufferedBytes;
    stream.bufferedBytes -= bytes;
    if (before > stream.lowThresholdBytes && stream.bufferedBytes <= stream.lowThresholdBytes) this.onLowWater(stream.streamId);
  }
}
