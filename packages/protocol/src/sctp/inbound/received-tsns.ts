/** Offsets that a gap block can express, and bits kept. */
const RING_BITS = 65_536;
const RING_MASK = RING_BITS - 1;

/** Most gap blocks told of in one SACK. */
const MAX_GAP_BLOCKS = 256;
/** Most duplicates told of in one SACK. */
const MAX_DUPLICATES = 16;

const NO_BOUNDS = new Uint16Array(0);

/** What a TSN turned out to be. */
export const TsnVerdict = { duplicate: 0, next: 1, ahead: 2, tooFarAhead: 3 } as const;
export type TsnVerdict = (typeof TsnVerdict)[keyof typeof TsnVerdict];

/** Which TSNs have arrived: all up to a cumulative one, and a bit for each of those ahead of it (RFC 9260 §6.2). */
export class ReceivedTsns {
  /** All TSNs up to this one have arrived or were given up by the peer. */
  cumulativeTsn: number;
  /** The highest TSN that has arrived. */
  highestTsn: number;
  /** TSNs that arrived more than once since the last SACK; bounded. */
  readonly duplicates: number[] = [];
  /** Start and end offsets of the gap blocks, after {@link collectGaps}. */
  gapBounds = NO_BOUNDS;

  /** Allocated at the first gap: most associations over good paths never need it. */
  private bits: Int32Array | undefined;

  constructor(
    initialTsn: number,
    private readonly maxAhead: number,
  ) {
    this.cumulativeTsn = (initialTsn - 1) >>> 0;
    this.highestTsn = this.cumulativeTsn;
  }

  get hasGaps(): boolean {
    return this.cumulativeTsn !== this.highestTsn;
  }

  /** What {@link add} would say, with nothing changed. */
  classify(tsn: number): TsnVerdict {
    const ahead = (tsn - this.cumulativeTsn) | 0;
    if (ahead === 1 && !this.hasGaps) return TsnVerdict.next;
    if (ahead <= 0 || this.isAheadAndHere(tsn)) return TsnVerdict.duplicate;
    if (ahead > this.maxAhead) return TsnVerdict.tooFarAhead;
    return ahead === 1 ? TsnVerdict.next : TsnVerdict.ahead;
  }

  /** Records a TSN that {@link classify} found `next` or `ahead`. */
  add(tsn: number): void {
    if (((tsn - this.cumulativeTsn) | 0) === 1) {
      this.cumulativeTsn = tsn;
      if (((this.highestTsn - tsn) | 0) <= 0) this.highestTsn = tsn;
      else this.absorb();
      return;
    }
    this.bits ??= this.prepareForGaps();
    this.bits[(tsn & RING_MASK) >>> 5]! |= 1 << (tsn & 31);
    if (((tsn - this.highestTsn) | 0) > 0) this.highestTsn = tsn;
  }

  private prepareForGaps(): Int32Array {
    this.gapBounds = new Uint16Array(2 * MAX_GAP_BLOCKS);
    return new Int32Array(RING_BITS >>> 5);
  }

  noteDuplicate(tsn: number): void {
    if (this.duplicates.length < MAX_DUPLICATES) this.duplicates.push(tsn);
  }

  /** The peer gives up everything up to `tsn` (RFC 3758 §3.6). It is ahead of the cumulative TSN by at most `maxAhead`. */
  skipTo(tsn: number): void {
    if (this.hasGaps) {
      const last = ((this.highestTsn - tsn) | 0) < 0 ? this.highestTsn : tsn;
      for (let gone = (this.cumulativeTsn + 1) >>> 0; ((last - gone) | 0) >= 0; gone = (gone + 1) >>> 0) this.clear(gone);
    }
    this.cumulativeTsn = tsn;
    if (((this.highestTsn - tsn) | 0) <= 0) this.highestTsn = tsn;
    else this.absorb();
  }

  /**
   * Fills {@link gapBounds} with the runs that are ahead of the cumulative TSN; returns how many, at most `max`. When
   * there are more, those in the middle are left out: the lowest are what the peer repairs first, and from the highest
   * it learns what has just arrived, which it learns of no other way.
   */
  collectGaps(max: number): number {
    if (!this.hasGaps || !this.bits) return 0;
    const most = Math.min(max, MAX_GAP_BLOCKS);
    const end = (this.highestTsn - this.cumulativeTsn) | 0;
    let blocks = 0;
    let offset = 1;
    while (blocks < most) {
      offset = this.seek(offset, end, 0);
      if (offset > end) return blocks;
      const runEnd = this.seek(offset, end, -1) - 1;
      this.gapBounds[2 * blocks] = offset;
      this.gapBounds[2 * blocks + 1] = runEnd;
      blocks += 1;
      offset = runEnd + 1;
    }
    if (offset <= end) this.replaceByHighest(most, end);
    return blocks;
  }

  /** Overwrites the upper half of {@link gapBounds} with the highest runs. */
  private replaceByHighest(blocks: number, end: number): void {
    const kept = blocks >> 1;
    let offset = end;
    for (let block = blocks - 1; block >= kept; block--) {
      const runEnd = this.seekBack(offset, 0);
      const start = this.seekBack(runEnd, -1) + 1;
      this.gapBounds[2 * block] = start;
      this.gapBounds[2 * block + 1] = runEnd;
      offset = start - 1;
    }
  }

  /** The last offset from `offset` down whose bit is set (`inverted` 0) or clear (-1); 0 if there is none. */
  private seekBack(offset: number, inverted: number): number {
    const bits = this.bits!;
    while (offset > 0) {
      const tsn = this.cumulativeTsn + offset;
      const word = (bits[(tsn & RING_MASK) >>> 5]! ^ inverted) << (31 - (tsn & 31));
      if (word !== 0) return Math.max(offset - Math.clz32(word), 0);
      offset -= (tsn & 31) + 1;
    }
    return 0;
  }

  /** The first offset from `offset` on whose bit is set (`inverted` 0) or clear (-1); `end + 1` if there is none. */
  private seek(offset: number, end: number, inverted: number): number {
    const bits = this.bits!;
    while (offset <= end) {
      const tsn = this.cumulativeTsn + offset;
      const word = (bits[(tsn & RING_MASK) >>> 5]! ^ inverted) >>> (tsn & 31);
      if (word !== 0) return Math.min(offset + 31 - Math.clz32(word & -word), end + 1);
      offset += 32 - (tsn & 31);
    }
    return end + 1;
  }

  /** Moves the cumulative TSN over what had arrived ahead of it. */
  private absorb(): void {
    let next = (this.cumulativeTsn + 1) >>> 0;
    while (this.isSet(next)) {
      this.clear(next);
      this.cumulativeTsn = next;
      next = (next + 1) >>> 0;
    }
  }

  private isAheadAndHere(tsn: number): boolean {
    return ((this.highestTsn - tsn) | 0) >= 0 && this.isSet(tsn);
  }

  private isSet(tsn: number): boolean {
    return this.bits !== undefined && ((this.bits[(tsn & RING_MASK) >>> 5]! >>> (tsn & 31)) & 1) === 1;
  }

  private clear(tsn: number): void {
    if (this.bits) this.bits[(tsn & RING_MASK) >>> 5]! &= ~(1 << (tsn & 31));
  }
}
