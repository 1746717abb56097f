import type { SourcePacket } from '../source-packet.js';

/** What becomes of a packet for one subscriber. `lost`: what it leans on was not sent, so that nothing fits before a key frame. */
export type Verdict = 'forward' | 'drop' | 'lost';

/**
 * Which packets of one source make the layers that a subscriber gets, from one key frame at which it was switched to the source until
 * it is switched away. Never lets a frame through that leans on one that it has kept back.
 */
export interface LayerFilter {
  /** What to get to, as soon as what was sent allows. */
  target(spatialId: number, temporalId: number): void;
  /** What goes through now. */
  readonly spatialId: number;
  readonly temporalId: number;
  /** Only a key frame leads to the target. */
  readonly needsKeyFrame: boolean;
  /** Of a packet newer than all before; the first is the beginning of a key frame. */
  judge(packet: SourcePacket): Verdict;
  /** Of one that was overtaken. `drop`: nothing of its frame goes through; `lost`: nobody knows any more. */
  judgeLate(packet: SourcePacket): Verdict;
  /** Whether the picture ends with the packet for this subscriber; asked after it was let through. */
  isMarked(packet: SourcePacket): boolean;
  /** Pictures kept back before that of the packet judged last, where the codec counts them (VP8). */
  readonly picturesDropped: number;
}
