import type { LayerFilter } from './layers/layer-filter.js';
import type { SourceStream } from './source-stream.js';

/** Packets kept back that are remembered for those that were overtaken. */
const REMEMBERED_DROPS = 256;
const DROP_MASK = REMEMBERED_DROPS - 1;

/** What of a payload is written anew. */
export type PayloadRewrite = 'none' | 'vp8' | 'vp9' | 'red-types' | 'red-primary';

/**
 * A stretch of an outgoing stream that comes from one source, from where it was switched to it until it is switched away, and how the
 * numbers of the source become those of the stream. Gaps stay where packets were lost on their way to us, so that they can be asked
 * for and filled; they close where packets were kept back.
 */
export class Segment {
  /** The first packet of it; what is before is of no use. */
  readonly first: number;
  /** The newest packet that came. */
  highest: number;
  /** Source number less outgoing number, for what is newer than {@link highest}. */
  private offset: number;
  /** The numbers kept back last, a ring; made when there is one. */
  private drops: Float64Array | undefined;
  private dropCount = 0;

  /** No number above this is of the segment any more: another has begun. */
  last = Number.POSITIVE_INFINITY;
  timestampOffset = 0;
  pictureIdOffset = 0;
  tl0Offset = 0;
  keyIndexOffset = 0;
  frameNumberOffset = 0;

  /** `outgoing` is the number that the packet `first` gets. */
  constructor(
    readonly source: SourceStream,
    readonly filter: LayerFilter,
    first: number,
    outgoing: number,
  ) {
    this.first = first;
    this.highest = first - 1;
    this.offset = first - outgoing;
  }

  /** How many packets before this newest one are missing. */
  gapBefore(sequence: number): number {
    return sequence - this.highest - 1;
  }

  /** The outgoing number of a packet newer than all before. */
  forward(sequence: number): number {
    this.highest = sequence;
    return sequence - this.offset;
  }

  /** A packet newer than all before is kept back: what follows closes up. */
  drop(sequence: number): void {
    this.highest = sequence;
    this.offset += 1;
    this.drops ??= new Float64Array(REMEMBERED_DROPS);
    this.drops[this.dropCount++ & DROP_MASK] = sequence;
  }

  /** The outgoing number that was left free for a packet that was overtaken; -1 where there is none, or nobody knows any more. */
  late(sequence: number): number {
    const outgoing = this.numberOf(sequence);
    return outgoing <= this.last ? outgoing : -1;
  }

  private numberOf(sequence: number): number {
    if (sequence < this.first || sequence > this.highest) return -1;
    if (this.dropCount === 0) return sequence - this.offset;
    let since = 0;
    const oldest = Math.max(0, this.dropCount - REMEMBERED_DROPS);
    for (let i = this.dropCount - 1; i >= oldest; i--) {
      const dropped = this.drops![i & DROP_MASK]!;
      if (dropped === sequence) return -1;
      if (dropped < sequence) return sequence - this.offset + since;
      since += 1;
    }
    return oldest > 0 ? -1 : sequence - this.offset + since;
  }
}
