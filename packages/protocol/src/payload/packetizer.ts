import type { Malformed } from '../core/index.js';
import type { PayloadPlan } from './payload-plan.js';
import type { ScalabilityStructure } from './vp9/scalability-structure.js';

/** How large payloads may be, header extensions taken off already. */
export interface PayloadLimits {
  readonly maxPayloadBytes: number;
  /** How much less the first and the last may have: for extensions that only they carry. A single payload is both. */
  readonly firstReductionBytes: number;
  readonly lastReductionBytes: number;
}

/**
 * What an encoder knows of a frame beyond its bytes. Codecs read what they need; all may be left out. H.264, H.265 and AV1 say
 * everything in the bitstream or in the dependency descriptor, so they read nothing here.
 */
export interface FrameDescription {
  /** VP9 alone asks; VP8 says it in the frame. Left out, it is read from the frame too. */
  readonly isKeyFrame?: boolean | undefined;
  /** Left out: the frame is of a stream without temporal layers. */
  readonly temporalId?: number | undefined;
  /** Left out: of a stream without spatial layers. */
  readonly spatialId?: number | undefined;
  /** Whether the frame leans on the base layer alone, so that a receiver may switch up here (Y of VP8, U of VP9). */
  readonly isLayerSync?: boolean | undefined;
  /** Whether no other frame leans on it (N of VP8). */
  readonly isDiscardable?: boolean | undefined;
  /** VP9: whether it leans on the lower spatial layer of the same picture (D). */
  readonly isInterLayerPredicted?: boolean | undefined;
  /** VP9: whether no higher spatial layer leans on it (Z). */
  readonly isNotReferencedByUpperLayer?: boolean | undefined;
  /** VP9: whether more spatial layers of this picture follow; the marker is then left for the last. */
  readonly isFollowedByUpperLayer?: boolean | undefined;
  /** VP9 in flexible mode: how many pictures back its references are, up to three. */
  readonly pictureDiffs?: readonly number[] | undefined;
  /** VP9: sent with the first payload of the frame. */
  readonly scalabilityStructure?: ScalabilityStructure | undefined;
}

/** Cuts encoded frames into RTP payloads, in planning; {@link PayloadPlan.write} copies. */
export interface Packetizer {
  /**
   * Plans the payloads of `frame`, which stays borrowed as long as the plan is used. Refuses bytes that are no frame of this
   * codec. The plan is the packetizer's own: its next call reuses it.
   */
  packetize(frame: Uint8Array, limits: PayloadLimits, description?: FrameDescription): PayloadPlan | Malformed;
}

/** Limits without extensions that only some packets carry. */
export function payloadLimits(maxPayloadBytes: number): PayloadLimits {
  return { maxPayloadBytes, firstReductionBytes: 0, lastReductionBytes: 0 };
}
