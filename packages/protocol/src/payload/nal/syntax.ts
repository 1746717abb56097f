import type { NalUnits } from './nal-units.js';

/** What differs between H.264 and H.265 for whoever packs NAL units: their headers and their numbers. */
export interface NalSyntax {
  /** Of a NAL unit's header: 1 or 2. */
  readonly headerBytes: number;
  /** For reasons of refusal and metrics. */
  readonly name: string;
  /** NAL unit types of the payload format: aggregation (STAP-A, AP) and fragmentation (FU-A, FU). */
  readonly aggregationType: number;
  readonly fragmentType: number;
  typeOf(bytes: Uint8Array, offset: number): number;
  /** Whether the type is of a NAL unit proper. */
  isUnit(type: number): boolean;
  /** The header at `offset` with another type, written to `out`. */
  writeHeader(bytes: Uint8Array, offset: number, type: number, out: { u8(value: number): unknown }): void;
  /** The header of a payload that aggregates the units from `from` to before `to`. */
  writeAggregationHeader(frame: Uint8Array, units: NalUnits, from: number, to: number, out: { u8(value: number): unknown }): void;
  /** 0 where the codec has none. */
  temporalIdOf(bytes: Uint8Array, offset: number): number;
  /** Whether no other picture leans on the unit, if its header says so. */
  isDiscardable(bytes: Uint8Array, offset: number): boolean;
  /** Whether it belongs to a picture from which decoding can start. */
  isRandomAccess(type: number): boolean;
  /** Coded slices: what comes before the first of them belongs to the picture's beginning. */
  isSlice(type: number): boolean;
  isParameterSet(type: number): boolean;
  /** An access unit delimiter, which stands before all others. */
  isDelimiter(type: number): boolean;
  /** Types that only stand at the beginning of a picture, before its first slice. */
  isPicturePrefix(type: number): boolean;
  /** Whether the slice at `offset` is the first of its picture, by the first bits behind the header. */
  isFirstSlice(bytes: Uint8Array, offset: number): boolean;
}
