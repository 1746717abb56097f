import type { BitReader } from '../../bytes/index.js';
import type { ParameterSetSyntax, PictureSize } from '../nal/parameter-sets.js';
import { H264_PPS, H264_SPS } from './syntax.js';

/** Profiles whose sequence parameter set has chroma format and scaling matrices (ITU-T H.264 §7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const MONOCHROME = 0;
const YUV_420 = 1;
const YUV_422 = 2;
const YUV_444 = 3;
const MACROBLOCK = 16;
const MAX_REFERENCES_IN_CYCLE = 255;

export const H264_PARAMETER_SETS: ParameterSetSyntax = {
  pictureType: H264_PPS,
  sequenceType: H264_SPS,
  videoType: undefined,
  idOf(type, bits) {
    if (type === H264_SPS) bits.skip(24); // profile_idc, constraint flags, level_idc
    return bits.readUe();
  },
  sequenceIdOfPicture(bits) {
    bits.readUe(); // pic_parameter_set_id
    return bits.readUe();
  },
  videoIdOfSequence: () => 0,
  pictureIdOfSlice(_type, bits) {
    bits.readUe(); // first_mb_in_slice
    bits.readUe(); // slice_type
    return bits.readUe();
  },
  sizeOfSequence,
};

function sizeOfSequence(bits: BitReader): PictureSize | undefined {
  const profile = bits.read(8);
  bits.skip(16);
  bits.readUe(); // seq_parameter_set_id
  const chromaFormat = HIGH_PROFILES.has(profile) ? readHighProfile(bits) : YUV_420;
  bits.readUe(); // log2_max_frame_num_minus4
  readPictureOrder(bits);
  bits.readUe(); // max_num_ref_frames
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  const widthInMacroblocks = bits.readUe() + 1;
  const heightInMapUnits = bits.readUe() + 1;
  const isProgressive = bits.bit();
  if (!isProgressive) bits.skip(1); // mb_adaptive_frame_field_flag
  bits.skip(1); // direct_8x8_inference_flag
  const fields = isProgressive ? 1 : 2;
  const cropX = chromaFormat === YUV_420 || chromaFormat === YUV_422 ? 2 : 1;
  const cropY = (chromaFormat === YUV_420 ? 2 : 1) * fields;
  const isCropped = bits.bit();
  const cropped = isCropped ? [bits.readUe(), bits.readUe(), bits.readUe(), bits.readUe()] : NO_CROPPING;
  const width = MACROBLOCK * widthInMacroblocks - cropX * (cropped[0]! + cropped[1]!);
  const height = MACROBLOCK * heightInMapUnits * fields - cropY * (cropped[2]! + cropped[3]!);
  return bits.failed || width < 1 || height < 1 ? undefined : { width, height };
}

/** What a sequence parameter set says of slice headers (ITU-T H.264 §7.3.2.1.1). */
export interface SliceSequence {
  readonly hasSeparatePlanes: boolean;
  readonly hasChroma: boolean;
  readonly frameNumberBits: number;
  readonly orderType: number;
  /** Of pic_order_cnt_lsb. */
  readonly orderBits: number;
  /** delta_pic_order_always_zero_flag. */
  readonly hasFixedDeltas: boolean;
  readonly isProgressive: boolean;
}

export function readSliceSequence(bits: BitReader): { readonly id: number; readonly set: SliceSequence } | undefined {
  const profile = bits.read(8);
  bits.skip(16);
  const id = bits.readUe();
  const chroma = HIGH_PROFILES.has(profile) ? readChroma(bits) : { format: YUV_420, hasSeparatePlanes: false };
  const frameNumberBits = bits.readUe() + 4;
  const order = readPictureOrder(bits);
  bits.readUe(); // max_num_ref_frames
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  bits.readUe(); // pic_width_in_mbs_minus1
  bits.readUe(); // pic_height_in_map_units_minus1
  const isProgressive = bits.bit();
  if (bits.failed || frameNumberBits > 16 || order.orderBits > 16) return undefined;
  const { format, hasSeparatePlanes } = chroma;
  const hasChroma = format !== MONOCHROME && !hasSeparatePlanes;
  return { id, set: { hasSeparatePlanes, hasChroma, frameNumberBits, ...order, isProgressive } };
}

const NO_CROPPING = [0, 0, 0, 0];

/** Returns chroma_format_idc, or what cropping takes it for: planes of their own are cropped as monochrome. */
function readHighProfile(bits: BitReader): number {
  const { format, hasSeparatePlanes } = readChroma(bits);
  return hasSeparatePlanes ? MONOCHROME : format;
}

function readChroma(bits: BitReader): { readonly format: number; readonly hasSeparatePlanes: boolean } {
  const chromaFormat = bits.readUe();
  const hasSeparatePlanes = chromaFormat === YUV_444 && bits.bit();
  bits.readUe(); // bit_depth_luma_minus8
  bits.readUe(); // bit_depth_chroma_minus8
  bits.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (bits.bit()) {
    const lists = chromaFormat === YUV_444 ? 12 : 8;
    for (let list = 0; list < lists; list++) if (bits.bit()) skipScalingList(list < 6 ? 16 : 64, bits);
  }
  return { format: chromaFormat, hasSeparatePlanes };
}

/** ITU-T H.264 §7.3.2.1.1.1. */
function skipScalingList(size: number, bits: BitReader): void {
  let last = 8;
  for (let i = 0; i < size && !bits.failed; i++) {
    const next = (last + bits.readSe() + 256) & 0xff;
    if (next === 0) return;
    last = next;
  }
}

function readPictureOrder(bits: BitReader): Pick<SliceSequence, 'orderType' | 'orderBits' | 'hasFixedDeltas'> {
  const orderType = bits.readUe();
  const orderBits = orderType === 0 ? bits.readUe() + 4 : 0; // log2_max_pic_order_cnt_lsb_minus4
  if (orderType !== 1) return { orderType, orderBits, hasFixedDeltas: false };
  const hasFixedDeltas = bits.bit();
  bits.readSe();
  bits.readSe();
  const count = Math.min(bits.readUe(), MAX_REFERENCES_IN_CYCLE);
  for (let i = 0; i < count && !bits.failed; i++) bits.readSe();
  return { orderType, orderBits, hasFixedDeltas };
}
