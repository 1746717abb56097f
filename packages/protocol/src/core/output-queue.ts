import type { Outputs, Path } from './contract.js';

interface Slot<Event> {
  bytes: Uint8Array;
  length: number;
  path: Path | undefined;
  event: Event | undefined;
}

/** What a core has to say, in order, until it is drained. Slots are reused: a warm queue allocates no buffers. */
export class OutputQueue<Event> {
  private readonly slots: Slot<Event>[] = [];
  private head = 0;
  private tail = 0;
  private draining = false;

  /** `mtuBytes` is the size that slots start with; a longer datagram grows its slot. */
  constructor(private readonly mtuBytes: number) {}

  /** Whether nothing waits to be drained. */
  get isEmpty(): boolean {
    return this.head === this.tail;
  }

  /** Queues a copy of `bytes`; the caller may reuse its own at once. */
  transmit(bytes: Uint8Array, path: Path): void {
    const slot = this.append();
    if (bytes.length > slot.bytes.length) slot.bytes = new Uint8Array(bytes.length);
    slot.bytes.set(bytes);
    slot.length = bytes.length;
    slot.path = path;
  }

  event(event: Event): void {
    this.append().event = event;
  }

  /** Delivers everything queued, also what deliveries add. Called from within itself, it leaves the work to the outer call. */
  drain(outputs: Outputs<Event>): void {
    if (this.draining) return;
    this.draining = true;
    try {
      while (this.head < this.tail) this.deliver(this.slots[this.head++]!, outputs);
      this.head = this.tail = 0;
    } finally {
      this.draining = false; // if a listener threw, the rest is still queued
    }
  }

  private deliver(slot: Slot<Event>, outputs: Outputs<Event>): void {
    const { path, event } = slot;
    slot.path = slot.event = undefined;
    if (path) outputs.transmit(slot.bytes.subarray(0, slot.length), path);
    else outputs.event(event as Event);
  }

  private append(): Slot<Event> {
    this.slots[this.tail] ??= { bytes: new Uint8Array(this.mtuBytes), length: 0, path: undefined, event: undefined };
    return this.slots[this.tail++]!;
  }
}
