import { BitReader } from '../../bytes/index.js';

const FRAME_MARKER = 2;
const SYNC_CODE = 0x49_83_42;
const RGB = 7;
const HEADER_BYTES = 20;

/** The uncompressed header of a VP9 frame, as far as receivers need it (VP9 bitstream specification §6.2). */
export class Vp9FrameHeader {
  isKeyFrame = false;
  /** Of a key frame, otherwise 0. */
  width = 0;
  height = 0;
  private readonly bits = new BitReader();

  /** Reads the header of the frame at `offset`; false if it is none, as with an encrypted frame. */
  read(bytes: Uint8Array, offset: number, length: number): boolean {
    const bits = this.bits.reset(bytes, offset, Math.min(length, HEADER_BYTES));
    this.isKeyFrame = false;
    this.width = 0;
    this.height = 0;
    if (bits.read(2) !== FRAME_MARKER) return false;
    const profile = bits.read(1) + 2 * bits.read(1);
    if (profile === 3) bits.skip(1);
    const showsExistingFrame = bits.bit();
    if (showsExistingFrame) return !bits.failed;
    const isKeyFrame = !bits.bit();
    bits.skip(2); // show_frame, error_resilient_mode
    if (bits.failed || !isKeyFrame) return !bits.failed;
    return this.readKeyFrame(profile);
  }

  private readKeyFrame(profile: number): boolean {
    const { bits } = this;
    if (bits.read(24) !== SYNC_CODE) return false;
    if (profile >= 2) bits.skip(1); // ten_or_twelve_bit
    const isRgb = bits.read(3) === RGB;
    const hasSubsampling = profile === 1 || profile === 3;
    if (isRgb) bits.skip(hasSubsampling ? 1 : 0);
    else bits.skip(hasSubsampling ? 4 : 1);
    const width = bits.read(16) + 1;
    const height = bits.read(16) + 1;
    if (bits.failed) return false;
    this.isKeyFrame = true;
    this.width = width;
    this.height = height;
    return true;
  }
}
