import type { BitReader } from '../../bytes/index.js';
import type { ParameterSetSyntax, PictureSize } from '../nal/parameter-sets.js';
import { H265_PPS, H265_SPS, H265_VPS } from './syntax.js';

const FIRST_IRAP = 16;
const LAST_IRAP = 23;
const YUV_420 = 1;
const YUV_422 = 2;
const YUV_444 = 3;

export const H265_PARAMETER_SETS: ParameterSetSyntax = {
  pictureType: H265_PPS,
  sequenceType: H265_SPS,
  videoType: H265_VPS,
  idOf(type, bits) {
    if (type === H265_VPS) return bits.read(4);
    if (type === H265_SPS) skipProfileTierLevel(bits);
    return bits.readUe();
  },
  sequenceIdOfPicture(bits) {
    bits.readUe(); // pps_pic_parameter_set_id
    return bits.readUe();
  },
  videoIdOfSequence: (bits) => bits.read(4),
  pictureIdOfSlice(type, bits) {
    bits.skip(1); // first_slice_segment_in_pic_flag
    if (type >= FIRST_IRAP && type <= LAST_IRAP) bits.skip(1); // no_output_of_prior_pics_flag
    return bits.readUe();
  },
  sizeOfSequence,
};

/** ITU-T H.265 §7.3.2.2.1. */
function sizeOfSequence(bits: BitReader): PictureSize | undefined {
  skipProfileTierLevel(bits);
  bits.readUe(); // sps_seq_parameter_set_id
  const chromaFormat = bits.readUe();
  const hasSeparatePlanes = chromaFormat === YUV_444 && bits.bit();
  const codedWidth = bits.readUe();
  const codedHeight = bits.readUe();
  const cropX = !hasSeparatePlanes && (chromaFormat === YUV_420 || chromaFormat === YUV_422) ? 2 : 1;
  const cropY = !hasSeparatePlanes && chromaFormat === YUV_420 ? 2 : 1;
  const isCropped = bits.bit();
  const cropped = isCropped ? [bits.readUe(), bits.readUe(), bits.readUe(), bits.readUe()] : NO_CROPPING;
  const width = codedWidth - cropX * (cropped[0]! + cropped[1]!);
  const height = codedHeight - cropY * (cropped[2]! + cropped[3]!);
  return bits.failed || width < 1 || height < 1 ? undefined : { width, height };
}

const NO_CROPPING = [0, 0, 0, 0];

/** From the beginning of a sequence parameter set to its number: profile, tier and level (ITU-T H.265 §7.3.3). */
function skipProfileTierLevel(bits: BitReader): void {
  bits.skip(4); // sps_video_parameter_set_id
  const subLayers = bits.read(3); // sps_max_sub_layers_minus1
  bits.skip(1 + 88 + 8); // sps_temporal_id_nesting_flag, general profile, general_level_idc
  if (subLayers === 0) return;
  let skipped = 0;
  for (let i = 0; i < 8; i++) {
    const hasProfile = bits.bit(); // reserved zeros behind the last sub-layer
    const hasLevel = bits.bit();
    if (i < subLayers) skipped += (hasProfile ? 88 : 0) + (hasLevel ? 8 : 0);
  }
  bits.skip(skipped);
}
