import type { NalSyntax } from '../nal/syntax.js';

/** NAL unit types (ITU-T H.264 table 7-1). */
export const H264_IDR = 5;
export const H264_SEI = 6;
export const H264_SPS = 7;
export const H264_PPS = 8;
export const H264_AUD = 9;
const LAST_SLICE = 5;
const FIRST_SLICE = 1;
const LAST_UNIT = 23;
/** Payload types of NAL units (RFC 6184 table 1). */
const STAP_A = 24;
const FU_A = 28;

const TYPE_MASK = 0x1f;
const REFERENCE_MASK = 0x60;

/**
 *      |F|NRI|  Type   |
 */
export const H264_SYNTAX: NalSyntax = {
  headerBytes: 1,
  name: 'h264',
  aggregationType: STAP_A,
  fragmentType: FU_A,
  typeOf: (bytes, offset) => bytes[offset]! & TYPE_MASK,
  isUnit: (type) => type >= FIRST_SLICE && type <= LAST_UNIT,
  writeHeader(bytes, offset, type, out) {
    out.u8((bytes[offset]! & ~TYPE_MASK) | type);
  },
  // The highest importance of all (RFC 6184 §5.7).
  writeAggregationHeader(frame, units, from, to, out) {
    let forbidden = 0;
    let reference = 0;
    for (let i = from; i < to; i++) {
      const header = frame[units.start(i)]!;
      forbidden |= header & 0x80;
      reference = Math.max(reference, header & REFERENCE_MASK);
    }
    out.u8(forbidden | reference | STAP_A);
  },
  temporalIdOf: () => 0,
  isDiscardable: (bytes, offset) => (bytes[offset]! & REFERENCE_MASK) === 0,
  isRandomAccess: (type) => type === H264_IDR,
  isSlice: (type) => type >= FIRST_SLICE && type <= LAST_SLICE,
  isParameterSet: (type) => type === H264_SPS || type === H264_PPS,
  isDelimiter: (type) => type === H264_AUD,
  isPicturePrefix: (type) => type >= H264_SEI && type <= H264_AUD,
  // first_mb_in_slice is ue(v), and 0 is a single 1 bit.
  isFirstSlice: (bytes, offset) => (bytes[offset + 1]! & 0x80) !== 0,
};
