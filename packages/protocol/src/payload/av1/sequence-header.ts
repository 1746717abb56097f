import { BitReader } from '../../bytes/index.js';
import type { PictureSize } from '../nal/parameter-sets.js';

const FIRST_LEVEL_WITH_TIER = 8;

const bits = new BitReader();

/** The largest frame of the coded video sequence that the payload of a sequence header OBU begins (AV1 specification §5.5.1). */
export function readAv1PictureSize(bytes: Uint8Array, offset: number, length: number): PictureSize | undefined {
  bits.reset(bytes, offset, length);
  bits.skip(3 + 1); // seq_profile, still_picture
  const isReduced = bits.bit();
  if (isReduced) bits.skip(5);
  else skipOperatingPoints();
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  const width = bits.read(widthBits) + 1;
  const height = bits.read(heightBits) + 1;
  return bits.failed ? undefined : { width, height };
}

function skipOperatingPoints(): void {
  const hasTiming = bits.bit();
  if (hasTiming) {
    bits.skip(64); // num_units_in_display_tick, time_scale
    const isEqual = bits.bit();
    if (isEqual) bits.readUe(); // num_ticks_per_picture_minus_1: uvlc() is ue(v)
  }
  const hasDecoderModel = hasTiming && bits.bit();
  const delayBits = hasDecoderModel ? bits.read(5) + 1 : 0;
  if (hasDecoderModel) bits.skip(32 + 5 + 5);
  const hasDisplayDelays = bits.bit();
  const points = bits.read(5) + 1;
  for (let point = 0; point < points && !bits.failed; point++) {
    bits.skip(12); // operating_point_idc
    if (bits.read(5) >= FIRST_LEVEL_WITH_TIER) bits.skip(1);
    if (hasDecoderModel && bits.bit()) bits.skip(2 * delayBits + 1);
    if (hasDisplayDelays && bits.bit()) bits.skip(4);
  }
}
