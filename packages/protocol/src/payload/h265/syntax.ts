import type { NalSyntax } from '../nal/syntax.js';

/** NAL unit types (ITU-T H.265 table 7-1). */
export const H265_VPS = 32;
export const H265_SPS = 33;
export const H265_PPS = 34;
const LAST_SLICE = 31;
const FIRST_IRAP = 16;
const LAST_IRAP = 23;
const AUD = 35;
const PREFIX_SEI = 39;
const LAST_UNIT = 47;
/** Payload structures (RFC 7798 §4.4). */
const AP = 48;
const FU = 49;

/**
 *      |F|   Type    |  LayerId  | TID |
 */
export const H265_SYNTAX: NalSyntax = {
  headerBytes: 2,
  name: 'h265',
  aggregationType: AP,
  fragmentType: FU,
  typeOf: (bytes, offset) => (bytes[offset]! >> 1) & 0x3f,
  isUnit: (type) => type <= LAST_UNIT,
  writeHeader(bytes, offset, type, out) {
    out.u8((bytes[offset]! & 0x81) | (type << 1));
    out.u8(bytes[offset + 1]!);
  },
  // The lowest layer and temporal id of all (RFC 7798 §4.4.2).
  writeAggregationHeader(frame, units, from, to, out) {
    let forbidden = 0;
    let layerId = 0x3f;
    let temporalId = 0x07;
    for (let i = from; i < to; i++) {
      const at = units.start(i);
      forbidden |= frame[at]! & 0x80;
      layerId = Math.min(layerId, ((frame[at]! & 1) << 5) | (frame[at + 1]! >> 3));
      temporalId = Math.min(temporalId, frame[at + 1]! & 0x07);
    }
    out.u8(forbidden | (AP << 1) | (layerId >> 5));
    out.u8(((layerId & 0x1f) << 3) | temporalId);
  },
  temporalIdOf: (bytes, offset) => Math.max(0, (bytes[offset + 1]! & 0x07) - 1),
  // A sub-layer non-reference picture may still be one for higher sub-layers.
  isDiscardable: () => false,
  isRandomAccess: (type) => type >= FIRST_IRAP && type <= LAST_IRAP,
  isSlice: (type) => type <= LAST_SLICE,
  isParameterSet: (type) => type >= H265_VPS && type <= H265_PPS,
  isDelimiter: (type) => type === AUD,
  isPicturePrefix: (type) => (type >= H265_VPS && type <= AUD) || type === PREFIX_SEI,
  // first_slice_segment_in_pic_flag
  isFirstSlice: (bytes, offset) => (bytes[offset + 2]! & 0x80) !== 0,
};
