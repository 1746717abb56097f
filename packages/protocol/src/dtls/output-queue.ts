import type { Path } from '../core/index.js';
import type { DtlsEvent, DtlsOutputs } from './events.js';

interface Slot {
  kind: 'datagram' | 'data' | 'event';
  bytes: Uint8Array;
  length: number;
  event: DtlsEvent | undefined;
}

const NO_BYTES = new Uint8Array(0);
/** Slots that wait for the next burst of whichever connection, some 1.5 MiB: what a burst of 512 KiB takes, twice. An idle connection keeps none. */
const MAX_SPARE_SLOTS = 1_024;
const spareSlots: Slot[] = [];

/**
 * What a connection has to say, in order. Like OutputQueue of the core, but a record is sealed or opened straight into the
 * slot that it leaves from, and application data is a kind of output of its own.
 */
export class DtlsOutputQueue {
  private readonly slots: Slot[] = [];
  private head = 0;
  private tail = 0;
  private draining = false;

  constructor(private readonly path: Path) {}

  /** Bytes of the slot that comes next, at least `length` of them, to build an output in; {@link commit} queues it. */
  reserve(length: number): Uint8Array {
    this.slots[this.tail] ??= spareSlots.pop() ?? { kind: 'event', bytes: NO_BYTES, length: 0, event: undefined };
    const slot = this.slots[this.tail]!;
    if (slot.bytes.length < length) slot.bytes = new Uint8Array(length);
    return slot.bytes;
  }

  /** Queues the first `length` bytes of what was reserved last. */
  commit(kind: 'datagram' | 'data', length: number): void {
    const slot = this.slots[this.tail++]!;
    slot.kind = kind;
    slot.length = length;
  }

  event(event: DtlsEvent): void {
    this.reserve(0);
    const slot = this.slots[this.tail++]!;
    slot.kind = 'event';
    slot.event = event;
  }

  /** Delivers everything queued, also what deliveries add. Called from within itself, it leaves the work to the outer call. */
  drain(outputs: DtlsOutputs): void {
    if (this.draining) return;
    this.draining = true;
    try {
      while (this.head < this.tail) this.deliver(this.slots[this.head++]!, outputs);
      this.head = this.tail = 0;
      while (this.slots.length > 0) {
        const slot = this.slots.pop()!;
        if (spareSlots.length < MAX_SPARE_SLOTS) spareSlots.push(slot);
      }
    } finally {
      this.draining = false; // if a listener threw, the rest is still queued
    }
  }

  private deliver(slot: Slot, outputs: DtlsOutputs): void {
    if (slot.kind === 'event') {
      const event = slot.event!;
      slot.event = undefined;
      outputs.event(event);
      return;
    }
    const bytes = slot.bytes.subarray(0, slot.length);
    if (slot.kind === 'data') outputs.data(bytes);
    else outputs.transmit(bytes, this.path);
  }
}
