import type { Instant } from '@maru/protocol/core';

/** Thirteen packets of video; three seconds of audio. */
const PAGE_BYTES = 16_384;
/** Packets of a source that can be found, a power of two (security budgets, "RTX cache"). */
const MAX_PACKETS = 2_048;
const FIRST_PACKETS = 128;
const NO_PAGE = -1;

/**
 * Plain packets of all sources of a worker, kept for retransmission and for what waits in pacers: copied once, whoever many ask for
 * them. Memory comes in pages; each source gives its own oldest page back before it takes more than its share.
 */
export class PacketCache {
  private readonly pages: number;
  private readonly free: Int32Array;
  private freeCount: number;
  /** Counts how often a page was given out, so that what lay in it before is not found any more. */
  private readonly generations: Int32Array;

  /** `slab` is the number of `bytes` among the slabs that bodies are taken from. */
  constructor(
    readonly bytes: Uint8Array,
    readonly slab: number,
  ) {
    this.pages = Math.floor(bytes.length / PAGE_BYTES);
    this.generations = new Int32Array(this.pages);
    this.free = new Int32Array(this.pages);
    for (let page = 0; page < this.pages; page++) this.free[page] = this.pages - 1 - page;
    this.freeCount = this.pages;
  }

  get usedBytes(): number {
    return (this.pages - this.freeCount) * PAGE_BYTES;
  }

  get limitBytes(): number {
    return this.pages * PAGE_BYTES;
  }

  /** A page, or -1 when there is none left. */
  take(): number {
    return this.freeCount === 0 ? NO_PAGE : this.free[--this.freeCount]!;
  }

  release(page: number): void {
    this.generations[page] = this.generations[page]! + 1;
    this.free[this.freeCount++] = page;
  }

  generationOf(page: number): number {
    return this.generations[page]!;
  }
}

/** The packets of one source in a {@link PacketCache}, found by their unrolled sequence numbers. */
export class CachedPackets {
  /** What {@link find} found. */
  offset = 0;
  length = 0;
  private sequences = new Float64Array(FIRST_PACKETS).fill(-1);
  private offsets = new Int32Array(FIRST_PACKETS);
  private lengths = new Uint16Array(FIRST_PACKETS);
  private generations = new Int32Array(FIRST_PACKETS);
  private mask = FIRST_PACKETS - 1;
  /** Pages of this source, the oldest first, and when each was written last. */
  private readonly pages: number[] = [];
  private readonly writtenAt: Instant[] = [];
  private used = PAGE_BYTES;

  constructor(
    private readonly cache: PacketCache,
    private readonly maxAgeMs: number,
    private readonly maxPages: number,
  ) {}

  /** Keeps a copy of the packet. Where there is no memory it is not kept, and cannot be sent again. */
  add(now: Instant, sequence: number, from: Uint8Array, offset: number, length: number): void {
    if (length > PAGE_BYTES || (this.used + length > PAGE_BYTES && !this.turnPage(now))) return;
    const page = this.pages[this.pages.length - 1]!;
    const at = page * PAGE_BYTES + this.used;
    this.cache.bytes.set(from.subarray(offset, offset + length), at);
    this.used += length;
    this.writtenAt[this.pages.length - 1] = now;
    const slot = this.slotFor(sequence);
    this.sequences[slot] = sequence;
    this.offsets[slot] = at;
    this.lengths[slot] = length;
    this.generations[slot] = this.cache.generationOf(page);
  }

  /** Whether the packet is here: then {@link offset} and {@link length} say where. */
  find(sequence: number): boolean {
    const slot = sequence & this.mask;
    if (this.sequences[slot] !== sequence) return false;
    const offset = this.offsets[slot]!;
    if (this.generations[slot] !== this.cache.generationOf(Math.floor(offset / PAGE_BYTES))) return false;
    this.offset = offset;
    this.length = this.lengths[slot]!;
    return true;
  }

  /** Gives pages back whose packets are too old to be asked for. */
  advance(now: Instant): void {
    while (this.pages.length > 0 && now - this.writtenAt[0]! > this.maxAgeMs) this.releaseOldest();
  }

  /** Gives everything back. */
  clear(): void {
    while (this.pages.length > 0) this.releaseOldest();
  }

  private turnPage(now: Instant): boolean {
    this.advance(now);
    let page = this.pages.length < this.maxPages ? this.cache.take() : NO_PAGE;
    if (page === NO_PAGE && this.pages.length > 0) {
      this.releaseOldest();
      page = this.cache.take();
    }
    if (page === NO_PAGE) return false;
    this.pages.push(page);
    this.writtenAt.push(now);
    this.used = 0;
    return true;
  }

  private releaseOldest(): void {
    this.cache.release(this.pages.shift()!);
    this.writtenAt.shift();
    if (this.pages.length === 0) this.used = PAGE_BYTES;
  }

  /** The slot of the number; grows where it would push out what can still be asked for. */
  private slotFor(sequence: number): number {
    const slot = sequence & this.mask;
    const held = this.sequences[slot]!;
    if (held < 0 || this.mask + 1 === MAX_PACKETS || !this.find(held)) return slot;
    this.grow();
    return sequence & this.mask;
  }

  private grow(): void {
    const { sequences, offsets, lengths, generations } = this;
    const slots = sequences.length * 2;
    this.sequences = new Float64Array(slots).fill(-1);
    this.offsets = new Int32Array(slots);
    this.lengths = new Uint16Array(slots);
    this.generations = new Int32Array(slots);
    this.mask = slots - 1;
    for (let i = 0; i < sequences.length; i++) {
      if (sequences[i]! < 0) continue;
      const slot = sequences[i]! & this.mask;
      this.sequences[slot] = sequences[i]!;
      this.offsets[slot] = offsets[i]!;
      this.lengths[slot] = lengths[i]!;
      this.generations[slot] = generations[i]!;
    }
  }
}
