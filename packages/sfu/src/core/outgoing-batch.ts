/**
 * Where each field of a descriptor is, in {@link OutgoingBatch.descriptors}. The packet on the wire is
 * `heads[headOffset, +clearBytes) | encrypt(rest of the head ++ slab[bodyOffset, +bodyBytes)) | tag`.
 */
export const Descriptor = {
  /** The integer address that `Participant.connect` was told. */
  destination: 0,
  /** The integer key context that it was told. */
  sealer: 1,
  headOffset: 2,
  /** Of the RTP header, and of what was rewritten behind it: a payload descriptor, the original number of a retransmission. */
  headBytes: 3,
  /** Of the RTP header with its extensions: authenticated, not encrypted. */
  clearBytes: 4,
  bodyOffset: 5,
  bodyBytes: 6,
  /** The upper 32 bits of the packet index (RFC 3711 §3.3.1); the lower 16 are the sequence number. */
  rolloverCounter: 7,
} as const;

/** Integers of a descriptor. */
export const DESCRIPTOR_INTS = 8;

/** Room that a head may need: 12 bytes, extensions with a dependency descriptor of 255, and what is rewritten behind them. */
export const MAX_HEAD_BYTES = 512;

const DEFAULT_PACKETS = 4_096;
/** What a head takes usually; fewer packets fit where heads are larger. */
const USUAL_HEAD_BYTES = 64;

/**
 * What is to be sealed and sent: descriptors and the heads of packets, in memory that is used again. Packets of one destination are in
 * the order in which they must leave; destinations interleave, so that the sender groups by destination.
 */
export class OutgoingBatch {
  readonly descriptors: Int32Array;
  readonly heads: Uint8Array;
  count = 0;
  headBytes = 0;
  /** Called in the middle of routing when there is no room: seal and send everything, then {@link clear}. */
  onFull: () => void = () => this.clear();

  constructor(private readonly maxPackets = DEFAULT_PACKETS) {
    this.descriptors = new Int32Array(maxPackets * DESCRIPTOR_INTS);
    this.heads = new Uint8Array(maxPackets * USUAL_HEAD_BYTES + MAX_HEAD_BYTES);
  }

  /** Everything was sent, or is not worth it. */
  clear(): void {
    this.count = 0;
    this.headBytes = 0;
  }

  /** Where the next head may be written, up to {@link MAX_HEAD_BYTES}. */
  reserve(): number {
    if (this.count === this.maxPackets || this.headBytes + MAX_HEAD_BYTES > this.heads.length) this.onFull();
    return this.headBytes;
  }

  /** Adds the packet whose head lies where {@link reserve} said. */
  add(
    destination: number,
    sealer: number,
    headBytes: number,
    clearBytes: number,
    bodyOffset: number,
    bodyBytes: number,
    rolloverCounter: number,
  ): void {
    const { descriptors } = this;
    const at = this.count * DESCRIPTOR_INTS;
    descriptors[at] = destination;
    descriptors[at + 1] = sealer;
    descriptors[at + 2] = this.headBytes;
    descriptors[at + 3] = headBytes;
    descriptors[at + 4] = clearBytes;
    descriptors[at + 5] = bodyOffset;
    descriptors[at + 6] = bodyBytes;
    descriptors[at + 7] = rolloverCounter;
    this.count += 1;
    this.headBytes += headBytes;
  }
}
