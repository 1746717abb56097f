import type { DependencyDescriptor } from '../rtp/index.js';

/** A payload held until those before it have come. */
export class HeldPayload {
  bytes = new Uint8Array(1_500);
  length = 0;
  sequence = 0;
  rtpTimestamp = 0;
  isMarked = false;
  receivedAt = 0;
  dependencies: DependencyDescriptor | undefined = undefined;

  hold(from: Uint8Array, offset: number, length: number): void {
    if (length > this.bytes.length) this.bytes = new Uint8Array(length);
    this.bytes.set(from.subarray(offset, offset + length));
    this.length = length;
  }
}

/**
 * Payloads by unrolled sequence number, at most `size` (a power of two) in a row. Slots that were released are used again, the
 * last one first: a stream in order needs one.
 */
export class PacketWindow {
  private readonly slots: (HeldPayload | undefined)[];
  private readonly free: HeldPayload[] = [];
  /** Held now. */
  count = 0;

  constructor(readonly size: number) {
    this.slots = new Array<HeldPayload | undefined>(size).fill(undefined);
  }

  get(sequence: number): HeldPayload | undefined {
    const slot = this.slots[sequence & (this.size - 1)];
    return slot?.sequence === sequence ? slot : undefined;
  }

  /** The slot for `sequence`, which must be free. */
  add(sequence: number): HeldPayload {
    const slot = this.free.pop() ?? new HeldPayload();
    slot.sequence = sequence;
    this.slots[sequence & (this.size - 1)] = slot;
    this.count += 1;
    return slot;
  }

  release(sequence: number): void {
    const slot = this.get(sequence);
    if (!slot) return;
    slot.dependencies = undefined;
    this.slots[sequence & (this.size - 1)] = undefined;
    this.free.push(slot);
    this.count -= 1;
  }
}
