import type { Instant } from '../../core/index.js';
import type { OutgoingMessage } from './outgoing-message.js';

/** What is known of a chunk that was given a TSN. */
export const ChunkState = {
  /** No such chunk. */
  none: 0,
  inFlight: 1,
  /** In a gap block: it has arrived, and its bytes are kept in case that the peer reneges (RFC 9260 §6.2.1). */
  gapAcked: 2,
  /** Found lost, to be sent again. */
  lost: 3,
  /** Given up (RFC 3758 §3.5). */
  abandoned: 4,
} as const;

/** A connection that only says a word now and then needs no more; a busy one has grown in a round trip. */
const INITIAL_CAPACITY = 32;

/** Most TSNs from the first unacknowledged one to the newest: within what peers accept (40 000) and gap blocks can say. */
export const MAX_OUTSTANDING = 32_768;

/**
 * The chunks between the cumulative TSN and the next TSN: numbers in typed arrays, at `tsn & mask`. Those in flight are
 * also linked in the order in which they were last sent, the lost ones in the order in which they were found so: both
 * ends of either list are O(1).
 */
export class OutstandingChunks {
  /** The lowest TSN that is not cumulatively acknowledged. */
  firstTsn: number;
  nextTsn: number;
  /** User bytes in flight or lost: what the peer's window must hold. */
  outstandingBytes = 0;
  /** Bytes of chunks in flight, headers included: what congestion control counts. */
  inFlightBytes = 0;
  gapAckedChunks = 0;

  mask = INITIAL_CAPACITY - 1;
  states = new Uint8Array(INITIAL_CAPACITY);
  flags = new Uint8Array(INITIAL_CAPACITY);
  transmissions = new Uint8Array(INITIAL_CAPACITY);
  /** Bytes of user data. */
  sizes = new Uint16Array(INITIAL_CAPACITY);
  /** Where in its message the chunk starts, and which fragment it is. */
  offsets = new Uint32Array(INITIAL_CAPACITY);
  fragments = new Uint32Array(INITIAL_CAPACITY);
  sentAt = new Float64Array(INITIAL_CAPACITY);
  messages: (OutgoingMessage | undefined)[] = new Array<OutgoingMessage | undefined>(INITIAL_CAPACITY).fill(undefined);
  /** One bit for each gap-acknowledged chunk: a SACK is compared 32 chunks at a time. */
  ackedBits = new Int32Array(INITIAL_CAPACITY >>> 5);

  /** Links; the two places after the ring are the ends of the two lists. */
  private nextLinks = new Int32Array(INITIAL_CAPACITY + 2);
  private previousLinks = new Int32Array(INITIAL_CAPACITY + 2);

  constructor(
    initialTsn: number,
    private readonly headerBytes: number,
  ) {
    this.firstTsn = initialTsn;
    this.nextTsn = initialTsn;
    this.clearLists();
  }

  get count(): number {
    return (this.nextTsn - this.firstTsn) | 0;
  }

  /** TSN of the chunk in `slot`. */
  tsnAt(slot: number): number {
    return (this.firstTsn + ((slot - this.firstTsn) & this.mask)) >>> 0;
  }

  /** The chunk in flight that was sent longest ago, or -1. */
  get oldestInFlight(): number {
    const slot = this.nextLinks[this.mask + 1]!;
    return slot > this.mask ? -1 : slot;
  }

  /** The chunk in flight that was sent last, or -1. */
  get newestInFlight(): number {
    const slot = this.previousLinks[this.mask + 1]!;
    return slot > this.mask ? -1 : slot;
  }

  /** The chunk sent next after that in `slot`, or -1. */
  sentAfter(slot: number): number {
    const next = this.nextLinks[slot]!;
    return next > this.mask ? -1 : next;
  }

  /** The chunk to send again first, or -1. */
  get firstLost(): number {
    const slot = this.nextLinks[this.mask + 2]!;
    return slot > this.mask ? -1 : slot;
  }

  /** Gives the next TSN to a chunk that leaves now; returns its slot. */
  append(now: Instant, message: OutgoingMessage, offset: number, size: number, fragment: number, flags: number): number {
    if (this.count > this.mask) this.grow();
    const slot = this.nextTsn & this.mask;
    this.nextTsn = (this.nextTsn + 1) >>> 0;
    this.states[slot] = ChunkState.inFlight;
    this.flags[slot] = flags;
    this.transmissions[slot] = 1;
    this.sizes[slot] = size;
    this.offsets[slot] = offset;
    this.fragments[slot] = fragment;
    this.sentAt[slot] = now;
    this.messages[slot] = message;
    this.link(slot, this.mask + 1);
    this.outstandingBytes += size;
    this.inFlightBytes += this.chunkBytes(slot);
    return slot;
  }

  /** Gives the next TSN to what is never sent: it stands for the rest of an abandoned message. */
  appendPlaceholder(message: OutgoingMessage, flags: number): void {
    if (this.count > this.mask) this.grow();
    const slot = this.nextTsn & this.mask;
    this.nextTsn = (this.nextTsn + 1) >>> 0;
    this.states[slot] = ChunkState.abandoned;
    this.flags[slot] = flags;
    this.transmissions[slot] = 0;
    this.sizes[slot] = 0;
    this.messages[slot] = message;
  }

  /** The chunk in `slot` (in flight or lost) leaves again. */
  resend(slot: number, now: Instant): void {
    this.unlink(slot);
    if (this.states[slot] === ChunkState.lost) this.inFlightBytes += this.chunkBytes(slot);
    this.states[slot] = ChunkState.inFlight;
    this.sentAt[slot] = now;
    if (this.transmissions[slot]! < 255) this.transmissions[slot]! += 1;
    this.link(slot, this.mask + 1);
  }

