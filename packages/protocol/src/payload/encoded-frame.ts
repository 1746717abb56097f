import type { Instant } from '../core/index.js';

/**
 * A whole frame as a decoder takes it: of SVC streams the whole picture (AV1: temporal unit) with all its spatial layers. VP8 and
 * VP9 frames bare, H.264 and H.265 in Annex B, AV1 as OBUs with sizes. The object and its bytes are lent for the call.
 */
export interface EncodedFrame {
  /** A view, made for who asks. */
  readonly bytes: Uint8Array;
  /** Of {@link bytes}. */
  readonly length: number;
  readonly isKeyFrame: boolean;
  /** 32 bits, as received. */
  readonly rtpTimestamp: number;
  /** Of a key frame where the codec tells, otherwise 0. */
  readonly width: number;
  readonly height: number;
  /** Of the highest layer in it. */
  readonly spatialId: number;
  readonly temporalId: number;
  /** VP8 and VP9, or -1. */
  readonly pictureId: number;
  readonly tl0PicIdx: number;
  /** Sequence numbers as unrolled by the assembler, beyond 65,535; they begin anew only where the sender does. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly packetCount: number;
  /** When its first and last packet came, in the order of time. */
  readonly firstReceivedAt: Instant;
  readonly lastReceivedAt: Instant;
}
