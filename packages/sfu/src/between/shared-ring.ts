/** Words at the beginning, each on a cache line of its own: how far was written and read, in bytes modulo 2^32; what had no room. */
const WRITTEN = 0;
const READ = 16;
const DROPPED = 32;
const HEADER_BYTES = 192;
/** In place of the length of a record: the rest up to the end is empty, the next record is at the beginning. */
const SKIP = -1;
const LENGTH_BYTES = 4;
/** Records begin at multiples of it, so that they can be read as words. */
const ALIGNMENT = 4;

/** Memory for a ring of `bytes`, a power of two: zeros are an empty one. */
export function ringMemory(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + bytes);
}

/** The views that both ends have of one ring. */
class Ring {
  protected readonly state: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  protected readonly capacity: number;

  constructor(memory: SharedArrayBuffer) {
    this.capacity = memory.byteLength - HEADER_BYTES;
    this.state = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.words = new Int32Array(memory, HEADER_BYTES);
    this.bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  /** Records that had no room, from the beginning on. */
  get dropped(): number {
    return Atomics.load(this.state, DROPPED) >>> 0;
  }
}

/**
 * The end of a ring into which one thread writes records of bytes for one other. What is written is seen by the other with {@link publish}, a
 * batch at a time. What has no room is dropped and counted: nobody waits.
 */
export class RingWriter extends Ring {
  private written: number;
  private readUpTo: number;

  constructor(memory: SharedArrayBuffer) {
    super(memory);
    this.written = Atomics.load(this.state, WRITTEN) & -ALIGNMENT;
    this.readUpTo = Atomics.load(this.state, READ);
  }

  /** The longest record that may ever have room. */
  get maxRecordBytes(): number {
    return this.capacity / 2;
  }

  /** How full it is, from 0 to 1, what is not published included. */
  get fill(): number {
    this.readUpTo = Atomics.load(this.state, READ);
    return ((this.written - this.readUpTo) >>> 0) / this.capacity;
  }

  get hasUnpublished(): boolean {
    return this.written !== this.state[WRITTEN];
  }

  /** Takes room for a record of `length` bytes; where it begins in {@link bytes}, or -1 where there is none. Write it all before the next call. */
  take(length: number): number {
    const at = this.place(length);
    if (at < 0) Atomics.add(this.state, DROPPED, 1);
    return at;
  }

  /** The same where what has no room is not lost: its owner comes again with it. */
  place(length: number): number {
    const { capacity } = this;
    if (length > this.maxRecordBytes) return -1;
    const needed = LENGTH_BYTES + aligned(length);
    const start = this.written & (capacity - 1);
    const untilEnd = capacity - start;
    const skipped = needed > untilEnd ? untilEnd : 0;
    if (!this.hasRoom(skipped + needed)) return -1;
    if (skipped > 0) this.words[start >> 2] = SKIP;
    const at = skipped > 0 ? 0 : start;
    this.words[at >> 2] = length;
    this.written = (this.written + skipped + needed) | 0;
    return at + LENGTH_BYTES;
  }

  /** From now on the reader sees what was written. Whether there was anything. */
  publish(): boolean {
    if (!this.hasUnpublished) return false;
    Atomics.store(this.state, WRITTEN, this.written);
    return true;
  }

  private hasRoom(bytes: number): boolean {
    const { capacity } = this;
    if (bytes <= capacity - ((this.written - this.readUpTo) >>> 0)) return true;
    this.readUpTo = Atomics.load(this.state, READ);
    return bytes <= capacity - ((this.written - this.readUpTo) >>> 0);
  }
}

/** The other end. Nothing that is in the memory makes it read outside of it, or stand still. */
export class RingReader extends Ring {
  /** Of the record that {@link next} found. */
  length = 0;
  /** How often what was there made no sense, and all of it was skipped. */
  corrupted = 0;
  private readUpTo: number;

  constructor(memory: SharedArrayBuffer) {
    super(memory);
    this.readUpTo = Atomics.load(this.state, READ);
  }

  /** Where the next record begins in {@link bytes}; -1 when there is none. It may be read until {@link release}. */
  next(): number {
    const { capacity, words } = this;
    const written = Atomics.load(this.state, WRITTEN);
    const start = this.readUpTo & (capacity - 1);
    const available = (written - this.readUpTo) >>> 0;
    if (available === 0) return -1;
    if (available > capacity || start % ALIGNMENT !== 0) return this.skipAll(written);
    const isSkip = words[start >> 2] === SKIP;
    const skipped = isSkip ? capacity - start : 0;
    if (skipped + LENGTH_BYTES > available) return this.skipAll(written);
    const at = isSkip ? 0 : start;
    const length = words[at >> 2]!;
    const taken = LENGTH_BYTES + aligned(length);
    if (length < 0 || taken > capacity - at || skipped + taken > available) return this.skipAll(written);
    this.readUpTo = (this.readUpTo + skipped + taken) | 0;
    this.length = length;
    return at + LENGTH_BYTES;
  }

  /** Gives the room of everything read back. */
  release(): void {
    Atomics.store(this.state, READ, this.readUpTo);
  }

  private skipAll(written: number): number {
    this.corrupted += 1;
    this.readUpTo = written & -ALIGNMENT;
    this.release();
    return -1;
  }
}

function aligned(length: number): number {
  return (length + ALIGNMENT - 1) & -ALIGNMENT;
}
