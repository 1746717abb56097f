import { isVp8KeyFrame } from './frame-header.js';

/** Behind the frame tag, and behind what key frames say of their size (RFC 6386 §9.1). */
const [TAG_BYTES, KEY_FRAME_BYTES] = [3, 10];
const EVEN = 128;
const SEGMENTS = 4;
const SEGMENT_PROBABILITIES = 3;
const FILTER_DELTAS = 8;

/** The quantizer index of a whole VP8 frame, from 0 to 127 (y_ac_qi, RFC 6386 §9.6); undefined for bytes that are no frame. */
export function readVp8Quantizer(frame: Uint8Array): number | undefined {
  const isKeyFrame = frame.length > 0 && isVp8KeyFrame(frame);
  const begin = isKeyFrame ? KEY_FRAME_BYTES : TAG_BYTES;
  if (frame.length < begin + 2) return undefined;
  const bits = new BoolReader(frame, begin);
  if (isKeyFrame) bits.literal(2); // color_space, clamping_type
  if (bits.flag()) skipSegmentation(bits);
  bits.literal(1 + 6 + 3); // filter_type, loop_filter_level, sharpness_level
  // loop_filter_adj_enable, mode_ref_lf_delta_update (§9.3, §9.6)
  const changesFilter = bits.flag() && bits.flag();
  for (let i = 0; changesFilter && i < FILTER_DELTAS; i++) if (bits.flag()) bits.literal(6 + 1);
  bits.literal(2); // log2_nbr_of_dct_partitions
  const quantizer = bits.literal(7);
  return bits.failed ? undefined : quantizer;
}

/** RFC 6386 §9.3. */
function skipSegmentation(bits: BoolReader): void {
  const [updatesMap, updatesData] = [bits.flag(), bits.flag()];
  if (updatesData) {
    bits.literal(1); // segment_feature_mode
    for (let i = 0; i < SEGMENTS; i++) if (bits.flag()) bits.literal(7 + 1);
    for (let i = 0; i < SEGMENTS; i++) if (bits.flag()) bits.literal(6 + 1);
  }
  if (updatesMap) for (let i = 0; i < SEGMENT_PROBABILITIES; i++) if (bits.flag()) bits.literal(8);
}

/** The boolean decoder (RFC 6386 §7.3), for bits that are as likely as not; past the end it fails and yields 0. */
class BoolReader {
  private value = 0;
  private range = 255;
  private bitCount = 0;
  private at: number;

  constructor(
    private readonly bytes: Uint8Array,
    offset: number,
  ) {
    this.value = (bytes[offset]! << 8) | bytes[offset + 1]!;
    this.at = offset + 2;
  }

  get failed(): boolean {
    return this.at > this.bytes.length;
  }

  flag(): boolean {
    const split = 1 + (((this.range - 1) * EVEN) >> 8);
    const isSet = this.value >= split << 8;
    if (isSet) {
      this.range -= split;
      this.value -= split << 8;
    } else this.range = split;
    while (this.range < 128) this.shift();
    return isSet;
  }

  literal(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) value = (value << 1) | (this.flag() ? 1 : 0);
    return value;
  }

  private shift(): void {
    this.value <<= 1;
    this.range <<= 1;
    this.bitCount += 1;
    if (this.bitCount < 8) return;
    this.bitCount = 0;
    this.value |= this.bytes[this.at++] ?? 0;
  }
}
