import fc from 'fast-check';
import { BitWriter, parseHex } from '../../bytes/index.js';
import type { VideoCodec } from '../codec.js';

/** A frame as a test made it, and what there is to know of it. */
export interface MadeFrame {
  readonly bytes: Uint8Array;
  readonly isKeyFrame: boolean;
}

export const CODECS: readonly VideoCodec[] = ['vp8', 'vp9', 'h264', 'h265', 'av1'];
export const WIDTH = 642;
export const HEIGHT = 362;

/** Frames of `codec`, key frames and others, of random content and size. */
export function frames(codec: VideoCodec, maxBytes = 8_000): fc.Arbitrary<MadeFrame> {
  const content = fc.uint8Array({ minLength: 4, maxLength: maxBytes });
  return fc.tuple(content, fc.boolean(), fc.nat(5)).map(([bytes, isKeyFrame, cuts]) => madeFrame(codec, bytes, isKeyFrame, cuts));
}

export function madeFrame(codec: VideoCodec, content: Uint8Array, isKeyFrame: boolean, cuts = 2): MadeFrame {
  return { bytes: MAKERS[codec](content, isKeyFrame, cuts), isKeyFrame };
}

const MAKERS: Record<VideoCodec, (content: Uint8Array, isKeyFrame: boolean, cuts: number) => Uint8Array> = {
  vp8: (content, isKeyFrame) => {
    const header = [0x10, 0, 0, 0x9d, 0x01, 0x2a, WIDTH & 0xff, WIDTH >> 8, HEIGHT & 0xff, HEIGHT >> 8];
    return concat(isKeyFrame ? header : [0x11], content);
  },
  vp9: (content, isKeyFrame) => {
    const bits = bitWriter();
    if (!isKeyFrame) return concat([0b10_0_0_0_1_1_0], content);
    bits.write(0b10_0_0_0_0_1_0, 8).write(0x498342, 24).write(1, 3).write(0, 1);
    bits.write(WIDTH - 1, 16).write(HEIGHT - 1, 16);
    return concat(written(bits), content);
  },
  h264: (content, isKeyFrame, cuts) => {
    const slices = pieces(content, cuts).map((piece, i) => [
      isKeyFrame ? 0x65 : 0x41,
      i === 0 ? 0xe0 : 0x4c,
      ...unescaped(piece),
    ]);
    return annexB(isKeyFrame ? [H264_SPS, H264_PPS, ...slices] : slices);
  },
  h265: (content, isKeyFrame, cuts) => {
    const header = isKeyFrame ? [19 << 1, 1] : [1 << 1, 1];
    // first_slice_segment_in_pic_flag, no_output_of_prior_pics_flag, slice_pic_parameter_set_id 0
    const first = isKeyFrame ? 0b1010_0000 : 0b1100_0000;
    const slices = pieces(content, cuts).map((piece, i) => [...header, i === 0 ? first : first & 0x7f, ...unescaped(piece)]);
    return annexB(isKeyFrame ? [H265_VPS, H265_SPS, H265_PPS, ...slices] : slices);
  },
  av1: (content, isKeyFrame, cuts) => {
    const obus = pieces(content, cuts).map((piece) => obu(6, piece));
    return concat([0x12, 0], ...(isKeyFrame ? [obu(1, AV1_SEQUENCE)] : []), ...obus);
  },
};

/** The content in a few parts, none empty. */
function pieces(content: Uint8Array, cuts: number): Uint8Array[] {
  const size = Math.max(1, Math.ceil(content.length / (cuts + 1)));
  const found: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += size) found.push(content.subarray(at, at + size));
  return found;
}

/** As an encoder leaves it: no start code within, no zero at the end. */
function unescaped(piece: Uint8Array): number[] {
  return [...piece].map((byte) => (byte < 4 ? byte + 4 : byte));
}

