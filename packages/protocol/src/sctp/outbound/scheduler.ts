import type { SchedulerKind } from '../config.js';
import type { OutboundStream } from './outbound-stream.js';

/**
 * Whose turn it is among the streams with something to send (RFC 8260 §3). Every stream has a turn, a point in virtual
 * time; the earliest is served and moves on by what it cost. The three kinds differ in that cost alone. A stream that
 * comes back after a pause starts at the present, so that it is served at once and has saved up nothing.
 */
export class Scheduler {
  /** A binary heap by `turn`, ties by who came first. */
  private readonly heap: OutboundStream[] = [];
  private virtualTime = 0;

  constructor(private readonly kind: SchedulerKind) {}

  get isEmpty(): boolean {
    return this.heap.length === 0;
  }

  /** Whose turn it is. */
  get next(): OutboundStream | undefined {
    return this.heap[0];
  }

  /** `stream` has something to send. */
  add(stream: OutboundStream): void {
    if (stream.isScheduled) return;
    stream.isScheduled = true;
    stream.turn = this.kind === 'first-come' ? this.virtualTime++ : Math.max(stream.turn, this.virtualTime);
    this.heap.push(stream);
    this.siftUp(this.heap.length - 1);
  }

  /** `stream`, whose turn it was, has sent `bytes`, the end of a message or not. */
  served(stream: OutboundStream, bytes: number, isMessageEnd: boolean): void {
    if (this.kind === 'first-come') {
      if (isMessageEnd) stream.turn = this.virtualTime++;
    } else {
      this.virtualTime = stream.turn;
      stream.turn += this.kind === 'round-robin' ? 1 : (bytes + TURN_OVERHEAD_BYTES) / stream.weight;
    }
    if (this.heap[0] === stream) this.siftDown(0);
  }

  /** `stream` has nothing more to send, for now. */
  remove(stream: OutboundStream): void {
    if (!stream.isScheduled) return;
    stream.isScheduled = false;
    const at = this.heap[0] === stream ? 0 : this.heap.indexOf(stream);
    const last = this.heap.pop()!;
    if (last === stream) return;
    this.heap[at] = last;
    this.siftUp(at);
    this.siftDown(at);
  }

  private siftUp(at: number): void {
    const { heap } = this;
    const stream = heap[at]!;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.turn <= stream.turn) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = stream;
  }

  private siftDown(at: number): void {
    const { heap } = this;
    const stream = heap[at]!;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.turn < heap[child]!.turn) child += 1;
      if (heap[child]!.turn >= stream.turn) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = stream;
  }
}

/** A chunk costs its header too: a thousand tiny messages are not free. */
const TURN_OVERHEAD_BYTES = 16;
