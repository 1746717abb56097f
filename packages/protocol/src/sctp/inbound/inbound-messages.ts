import { DataFlag } from '../chunk-types.js';
import type { SkippedStream } from '../chunks/forward-tsn.js';
import type { Assembly } from './assembly.js';
import { FRAGMENT_OVERHEAD_BYTES, FragmentStore, type FragmentView } from './fragment-store.js';
import { InboundStream, type WaitingMessage } from './inbound-stream.js';

/** Who gets what has been put together. */
export interface MessageSink {
  /** `bytes` are the sink's to keep. */
  message(streamId: number, ppid: number, bytes: Uint8Array): void;
  /** A message of this stream was too long. */
  refused(streamId: number): void;
}

/** Longest message when the configuration sets no limit: the receive window is the limit then. */
const NO_LIMIT = 0x4000_0000;

/** From fragments to messages in the order that their streams promise (RFC 9260 §6.5, §6.6, §6.9; RFC 8260 §2.2.3). */
export class InboundMessages {
  private readonly streams = new Map<number, InboundStream>();
  /** DATA: fragments of all streams, adjacent by TSN. */
  private readonly byTsn: FragmentStore;
  /** I-DATA: the fragments of each message, adjacent by fragment sequence number. */
  private readonly byMessage = new Map<number, FragmentStore>();
  private iDataHeldBytes = 0;
  private waitingBytes = 0;
  private readonly maxMessageBytes: number;

  constructor(
    maxMessageBytes: number,
    private readonly isInterleaving: boolean,
    private readonly sink: MessageSink,
  ) {
    this.maxMessageBytes = maxMessageBytes || NO_LIMIT;
    this.byTsn = new FragmentStore(this.maxMessageBytes);
  }

  /** All that we keep for the peer, with a charge for each piece. */
  get heldBytes(): number {
    return this.byTsn.heldBytes + this.iDataHeldBytes + this.waitingBytes;
  }

  /** Takes the payload of a DATA or I-DATA chunk that is not a duplicate. `'inconsistent'` is a protocol violation. */
  add(fragment: FragmentView): 'inconsistent' | undefined {
    const isWhole = (fragment.flags & (DataFlag.begin | DataFlag.end)) === (DataFlag.begin | DataFlag.end);
    if (!isWhole) return this.addFragment(fragment);
    if (fragment.to - fragment.from > this.maxMessageBytes) {
      this.sink.refused(fragment.streamId);
      this.order(fragment.streamId, fragment.flags, fragment.sequence, fragment.ppid, undefined);
    } else {
      const bytes = fragment.packet.slice(fragment.from, fragment.to);
      this.order(fragment.streamId, fragment.flags, fragment.sequence, fragment.ppid, bytes);
    }
    return undefined;
  }

  /** The peer gave up everything up to `tsn`, and these messages with it (RFC 3758 §3.6, RFC 8260 §2.3.1). */
  skip(tsn: number, skipped: readonly SkippedStream[]): void {
    if (!this.isInterleaving) this.byTsn.dropThrough(tsn);
    for (const { streamId, sequence, isUnordered } of skipped) {
      if (this.isInterleaving) this.dropMessages(streamId, isUnordered, sequence);
      if (!isUnordered) this.skipOrdered(this.stream(streamId), sequence);
    }
  }

  /** The peer starts these streams anew (RFC 6525 §5.2.2); empty: all. */
  reset(streamIds: readonly number[]): void {
    for (const streamId of streamIds.length > 0 ? streamIds : [...this.streams.keys()]) {
      const stream = this.streams.get(streamId);
      if (!stream) continue;
      for (const waiting of stream.waitingBySequence.values()) this.waitingBytes -= costOf(waiting);
      this.streams.delete(streamId);
      if (this.isInterleaving) this.dropAllMessages(streamId);
    }
  }

  private addFragment(fragment: FragmentView): 'inconsistent' | undefined {
    if (this.isBehind(fragment)) return undefined;
    const hint = Math.min(this.stream(fragment.streamId).lastMessageBytes, this.maxMessageBytes);
    const result = this.isInterleaving ? this.addToMessage(fragment, hint) : this.byTsn.add(fragment, hint);
    if (result === undefined || result === 'inconsistent') return result;
    this.settle(result);
    return undefined;
  }

  private addToMessage(fragment: FragmentView, hint: number): Assembly | 'inconsistent' | undefined {
    const key = messageKey(fragment.streamId, (fragment.flags & DataFlag.unordered) !== 0, fragment.sequence);
    let store = this.byMessage.get(key);
    if (!store) {
      store = new FragmentStore(this.maxMessageBytes);
      this.byMessage.set(key, store);
    }
    this.iDataHeldBytes -= store.heldBytes;
    const result = store.add(fragment, this.byMessage.size <= 4 ? hint : 0);
    this.iDataHeldBytes += store.heldBytes;
    if (store.isEmpty) this.byMessage.delete(key);
    return result;
  }

