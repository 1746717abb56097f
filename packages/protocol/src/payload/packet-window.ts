import { BLOCK_BYTES, SlabBlocks } from '../bytes/index.js';
import type { FrameBuffer } from './frame-buffer.js';

const NO_BYTES = new Uint8Array(0);
/** Most have three; those that bring a structure, dozens. */
const MIN_DESCRIPTOR_BYTES = 8;

/** A payload held until those before it have come. */
export class HeldPayload {
  length = 0;
  sequence = 0;
  rtpTimestamp = 0;
  isMarked = false;
  receivedAt = 0;
  /** Its dependency descriptor, in the first so many bytes of a memory that is kept. */
  descriptor = NO_BYTES;
  descriptorBytes = 0;
  /** Where it lies in the tail of the memory, from where that begins. */
  offset = 0;
  /** Where it lies once the next has come, and the room there; -1 before the first time. */
  home = -1;
  room = 0;

  /** Keeps a copy of the dependency descriptor of `length` bytes at `offset`. */
  describe(bytes: Uint8Array, offset: number, length: number): void {
    if (length > this.descriptor.length) this.descriptor = new Uint8Array(Math.max(MIN_DESCRIPTOR_BYTES, length));
    for (let i = 0; i < length; i++) this.descriptor[i] = bytes[offset + i]!;
    this.descriptorBytes = length;
  }
}

/** What is copied by whole arrays is at most as long. */
const MAX_LANDING_BYTES = 2_048;
/** A payload lands here: before it there is room for what a whole array has before its payload. */
const LANDING = MAX_LANDING_BYTES;
/** Of the landing, the longest view of a slab behind it. */
const LANDING_BYTES = LANDING + BLOCK_BYTES + MAX_LANDING_BYTES;
const ROOM_BYTES = 1_536;

/** Views of slabs: one thread receives into few. */
const blocks = new SlabBlocks(MAX_LANDING_BYTES);

/**
 * Payloads by unrolled sequence number, at most `size` (a power of two) in a row. The newest stays where it landed until another
 * comes, so that a stream in order is copied from there into the frame at once. Those that wait have places in the tail of the
 * frame's memory, which are used again, the last one first.
 */
export class PacketWindow {
  private readonly slots: (HeldPayload | undefined)[];
  private readonly free: HeldPayload[] = [];
  private landed: HeldPayload | undefined;
  /** Of the tail, by the landing and the places. */
  private usedBytes = LANDING_BYTES;
  /** Held now. */
  count = 0;

  constructor(
    readonly size: number,
    private readonly memory: FrameBuffer,
  ) {
    this.slots = new Array<HeldPayload | undefined>(size).fill(undefined);
  }

  get(sequence: number): HeldPayload | undefined {
    const slot = this.slots[sequence & (this.size - 1)];
    return slot?.sequence === sequence ? slot : undefined;
  }

  /** Holds a copy of a payload under `sequence`, whose place must be free. */
  hold(sequence: number, from: Uint8Array, offset: number, length: number): HeldPayload {
    if (this.landed) this.bringHome(this.landed);
    const slot = this.free.pop() ?? new HeldPayload();
    slot.sequence = sequence;
    slot.length = length;
    slot.descriptorBytes = 0;
    if (length > 0) this.land(slot, from, offset);
    this.slots[sequence & (this.size - 1)] = slot;
    this.count += 1;
    return slot;
  }

  release(sequence: number): void {
    const slot = this.get(sequence);
    if (!slot) return;
    if (slot === this.landed) this.landed = undefined;
    this.slots[sequence & (this.size - 1)] = undefined;
    this.free.push(slot);
    this.count -= 1;
  }

  /** Copies without a view of its own: a small array whole, of a slab the block that has the payload, what is longer to its place. */
  private land(slot: HeldPayload, from: Uint8Array, offset: number): void {
    const { memory } = this;
    if (slot.length > MAX_LANDING_BYTES) {
      this.prepareHome(slot);
      memory.bytes.set(from.subarray(offset, offset + slot.length), memory.tailAt + slot.home);
      slot.offset = slot.home;
      return;
    }
    this.growTo(LANDING_BYTES);
    if (from.length <= MAX_LANDING_BYTES) memory.bytes.set(from, memory.tailAt + LANDING - offset);
    else memory.bytes.set(blocks.at(from, offset), memory.tailAt + LANDING - (offset % BLOCK_BYTES));
    slot.offset = LANDING;
    this.landed = slot;
  }

  /** Another comes: what landed goes to its place. */
  private bringHome(slot: HeldPayload): void {
    this.landed = undefined;
    this.prepareHome(slot);
    const { bytes, tailAt } = this.memory;
    bytes.copyWithin(tailAt + slot.home, tailAt + slot.offset, tailAt + slot.offset + slot.length);
    slot.offset = slot.home;
  }

  private prepareHome(slot: HeldPayload): void {
    if (slot.length <= slot.room) return;
    slot.room = Math.max(ROOM_BYTES, slot.length, 2 * slot.room);
    slot.home = this.usedBytes;
    this.usedBytes += slot.room;
    this.growTo(this.usedBytes);
  }

  private growTo(bytes: number): void {
    const { tailBytes } = this.memory;
    if (bytes > tailBytes) this.memory.growTail(Math.max(bytes, 2 * tailBytes));
  }
}
