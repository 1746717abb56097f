/** Integers of a row of a {@link SealBatch}. */
export const SEAL_INTS = 9;

/** What the integers of a row are. */
export const SealField = {
  /** The driver's integer for where the packet goes. */
  address: 0,
  /** The driver's integer for the key. */
  key: 1,
  /** The rollover counter of the packet: {@link SrtpSender.claim} says it. SSRC and sequence number are in the head. */
  rollover: 2,
  /** The head in {@link SealBatch.heads}: all of the RTP header, and whatever of the payload is written anew. */
  headOffset: 3,
  headBytes: 4,
  /** As much of the head is RTP header: authenticated, not encrypted. */
  clearBytes: 5,
  /** The driver's integer for the slab that the rest of the payload lies in; 0 is the one it receives into. */
  slab: 6,
  bodyOffset: 7,
  bodyBytes: 8,
} as const;

/** Of a head: the longest header with extensions that a forwarder writes, and a payload descriptor. */
const USUAL_HEAD_BYTES = 64;

/**
 * Packets that wait to be sealed and sent, each as a head of its own and a body that many may share:
 *
 *     head: | RTP header (clear) | start of the payload |   body: | rest of the payload |
 *     sent: | RTP header | encrypted: start of the payload, rest of the payload | tag |
 *
 * Encrypting is the copy: bodies are read where they lie and stay as they are. A driver sends what goes to one address in the order in
 * which it was added, together where that is cheaper.
 */
export class SealBatch {
  /** Rows of {@link SEAL_INTS} integers. */
  readonly table: Int32Array;
  readonly heads: Uint8Array;
  count = 0;
  /** Of {@link heads}; the next head begins here. */
  headsUsed = 0;

  constructor(
    readonly capacity = 8_192,
    headBytes = capacity * USUAL_HEAD_BYTES,
  ) {
    this.table = new Int32Array(capacity * SEAL_INTS);
    this.heads = new Uint8Array(headBytes);
  }

  /** Whether another packet with a head of `headBytes` fits; where not, the driver sends first. */
  hasRoom(headBytes: number): boolean {
    return this.count < this.capacity && this.headsUsed + headBytes <= this.heads.length;
  }

  /** Appends a packet whose head has just been written to {@link heads} at {@link headsUsed}. */
  add(
    address: number,
    key: number,
    rollover: number,
    headBytes: number,
    clearBytes: number,
    slab: number,
    bodyOffset: number,
    bodyBytes: number,
  ): void {
    this.addShared(address, key, rollover, this.headsUsed, headBytes, clearBytes, slab, bodyOffset, bodyBytes);
    this.headsUsed += headBytes;
  }

  /** The same with a head that lies somewhere in {@link heads} already: several packets may have one. */
  addShared(
    address: number,
    key: number,
    rollover: number,
    headOffset: number,
    headBytes: number,
    clearBytes: number,
    slab: number,
    bodyOffset: number,
    bodyBytes: number,
  ): void {
    const { table } = this;
    const at = this.count * SEAL_INTS;
    table[at] = address;
    table[at + 1] = key;
    table[at + 2] = rollover;
    table[at + 3] = headOffset;
    table[at + 4] = headBytes;
    table[at + 5] = clearBytes;
    table[at + 6] = slab;
    table[at + 7] = bodyOffset;
    table[at + 8] = bodyBytes;
    this.count += 1;
  }

  clear(): void {
    this.count = this.headsUsed = 0;
  }
}
