import type { BitReader } from '../../bytes/index.js';

/** The size of the pictures that a sequence parameter set describes, cropping taken off. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * How slices name picture parameter sets, those sequence parameter sets, and those, in H.265, video parameter sets. Each function
 * takes the bits behind the unit's header; they are numbers of no parameter set if the bits have failed.
 */
export interface ParameterSetSyntax {
  readonly pictureType: number;
  readonly sequenceType: number;
  /** H.265's VPS; undefined in H.264. */
  readonly videoType: number | undefined;
  /** The number of a parameter set itself. */
  idOf(type: number, bits: BitReader): number;
  /** The sequence parameter set that a picture parameter set leans on. */
  sequenceIdOfPicture(bits: BitReader): number;
  /** The video parameter set that a sequence parameter set leans on. */
  videoIdOfSequence(bits: BitReader): number;
  /** The picture parameter set that a slice leans on. */
  pictureIdOfSlice(type: number, bits: BitReader): number;
  sizeOfSequence(bits: BitReader): PictureSize | undefined;
}

/** Parameter sets by kind and number, as they came last: bounded, since ids are. */
export class ParameterSetStore {
  private readonly setByKey = new Map<number, Uint8Array>();

  constructor(private readonly maxBytes: number) {}

  /** Keeps a copy. False if it is larger than any honest one. */
  keep(type: number, id: number, bytes: Uint8Array, offset: number, length: number): boolean {
    if (length > this.maxBytes || id > MAX_ID) return false;
    const key = keyOf(type, id);
    const kept = this.setByKey.get(key);
    if (kept && isSame(kept, bytes, offset, length)) return true;
    this.setByKey.set(key, new Uint8Array(bytes.subarray(offset, offset + length)));
    return true;
  }

  get(type: number, id: number): Uint8Array | undefined {
    return this.setByKey.get(keyOf(type, id));
  }
}

/** Of a picture parameter set in H.264; all others end sooner. */
const MAX_ID = 255;

function keyOf(type: number, id: number): number {
  return type * 256 + id;
}

function isSame(kept: Uint8Array, bytes: Uint8Array, offset: number, length: number): boolean {
  if (kept.length !== length) return false;
  for (let i = 0; i < length; i++) if (kept[i] !== bytes[offset + i]) return false;
  return true;
}
