import type { VideoCodec } from '@maru/protocol/payload';

/** What a test frame says of itself, so that whoever decodes it knows whether it could. */
export interface FrameTag {
  readonly encoding: number;
  readonly spatialId: number;
  readonly temporalId: number;
  /** Unique among the frames of an encoding. */
  readonly frame: number;
  /** The frames that it leans on. */
  readonly references: readonly number[];
}

/** A frame of `codec` that carries its tag in letters, filled up to about `bytes`. */
export function taggedFrame(codec: VideoCodec, tag: FrameTag, isKeyFrame: boolean, bytes: number, width: number): Uint8Array {
  const references = tag.references.join(',');
  const head = `[e${tag.encoding} s${tag.spatialId} t${tag.temporalId} n${tag.frame} r${references} `;
  const filler = Math.max(0, bytes - head.length);
  const text = latin(`${head}${filler} ${'x'.repeat(filler)}]`);
  const height = Math.round((width * 9) / 16);
  switch (codec) {
    case 'vp8': {
      const size = [width & 0xff, width >> 8, height & 0xff, height >> 8];
      return joined(isKeyFrame ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, ...size] : [0x11], text);
    }
    case 'vp9':
      return joined(isKeyFrame ? vp9KeyHeader(width, height) : [0b10_0_0_0_1_1_0], text);
    case 'h264': {
      const start = [0, 0, 0, 1];
      const sets = [...start, ...H264_SPS, ...start, ...H264_PPS];
      return joined(isKeyFrame ? [...sets, ...start, 0x65, 0xe0] : [...start, 0x41, 0xe0], text);
    }
    case 'av1': {
      const sequence = [0x0a, 0x0b, 0x00, 0x00, 0x00, 0x24, 0xc4, 0xff, 0xdf, 0x3f, 0xfe, 0x80, 0x10];
      const size: number[] = [];
      let left = text.length;
      for (; left >= 0x80; left >>= 7) size.push((left & 0x7f) | 0x80);
      return joined([0x12, 0, ...(isKeyFrame ? sequence : []), 0x32, ...size, left], text);
    }
    default:
      throw new Error(`no test frames of ${codec}`);
  }
}

/** The tags in the bytes of a decoded frame, one for each layer; undefined where something of it is missing. */
export function tagsOf(bytes: Uint8Array): FrameTag[] | undefined {
  const text = String.fromCharCode(...bytes);
  const tags: FrameTag[] = [];
  for (const match of text.matchAll(/\[e(\d+) s(\d+) t(\d+) n(\d+) r([\d,]*) (\d+) (x*)(\]?)/g)) {
    const [, encoding, spatialId, temporalId, frame, references, filler, filled, end] = match;
    if (end !== ']' || filled!.length !== Number(filler)) return undefined;
    tags.push({
      encoding: Number(encoding),
      spatialId: Number(spatialId),
      temporalId: Number(temporalId),
      frame: Number(frame),
      references: references === '' ? [] : references!.split(',').map(Number),
    });
  }
  return tags.length === 0 ? undefined : tags;
}

const H264_SPS = [0x67, 0x42, 0x00, 0x1f, 0xe9, 0x01, 0x48, 0x0b, 0xfc];
const H264_PPS = [0x68, 0xce, 0x3c, 0x80];

/** frame marker, profile 0, key frame, shown; sync code; colour; size (VP9 bitstream specification §6.2). */
function vp9KeyHeader(width: number, height: number): number[] {
  const bits: number[] = [];
  const write = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  write(0b10_0_0_0_0_1_0, 8);
  write(0x498342, 24);
  write(1, 3);
  write(0, 1);
  write(width - 1, 16);
  write(height - 1, 16);
  while (bits.length % 8 !== 0) bits.push(0);
  return Array.from({ length: bits.length / 8 }, (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((byte, bit) => byte * 2 + bit, 0));
}

function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function joined(head: readonly number[], text: Uint8Array): Uint8Array {
  const out = new Uint8Array(head.length + text.length);
  out.set(head);
  out.set(text, head.length);
  return out;
}
