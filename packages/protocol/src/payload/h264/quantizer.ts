import type { BitReader } from '../../bytes/index.js';
import { RbspReader } from '../nal/rbsp.js';
import { nalUnitsOf } from '../nal/unit-list.js';
import { readSliceSequence, type SliceSequence } from './parameter-sets.js';
import { H264_IDR, H264_PPS, H264_SPS, H264_SYNTAX } from './syntax.js';

/** As many as there can be of either (ITU-T H.264 §7.4.2.1.1: 32 and 256); more than a stream that is sent has. */
const MAX_SETS = 32;
/** Of a parameter set, or of a slice's header. */
const MAX_HEADER_BYTES = 256;
const [B_SLICE, I_SLICE, P_SLICE, SI_SLICE, SP_SLICE] = [1, 2, 0, 4, 3];
const MAX_REFERENCES = 32;

/** What a picture parameter set says of slice headers (ITU-T H.264 §7.3.2.2). */
interface SlicePicture {
  readonly sequenceId: number;
  readonly hasCabac: boolean;
  readonly hasPictureOrder: boolean;
  readonly references: readonly [number, number];
  readonly isWeighted: boolean;
  readonly bipredWeights: number;
  readonly initialQuantizer: number;
  readonly hasRedundantPictures: boolean;
}

/** The quantizer of H.264 pictures in Annex B, from 0 to 51 (SliceQPY, ITU-T H.264 §7.4.3); remembers parameter sets. */
export class H264QuantizerReader {
  private readonly sequences = new Map<number, SliceSequence>();
  private readonly pictures = new Map<number, SlicePicture>();
  private readonly reader = new RbspReader(MAX_HEADER_BYTES);

  /** Of the first slice of `frame`; undefined where there is none that can be read. */
  read(frame: Uint8Array): number | undefined {
    for (const unit of nalUnitsOf(frame)) {
      if (unit.length < 2) continue;
      const type = H264_SYNTAX.typeOf(unit, 0);
      const bits = this.reader.read(unit, 1, unit.length - 1);
      if (type === H264_SPS) remember(this.sequences, readSliceSequence(bits));
      else if (type === H264_PPS) remember(this.pictures, readSlicePicture(bits));
      else if (H264_SYNTAX.isSlice(type)) return this.readSlice(bits, type === H264_IDR, (unit[0]! & 0x60) !== 0);
    }
    return undefined;
  }

  /** ITU-T H.264 §7.3.3, as far as slice_qp_delta. */
  private readSlice(bits: BitReader, isIdr: boolean, isReference: boolean): number | undefined {
    bits.readUe(); // first_mb_in_slice
    const sliceType = bits.readUe() % 5;
    const picture = this.pictures.get(bits.readUe());
    const sequence = picture && this.sequences.get(picture.sequenceId);
    if (!picture || !sequence) return undefined;
    if (sequence.hasSeparatePlanes) bits.skip(2);
    bits.skip(sequence.frameNumberBits);
    const isField = !sequence.isProgressive && bits.bit();
    if (isField) bits.skip(1); // bottom_field_flag
    if (isIdr) bits.readUe(); // idr_pic_id
    skipPictureOrder(bits, sequence, picture.hasPictureOrder && !isField);
    if (picture.hasRedundantPictures) bits.readUe();
    const isIntra = sliceType === I_SLICE || sliceType === SI_SLICE;
    if (!isIntra) skipReferences(bits, sliceType, picture, sequence);
    if (isReference) skipMarking(bits, isIdr);
    if (picture.hasCabac && !isIntra) bits.readUe(); // cabac_init_idc
    const quantizer = picture.initialQuantizer + bits.readSe();
    return bits.failed ? undefined : quantizer;
  }
}

function remember<Set>(sets: Map<number, Set>, read: { readonly id: number; readonly set: Set } | undefined): void {
  if (read && (sets.has(read.id) || sets.size < MAX_SETS)) sets.set(read.id, read.set);
}

function readSlicePicture(bits: BitReader): { readonly id: number; readonly set: SlicePicture } | undefined {
  const [id, sequenceId] = [bits.readUe(), bits.readUe()];
  const [hasCabac, hasPictureOrder] = [bits.bit(), bits.bit()];
  if (bits.readUe() > 0) return undefined; // slice groups, which nobody sends
  const references = [bits.readUe() + 1, bits.readUe() + 1] as const;
  const isWeighted = bits.bit();
  const bipredWeights = bits.read(2);
  const initialQuantizer = 26 + bits.readSe();
  bits.readSe(); // pic_init_qs_minus26
  bits.readSe(); // chroma_qp_index_offset
  bits.skip(2); // deblocking_filter_control_present_flag, constrained_intra_pred_flag
  const hasRedundantPictures = bits.bit();
  if (bits.failed) return undefined;
  const set = {
    sequenceId,
    hasCabac,
    hasPictureOrder,
    references,
    isWeighted,
    bipredWeights,
    initialQuantizer,
    hasRedundantPictures,
  };
  return { id, set };
}

function skipPictureOrder(bits: BitReader, { orderType, orderBits, hasFixedDeltas }: SliceSequence, hasBottom: boolean): void {
  if (orderType === 0) {
    bits.skip(orderBits);
    if (hasBottom) bits.readSe();
  } else if (orderType === 1 && !hasFixedDeltas) {
    bits.readSe();
    if (hasBottom) bits.readSe();
  }
}

/** Counts, order and weights of what the slice leans on (§7.3.3.1, §7.3.3.2). */
function skipReferences(bits: BitReader, sliceType: number, picture: SlicePicture, sequence: SliceSequence): void {
  const isBidirectional = sliceType === B_SLICE;
  if (isBidirectional) bits.skip(1); // direct_spatial_mv_pred_flag
  const counts = [picture.references[0], isBidirectional ? picture.references[1] : 0];
  if (bits.bit()) {
    counts[0] = bits.readUe() + 1;
    if (isBidirectional) counts[1] = bits.readUe() + 1;
  }
  const lists = isBidirectional ? 2 : 1;
  for (let list = 0; list < lists; list++) {
    if (!bits.bit()) continue;
    for (let left = MAX_REFERENCES; left >= 0 && !bits.failed && bits.readUe() !== 3; left--) bits.readUe();
  }
  const isForward = sliceType === P_SLICE || sliceType === SP_SLICE;
  if (!(picture.isWeighted && isForward) && !(picture.bipredWeights === 1 && isBidirectional)) return;
  bits.readUe(); // luma_log2_weight_denom
  if (sequence.hasChroma) bits.readUe();
  for (let list = 0; list < lists; list++) {
    for (let i = 0; i < Math.min(counts[list]!, MAX_REFERENCES) && !bits.failed; i++) {
      skipWeights(bits, 1);
      if (sequence.hasChroma) skipWeights(bits, 2);
    }
  }
}

function skipWeights(bits: BitReader, planes: number): void {
  if (!bits.bit()) return;
  for (let i = 0; i < 2 * planes; i++) bits.readSe();
}

/** Decoded reference picture marking (§7.3.3.3). */
function skipMarking(bits: BitReader, isIdr: boolean): void {
  if (isIdr) return bits.skip(2);
  if (!bits.bit()) return;
  for (let left = MAX_REFERENCES; left >= 0 && !bits.failed; left--) {
    const operation = bits.readUe();
    if (operation === 0) return;
    if (operation !== 5) bits.readUe();
    if (operation === 3) bits.readUe();
  }
}
