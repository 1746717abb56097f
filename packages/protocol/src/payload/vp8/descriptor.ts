import { Malformed } from '../../core/index.js';
import type { PayloadInfo } from '../payload-info.js';

/**
 * The VP8 payload descriptor (RFC 7741 §4.2).
 *
 *      0 1 2 3 4 5 6 7
 *     |X|R|N|S|R| PID |  always
 *     |I|L|T|K| RSV   |  X
 *     |M| PictureID   |  I
 *     |   PictureID   |  M
 *     |   TL0PICIDX   |  L
 *     |TID|Y| KEYIDX  |  T or K
 */
const X = 0x80;
const N = 0x20;
const S = 0x10;
const PID_MASK = 0x07;
const I = 0x80;
const L = 0x40;
const T = 0x20;
const K = 0x10;
const M = 0x80;
const Y = 0x20;
const KEYIDX_MASK = 0x1f;

const TRUNCATED = Malformed.of('payload/vp8/descriptor-truncated');
const EMPTY = Malformed.of('payload/vp8/nothing-after-descriptor');

/** Of the longest descriptor. */
export const MAX_VP8_DESCRIPTOR_BYTES = 6;

/** Reads the descriptor into `info`, which was reset. */
export function readVp8Descriptor(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): Malformed | undefined {
  const end = offset + length;
  let at = offset;
  if (at >= end) return TRUNCATED;
  const first = bytes[at++]!;
  info.isDiscardable = (first & N) !== 0;
  info.isFrameStart = (first & S) !== 0 && (first & PID_MASK) === 0;
  info.isPictureStart = info.isFrameStart;
  if (first & X) {
    if (at >= end) return TRUNCATED;
    const flags = bytes[at++]!;
    if (flags & I) {
      if (at >= end) return TRUNCATED;
      const high = bytes[at++]!;
      info.pictureIdBits = high & M ? 15 : 7;
      info.pictureId = high & 0x7f;
      if (high & M) {
        if (at >= end) return TRUNCATED;
        info.pictureId = (info.pictureId << 8) | bytes[at++]!;
      }
    }
    if (flags & L) {
      if (at >= end) return TRUNCATED;
      info.tl0PicIdx = bytes[at++]!;
    }
    if (flags & (T | K)) {
      if (at >= end) return TRUNCATED;
      const layer = bytes[at++]!;
      if (flags & T) {
        info.temporalId = layer >> 6;
        info.isLayerSync = (layer & Y) !== 0;
      }
      if (flags & K) info.keyIndex = layer & KEYIDX_MASK;
    }
  }
  if (at >= end) return EMPTY;
  info.descriptorBytes = at - offset;
  return undefined;
}

/**
 * Rewrites picture id and TL0PICIDX in place, in the widths that the descriptor has; what it does not have, is left out. For
 * an SFU that drops layers or splices streams: both must then count on without a gap. False if the descriptor is malformed.
 */
export function rewriteVp8Descriptor(
  bytes: Uint8Array,
  offset: number,
  length: number,
  pictureId: number,
  tl0PicIdx: number,
): boolean {
  if (length < 1) return false;
  if ((bytes[offset]! & X) === 0) return true;
  const end = offset + length;
  let at = offset + 2;
  const flags = at <= end ? bytes[offset + 1]! : 0;
  if (at + descriptorTail(flags, at < end ? bytes[at]! : 0) > end) return false;
  if (flags & I) {
    const isLong = (bytes[at]! & M) !== 0;
    if (isLong) bytes[at++] = M | ((pictureId >> 8) & 0x7f);
    bytes[at++] = isLong ? pictureId & 0xff : pictureId & 0x7f;
  }
  if (flags & L) bytes[at] = tl0PicIdx;
  return true;
}

/** Bytes behind the first two. */
function descriptorTail(flags: number, next: number): number {
  const pictureIdBytes = flags & I ? (next & M ? 2 : 1) : 0;
  return pictureIdBytes + (flags & L ? 1 : 0) + (flags & (T | K) ? 1 : 0);
}

/** What goes into a descriptor that is written. */
export interface Vp8DescriptorFields {
  pictureId: number;
  /** -1: no temporal layers; neither TL0PICIDX nor TID is written. */
  temporalId: number;
  tl0PicIdx: number;
  isLayerSync: boolean;
  isDiscardable: boolean;
}

/** Of the descriptor that {@link writeVp8Descriptor} writes. */
export function sizeOfVp8Descriptor(hasTemporalLayers: boolean): number {
  return hasTemporalLayers ? 6 : 4;
}

/** Writes the descriptor with a picture id of 15 bits, byte by byte. */
export function writeVp8Descriptor(
  fields: Vp8DescriptorFields,
  isFrameStart: boolean,
  out: { u8(value: number): unknown },
): void {
  const hasLayers = fields.temporalId >= 0;
  out.u8(X | (fields.isDiscardable ? N : 0) | (isFrameStart ? S : 0));
  out.u8(hasLayers ? I | L | T : I);
  out.u8(M | ((fields.pictureId >> 8) & 0x7f));
  out.u8(fields.pictureId & 0xff);
  if (!hasLayers) return;
  out.u8(fields.tl0PicIdx);
  out.u8((fields.temporalId << 6) | (fields.isLayerSync ? Y : 0));
}
