import { BitReader } from '../../bytes/index.js';

const FRAME_MARKER = 2;
const SYNC_CODE = 0x49_83_42;
const RGB = 7;
/** More than an uncompressed header takes up to its quantizer. */
const MAX_HEADER_BYTES = 64;
const REFERENCES = 3;
const FILTER_DELTAS = 6;

/**
 * The quantizer index of a whole VP9 frame, from 0 to 255 (base_q_idx, VP9 bitstream specification §6.2, §7.2); of a superframe that of its
 * first frame. Undefined for bytes that are no frame, and for one that shows another again.
 */
export function readVp9Quantizer(frame: Uint8Array): number | undefined {
  const bits = new BitReader().reset(frame, 0, Math.min(frame.length, MAX_HEADER_BYTES));
  if (bits.read(2) !== FRAME_MARKER) return undefined;
  const profile = bits.read(1) + 2 * bits.read(1);
  if (profile === 3) bits.skip(1);
  if (bits.bit()) return undefined; // show_existing_frame
  const isKeyFrame = !bits.bit();
  const isShown = bits.bit();
  const isErrorResilient = bits.bit();
  const isWhole = isKeyFrame ? skipKeyFrame(bits, profile) : skipInterFrame(bits, profile, isShown, isErrorResilient);
  if (!isWhole) return undefined;
  if (!isErrorResilient) bits.skip(2); // refresh_frame_context, frame_parallel_decoding_mode
  bits.skip(2); // frame_context_idx
  bits.skip(6 + 3); // loop_filter_level, loop_filter_sharpness
  const changesFilter = bits.bit() && bits.bit(); // loop_filter_delta_enabled, loop_filter_delta_update
  for (let i = 0; changesFilter && i < FILTER_DELTAS; i++) if (bits.bit()) bits.skip(7);
  const quantizer = bits.read(8);
  return bits.failed ? undefined : quantizer;
}

function skipKeyFrame(bits: BitReader, profile: number): boolean {
  if (bits.read(24) !== SYNC_CODE) return false;
  skipColor(bits, profile);
  skipSize(bits);
  skipRenderSize(bits);
  return true;
}

function skipInterFrame(bits: BitReader, profile: number, isShown: boolean, isErrorResilient: boolean): boolean {
  const isIntra = isShown ? false : bits.bit();
  if (!isErrorResilient) bits.skip(2); // reset_frame_context
  if (isIntra) {
    if (bits.read(24) !== SYNC_CODE) return false;
    if (profile > 0) skipColor(bits, profile);
    bits.skip(8); // refresh_frame_flags
    skipSize(bits);
  } else {
    bits.skip(8 + REFERENCES * (3 + 1)); // refresh_frame_flags, ref_frame_idx, ref_frame_sign_bias
    let found = false;
    for (let i = 0; i < REFERENCES && !found; i++) found = bits.bit();
    if (!found) skipSize(bits);
  }
  skipRenderSize(bits);
  if (isIntra) return true;
  bits.skip(1); // allow_high_precision_mv
  if (!bits.bit()) bits.skip(2); // is_filter_switchable, raw_interpolation_filter
  return true;
}

function skipColor(bits: BitReader, profile: number): void {
  if (profile >= 2) bits.skip(1); // ten_or_twelve_bit
  const isRgb = bits.read(3) === RGB;
  const hasSubsampling = profile === 1 || profile === 3;
  if (isRgb) bits.skip(hasSubsampling ? 1 : 0);
  else bits.skip(hasSubsampling ? 4 : 1);
}

function skipSize(bits: BitReader): void {
  bits.skip(32);
}

function skipRenderSize(bits: BitReader): void {
  if (bits.bit()) bits.skip(32);
}
