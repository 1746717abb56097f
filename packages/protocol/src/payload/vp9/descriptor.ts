import { ByteReader } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import type { PayloadInfo } from '../payload-info.js';
import { readScalabilityStructure, type ScalabilityStructure } from './scalability-structure.js';

/**
 * The VP9 payload descriptor (RFC 9628 §4.2).
 *
 *      0 1 2 3 4 5 6 7
 *     |I|P|L|F|B|E|V|Z|  always
 *     |M| PICTURE ID  |  I
 *     | EXTENDED PID  |  M
 *     | TID |U| SID |D|  L
 *     |   TL0PICIDX   |  L, not F
 *     |   P_DIFF    |N|  P and F, up to three times while N
 *     | SS ...           V
 */
const I = 0x80;
const P = 0x40;
const L = 0x20;
const F = 0x10;
const B = 0x08;
const E = 0x04;
const V = 0x02;
const Z = 0x01;
const M = 0x80;
const U = 0x10;
const D = 0x01;
const N = 0x01;
const MAX_DIFFS = 3;

const TRUNCATED = Malformed.of('payload/vp9/descriptor-truncated');
const TOO_MANY_DIFFS = Malformed.of('payload/vp9/more-than-three-references');
const EMPTY = Malformed.of('payload/vp9/nothing-after-descriptor');

/** Reads VP9 payload descriptors, one after another. */
export class Vp9DescriptorReader {
  /** What the last descriptor with V said; undefined before. */
  structure: ScalabilityStructure | undefined;
  private readonly reader = new ByteReader(new Uint8Array(0));

  /** Reads the descriptor into `info`, which was reset. */
  read(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): Malformed | undefined {
    const reader = this.reader.reset(bytes, offset, length);
    const first = reader.u8();
    info.isIntraPicture = (first & P) === 0;
    info.isFlexibleMode = (first & F) !== 0;
    info.isFrameStart = (first & B) !== 0;
    info.isFrameEnd = (first & E) !== 0;
    info.isNotReferencedByUpperLayer = (first & Z) !== 0;
    if (first & I) this.readPictureId(info);
    if (first & L) this.readLayer(info);
    if (first & P && first & F && !this.readDiffs(info)) return TOO_MANY_DIFFS;
    const structure = first & V ? readScalabilityStructure(reader) : undefined;
    if (reader.failed) return TRUNCATED;
    if (reader.remaining === 0) return EMPTY;
    if (structure) this.structure = structure;
    info.descriptorBytes = reader.position;
    // A layer that leans on a lower one of its picture does not begin it; the lowest that is sent does.
    info.isPictureStart = info.isFrameStart && (info.spatialId === 0 || !info.isInterLayerPredicted);
    return undefined;
  }

  private readPictureId(info: PayloadInfo): void {
    const high = this.reader.u8();
    const isLong = (high & M) !== 0;
    info.pictureIdBits = isLong ? 15 : 7;
    info.pictureId = isLong ? ((high & 0x7f) << 8) | this.reader.u8() : high;
  }

  private readLayer(info: PayloadInfo): void {
    const layer = this.reader.u8();
    info.temporalId = layer >> 5;
    info.isLayerSync = (layer & U) !== 0;
    info.spatialId = (layer >> 1) & 0x07;
    info.isInterLayerPredicted = (layer & D) !== 0;
    if (!info.isFlexibleMode) info.tl0PicIdx = this.reader.u8();
  }

  private readDiffs(info: PayloadInfo): boolean {
    for (;;) {
      const diff = this.reader.u8();
      info.pictureDiffs[info.pictureDiffCount++] = diff >> 1;
      if ((diff & N) === 0) return true;
      if (info.pictureDiffCount === MAX_DIFFS) return false;
    }
  }
}

/** What goes into a descriptor that is written. */
export interface Vp9DescriptorFields {
  pictureId: number;
  isIntraPicture: boolean;
  isFlexibleMode: boolean;
  /** Whether TID, SID and TL0PICIDX are written. */
  hasLayers: boolean;
  temporalId: number;
  spatialId: number;
  tl0PicIdx: number;
  isLayerSync: boolean;
  isInterLayerPredicted: boolean;
  isNotReferencedByUpperLayer: boolean;
  /** Up to three; without effect unless flexible and not intra. */
  pictureDiffs: readonly number[];
}

const NO_DIFFS: readonly number[] = [];

function writtenDiffs({ isFlexibleMode, isIntraPicture, pictureDiffs }: Vp9DescriptorFields): readonly number[] {
  return isFlexibleMode && !isIntraPicture ? pictureDiffs : NO_DIFFS;
}

/** Of the descriptor that {@link writeVp9Descriptor} writes, without scalability structure. */
export function sizeOfVp9Descriptor(fields: Vp9DescriptorFields): number {
  const layerBytes = fields.hasLayers ? (fields.isFlexibleMode ? 1 : 2) : 0;
  return 3 + layerBytes + writtenDiffs(fields).length;
}

/** Writes the descriptor with a picture id of 15 bits; a scalability structure, if there `isStructureNext`, follows. */
export function writeVp9Descriptor(
  fields: Vp9DescriptorFields,
  isFrameStart: boolean,
  isFrameEnd: boolean,
  isStructureNext: boolean,
  out: { u8(value: number): unknown },
): void {
  const { pictureId, isFlexibleMode, hasLayers } = fields;
  const diffs = writtenDiffs(fields);
  out.u8(
    I |
      (fields.isIntraPicture ? 0 : P) |
      (hasLayers ? L : 0) |
      (isFlexibleMode ? F : 0) |
      (isFrameStart ? B : 0) |
      (isFrameEnd ? E : 0) |
      (isStructureNext ? V : 0) |
      (fields.isNotReferencedByUpperLayer ? Z : 0),
  );
  out.u8(M | ((pictureId >> 8) & 0x7f));
  out.u8(pictureId & 0xff);
  if (hasLayers) {
    const { temporalId, spatialId, isLayerSync, isInterLayerPredicted } = fields;
    out.u8((temporalId << 5) | (isLayerSync ? U : 0) | (spatialId << 1) | (isInterLayerPredicted ? D : 0));
    if (!isFlexibleMode) out.u8(fields.tl0PicIdx);
  }
  for (let i = 0; i < diffs.length; i++) out.u8((diffs[i]! << 1) | (i < diffs.length - 1 ? N : 0));
}
