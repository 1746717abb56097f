/** Integers of a row of an {@link OpenBatch}. */
export const OPEN_INTS = 6;

/** What the integers of a row are. */
export const OpenField = {
  /** Where the packet begins in the slab. */
  offset: 0,
  /** Of the protected packet; the driver leaves the plain one's, or an {@link SrtpRefusal}. */
  length: 1,
  /** Of fixed header, contributing sources and extensions: authenticated, not encrypted. */
  headerBytes: 2,
  /** The driver's integer for the key, or {@link OPENED}. */
  key: 3,
  /** The rollover counter that the packet is taken to have; the sequence number is in the packet. */
  rollover: 4,
  /** Whatever the one who filled the row wants to know again. */
  owner: 5,
} as const;

/** In place of a key: nothing is left for the driver to do. */
export const OPENED = -1;

/**
 * Packets of one slab that wait to be checked and decrypted where they lie, of any senders: {@link SrtpReceiver.prepareRtp} appends, a
 * driver opens all of them in one call, {@link SrtpReceiver.commitRtp} says of each what became of it.
 */
export class OpenBatch {
  /** Rows of {@link OPEN_INTS} integers. */
  readonly table: Int32Array;
  count = 0;

  constructor(readonly capacity = 4_096) {
    this.table = new Int32Array(capacity * OPEN_INTS);
  }

  get isFull(): boolean {
    return this.count === this.capacity;
  }

  add(offset: number, length: number, headerBytes: number, key: number, rollover: number, owner: number): void {
    const { table } = this;
    const at = this.count * OPEN_INTS;
    table[at] = offset;
    table[at + 1] = length;
    table[at + 2] = headerBytes;
    table[at + 3] = key;
    table[at + 4] = rollover;
    table[at + 5] = owner;
    this.count += 1;
  }

  offset(row: number): number {
    return this.table[row * OPEN_INTS + OpenField.offset]!;
  }

  owner(row: number): number {
    return this.table[row * OPEN_INTS + OpenField.owner]!;
  }

  clear(): void {
    this.count = 0;
  }
}
