import type { IceEvent, IceOutputs, IceTransmitter } from './events.js';

/** Whatever can carry bytes: a route to the peer, or a relay's way to its server. */
interface Carrier {
  send(bytes: Uint8Array, transmitter: IceTransmitter): boolean;
}

interface Slot {
  bytes: Uint8Array;
  length: number;
  /** Where the bytes go; without one they are application data for the owner. */
  route: Carrier | undefined;
  event: IceEvent | undefined;
}

/** Slots that wait for whichever agent has something to say next: an idle one keeps none. */
const MAX_SPARE_SLOTS = 256;
const spareSlots: Slot[] = [];

/** What an agent has to say, in order, until it is drained: like core's queue, with routes in place of paths. */
export class IceOutputQueue {
  private readonly slots: Slot[] = [];
  private head = 0;
  private tail = 0;
  private draining = false;

  /** Queues a copy of `bytes` for the network. */
  transmit(bytes: Uint8Array, route: Carrier): void {
    this.copy(bytes).route = route;
  }

  /** Queues a copy of application bytes for the owner. */
  data(bytes: Uint8Array): void {
    this.copy(bytes);
  }

  event(event: IceEvent): void {
    this.append().event = event;
  }

  drain(outputs: IceOutputs): void {
    if (this.draining) return;
    this.draining = true;
    try {
      while (this.head < this.tail) deliver(this.slots[this.head++]!, outputs);
      this.head = this.tail = 0;
      while (this.slots.length > 0) {
        const slot = this.slots.pop()!;
        if (spareSlots.length < MAX_SPARE_SLOTS) spareSlots.push(slot);
      }
    } finally {
      this.draining = false; // if a listener threw, the rest is still queued
    }
  }

  private copy(bytes: Uint8Array): Slot {
    const slot = this.append();
    if (bytes.length > slot.bytes.length) slot.bytes = new Uint8Array(bytes.length);
    slot.bytes.set(bytes);
    slot.length = bytes.length;
    return slot;
  }

  private append(): Slot {
    this.slots[this.tail] ??= spareSlots.pop() ?? { bytes: EMPTY, length: 0, route: undefined, event: undefined };
    return this.slots[this.tail++]!;
  }
}

const EMPTY = new Uint8Array(0);

function deliver(slot: Slot, outputs: IceOutputs): void {
  const { route, event } = slot;
  slot.route = slot.event = undefined;
  if (event) outputs.event(event);
  else if (route) route.send(slot.bytes.subarray(0, slot.length), outputs);
  else outputs.data(slot.bytes.subarray(0, slot.length));
}