  /** The chunk in `slot`, in flight until now, is lost. */
  markLost(slot: number): void {
    this.unlink(slot);
    this.states[slot] = ChunkState.lost;
    this.inFlightBytes -= this.chunkBytes(slot);
    this.link(slot, this.mask + 2);
  }

  /** The chunk in `slot`, in flight or lost, is in a gap block. */
  markGapAcked(slot: number): void {
    this.leave(slot);
    this.states[slot] = ChunkState.gapAcked;
    this.ackedBits[slot >>> 5]! |= 1 << (slot & 31);
    this.gapAckedChunks += 1;
  }

  /** What was gap-acknowledged is not any more, as far as we trust: all of it is lost (RFC 9260 §6.2.1, §6.3.3). */
  distrustGapAcks(): void {
    for (let tsn = this.firstTsn; this.gapAckedChunks > 0 && tsn !== this.nextTsn; tsn = (tsn + 1) >>> 0) {
      const slot = tsn & this.mask;
      if (this.states[slot] !== ChunkState.gapAcked) continue;
      this.clearAcked(slot);
      this.states[slot] = ChunkState.lost;
      this.transmissions[slot] = Math.max(2, this.transmissions[slot]!); // when it arrives measures nothing any more
      this.outstandingBytes += this.sizes[slot]!;
      this.link(slot, this.mask + 2);
    }
  }

  /** The chunk in `slot` is given up, whatever it was. */
  abandon(slot: number): void {
    const state = this.states[slot]!;
    if (state === ChunkState.gapAcked) this.clearAcked(slot);
    else if (state !== ChunkState.abandoned) this.leave(slot);
    this.states[slot] = ChunkState.abandoned;
  }

  /** Removes the first chunk, which is cumulatively acknowledged; returns the state that it was in. */
  removeFirst(): number {
    const slot = this.firstTsn & this.mask;
    const state = this.states[slot]!;
    if (state === ChunkState.gapAcked) this.clearAcked(slot);
    else if (state !== ChunkState.abandoned) this.leave(slot);
    this.states[slot] = ChunkState.none;
    this.messages[slot] = undefined;
    this.firstTsn = (this.firstTsn + 1) >>> 0;
    return state;
  }

  /** Bytes of the chunk in `slot`, header and padding included. */
  chunkBytes(slot: number): number {
    return (this.sizes[slot]! + this.headerBytes + 3) & ~3;
  }

  private leave(slot: number): void {
    this.unlink(slot);
    if (this.states[slot] === ChunkState.inFlight) this.inFlightBytes -= this.chunkBytes(slot);
    this.outstandingBytes -= this.sizes[slot]!;
  }

  private clearAcked(slot: number): void {
    this.ackedBits[slot >>> 5]! &= ~(1 << (slot & 31));
    this.gapAckedChunks -= 1;
  }

  private link(slot: number, list: number): void {
    const last = this.previousLinks[list]!;
    this.nextLinks[last] = slot;
    this.previousLinks[slot] = last;
    this.nextLinks[slot] = list;
    this.previousLinks[list] = slot;
  }

  private unlink(slot: number): void {
    const next = this.nextLinks[slot]!;
    const previous = this.previousLinks[slot]!;
    this.nextLinks[previous] = next;
    this.previousLinks[next] = previous;
  }

  private clearLists(): void {
    for (const list of [this.mask + 1, this.mask + 2]) {
      this.nextLinks[list] = list;
      this.previousLinks[list] = list;
    }
  }

  /** Doubles the ring: every chunk moves to its place under the new mask, both lists keep their order. */
  private grow(): void {
    const { mask, states, flags, transmissions, sizes, offsets, fragments, sentAt, messages, nextLinks } = this;
    const capacity = 2 * (this.mask + 1);
    this.mask = capacity - 1;
    this.states = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.transmissions = new Uint8Array(capacity);
    this.sizes = new Uint16Array(capacity);
    this.offsets = new Uint32Array(capacity);
    this.fragments = new Uint32Array(capacity);
    this.sentAt = new Float64Array(capacity);
    this.messages = new Array<OutgoingMessage | undefined>(capacity).fill(undefined);
    this.ackedBits = new Int32Array(capacity >>> 5);
    this.nextLinks = new Int32Array(capacity + 2);
    this.previousLinks = new Int32Array(capacity + 2);
    this.clearLists();
    for (let tsn = this.firstTsn; tsn !== this.nextTsn; tsn = (tsn + 1) >>> 0) {
      const from = tsn & mask;
      const to = tsn & this.mask;
      this.states[to] = states[from]!;
      this.flags[to] = flags[from]!;
      this.transmissions[to] = transmissions[from]!;
      this.sizes[to] = sizes[from]!;
      this.offsets[to] = offsets[from]!;
      this.fragments[to] = fragments[from]!;
      this.sentAt[to] = sentAt[from]!;
      this.messages[to] = messages[from];
      if (this.states[to] === ChunkState.gapAcked) this.ackedBits[to >>> 5]! |= 1 << (to & 31);
    }
    for (const list of [1, 2]) {
      for (let slot = nextLinks[mask + list]!; slot <= mask; slot = nextLinks[slot]!)
        this.link((this.firstTsn + ((slot - this.firstTsn) & mask)) & this.mask, this.mask + list);
    }
  }
}
