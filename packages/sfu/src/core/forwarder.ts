import type { Instant } from '@maru/protocol/core';
import type { PublishedTrack } from './published-track.js';
import type { SourceStream, SourceTaker } from './source-stream.js';

/** Brings the packets of one track into one outgoing stream. */
export interface Forwarder extends SourceTaker {
  /** From now on of this track; undefined: of none. What was there before stops at once. */
  show(track: PublishedTrack | undefined): void;
  /** Something of the track is to be sent (an encoding and layers of it), or nothing (-1). */
  want(now: Instant, encoding: number, spatialId: number, temporalId: number): void;
  /** Nothing is to be sent, until something is wanted again. */
  stop(): void;
  /** The track has an encoding from now on that it did not have. */
  sourceAdded(source: SourceStream): void;
  /** The subscriber cannot decode, it says. */
  needKeyFrame(): void;
  /** What is being sent; undefined for nothing. */
  readonly source: SourceStream | undefined;
  readonly spatialId: number;
  readonly temporalId: number;
}