  /** A message is complete, or has just become too long. */
  private settle(assembly: Assembly): void {
    const { streamId, sequence, ppid, isRefused } = assembly;
    if (isRefused && !assembly.isReported) {
      assembly.isReported = true;
      this.sink.refused(streamId);
    }
    if (!assembly.isComplete) return;
    this.stream(streamId).lastMessageBytes = assembly.length;
    const flags = assembly.isUnordered ? DataFlag.unordered : 0;
    this.order(streamId, flags, sequence, ppid, isRefused ? undefined : assembly.take());
  }

  private order(streamId: number, flags: number, sequence: number, ppid: number, bytes: Uint8Array | undefined): void {
    if (flags & DataFlag.unordered) {
      if (bytes) this.sink.message(streamId, ppid, bytes);
      return;
    }
    const stream = this.stream(streamId);
    const distance = stream.distance(sequence);
    if (distance === 0) {
      stream.nextSequence = stream.after(sequence);
      if (bytes) this.sink.message(streamId, ppid, bytes);
      if (stream.waitingBySequence.size > 0) this.deliverWaiting(stream);
    } else if (distance > 0 && !stream.waitingBySequence.has(sequence)) {
      const waiting: WaitingMessage = { ppid, bytes };
      stream.waitingBySequence.set(sequence, waiting);
      this.waitingBytes += costOf(waiting);
    } // else its place has passed: a peer that reuses numbers gets nothing held
  }

  private deliverWaiting(stream: InboundStream): void {
    for (;;) {
      const waiting = stream.waitingBySequence.get(stream.nextSequence);
      if (!waiting) return;
      this.release(stream, stream.nextSequence, waiting);
      stream.nextSequence = stream.after(stream.nextSequence);
    }
  }

  private skipOrdered(stream: InboundStream, sequence: number): void {
    if (stream.distance(sequence) < 0) return;
    const passed = [...stream.waitingBySequence].filter(([waiting]) => distanceTo(stream, waiting, sequence) >= 0);
    passed.sort(([a], [b]) => stream.distance(a) - stream.distance(b));
    for (const [passedSequence, waiting] of passed) this.release(stream, passedSequence, waiting);
    stream.nextSequence = stream.after(sequence);
    this.deliverWaiting(stream);
  }

  private release(stream: InboundStream, sequence: number, waiting: WaitingMessage): void {
    stream.waitingBySequence.delete(sequence);
    this.waitingBytes -= costOf(waiting);
    if (waiting.bytes) this.sink.message(stream.streamId, waiting.ppid, waiting.bytes);
  }

  /** Fragments of an ordered message whose turn has passed would be held for ever. */
  private isBehind(fragment: FragmentView): boolean {
    return (fragment.flags & DataFlag.unordered) === 0 && this.stream(fragment.streamId).distance(fragment.sequence) < 0;
  }

  private dropMessages(streamId: number, isUnordered: boolean, through: number): void {
    for (const [key, store] of this.byMessage) {
      const sequence = key % 0x1_0000_0000;
      if (key - sequence !== messageKey(streamId, isUnordered, 0) || ((through - sequence) | 0) < 0) continue;
      this.iDataHeldBytes -= store.heldBytes;
      this.byMessage.delete(key);
    }
  }

  private dropAllMessages(streamId: number): void {
    for (const [key, store] of this.byMessage) {
      if (Math.floor(key / 0x2_0000_0000) !== streamId) continue;
      this.iDataHeldBytes -= store.heldBytes;
      this.byMessage.delete(key);
    }
  }

  private stream(streamId: number): InboundStream {
    let stream = this.streams.get(streamId);
    if (!stream) {
      stream = new InboundStream(streamId, this.isInterleaving ? 32 : 16);
      this.streams.set(streamId, stream);
    }
    return stream;
  }
}

/** Stream, U bit and message identifier in one number of 49 bits. */
function messageKey(streamId: number, isUnordered: boolean, sequence: number): number {
  return (streamId * 2 + (isUnordered ? 1 : 0)) * 0x1_0000_0000 + sequence;
}

function costOf(waiting: WaitingMessage): number {
  return FRAGMENT_OVERHEAD_BYTES + (waiting.bytes?.length ?? 0);
}

/** How far `to` is ahead of `from`, both on `stream`. */
function distanceTo(stream: InboundStream, from: number, to: number): number {
  return stream.distance(to) - stream.distance(from);
}