export function annexB(units: readonly ArrayLike<number>[]): Uint8Array {
  return concat(...units.flatMap((unit) => [[0, 0, 0, 1], unit]));
}

export function obu(type: number, payload: ArrayLike<number>): Uint8Array {
  const size: number[] = [];
  let left = payload.length;
  for (; left >= 0x80; left >>= 7) size.push((left & 0x7f) | 0x80);
  return concat([(type << 3) | 2, ...size, left], payload);
}

export function concat(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** ue(v) of ITU-T H.264 §9.1. */
export function writeUe(value: number, bits: BitWriter): BitWriter {
  const width = 32 - Math.clz32(value + 1);
  return bits.write(0, width - 1).write(value + 1, width);
}

const buffers = new WeakMap<BitWriter, Uint8Array>();
function bitWriter(): BitWriter {
  const bytes = new Uint8Array(64);
  const bits = new BitWriter(bytes);
  buffers.set(bits, bytes);
  return bits;
}

function written(bits: BitWriter): Uint8Array {
  const bytes = buffers.get(bits);
  if (!bytes) throw new Error('not from bitWriter()');
  return bytes.slice(0, bits.length);
}

/** A baseline sequence parameter set of 656 × 368, cropped to WIDTH × HEIGHT. */
export const H264_SPS = (() => {
  const bits = bitWriter().write(0x67, 8).write(66, 8).write(0, 8).write(31, 8);
  for (const value of [0, 0, 2, 1]) writeUe(value, bits);
  bits.write(0, 1);
  writeUe(656 / 16 - 1, bits);
  writeUe(368 / 16 - 1, bits);
  bits.write(0b11, 2).write(1, 1);
  for (const value of [0, (656 - WIDTH) / 2, 0, (368 - HEIGHT) / 2]) writeUe(value, bits);
  return written(bits.write(0, 1).write(1, 1));
})();

export const H264_PPS = (() => {
  const bits = bitWriter().write(0x68, 8);
  writeUe(0, bits);
  writeUe(0, bits);
  return written(bits.write(0b0010_0001, 8));
})();

export const H265_VPS = Uint8Array.of(32 << 1, 1, 0x0c, 0x01, 0xff, 0xff);

export const H265_SPS = (() => {
  const bits = bitWriter()
    .write(33 << 1, 8)
    .write(1, 8);
  bits.write(0, 4).write(0, 3).write(1, 1);
  bits.write(1, 8);
  for (let i = 0; i < 10; i++) bits.write(i % 3 === 0 ? 0x60 : 0x90, 8);
  bits.write(93, 8);
  writeUe(0, bits);
  writeUe(1, bits);
  writeUe(648, bits);
  writeUe(368, bits);
  bits.write(1, 1);
  for (const value of [0, (648 - WIDTH) / 2, 0, (368 - HEIGHT) / 2]) writeUe(value, bits);
  return written(bits.write(1, 1));
})();

export const H265_PPS = (() => {
  const bits = bitWriter()
    .write(34 << 1, 8)
    .write(1, 8);
  writeUe(0, bits);
  writeUe(0, bits);
  return written(bits.write(0b0010_0001, 8));
})();

const AV1_SEQUENCE = (() => {
  const bits = bitWriter().write(0, 3).write(0, 1).write(0, 1); // profile 0, moving, not reduced
  bits.write(0, 1).write(0, 1).write(0, 5); // no timing, no display delay, one operating point
  bits.write(0, 12).write(8, 5).write(0, 1);
  bits
    .write(9, 4)
    .write(9, 4)
    .write(WIDTH - 1, 10)
    .write(HEIGHT - 1, 10);
  return written(bits.write(1, 8));
})();

/** Bytes as a test writes them. */
export function hex(digits: string): Uint8Array {
  const bytes = parseHex(digits.replace(/\s/g, ''));
  if (!bytes) throw new Error(`not hexadecimal: ${digits}`);
  return bytes;
}
