import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { VideoCodec } from './codec.js';
import { quantizerReaderFor } from './quantizer.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** The beginnings of frames that libvpx and x264 made of a test picture of 64 by 48, and the quantizer that they were told to take. */
const STREAMS: readonly (readonly [VideoCodec, string, readonly [string, number][]])[] = [
  [
    'vp8',
    'libvpx, -qmin 20 -qmax 20, which is 25 in the index of the bitstream',
    [
      ['b015009d012a400030000187088585889984880c8202ece50be00f3b35d8e47f8d9f8c1f21344fe2', 25],
      ['510300061064001ec2143efd66cabb211bff457868a076e240265fb2800c00821d87ddafd0124009', 25],
      ['510300061064001c8a000d3ff28e7fffe2abafff12f01939b0c10683b8c57e01dd7412af37df9afd', 25],
    ],
  ],
  [
    'vp9',
    'libvpx-vp9, -qmin 20 -qmax 20, which is 80 in the index of the bitstream',
    [
      ['a2498342e003f002f61438241c18a00003707cb0fadfcd748f8686af34c09992ea665efdf0d1ec7c', 80],
      ['a60040929c284a00000e693c6e1e8846dff61f5f83c000007a4bd85401eaed26e07e959a7040cb60', 80],
      ['a60040929c184a00000560d23000007b3e5bac501f098b8a2847c07e2ea369ed9a4869b6c6c6a539', 80],
    ],
  ],
  [
    'h264',
    'x264, baseline, -qp 30, and 3 less for key frames',
    [
      [
        '00000001 6742c00ad9047b011000000300100000030148f1226480 00000001 68cb8112c8 00000001 6588843ffe45ec45e2800080ff8a00020090017a4fd058a563f30076',
        27,
      ],
      ['00000001 419a39e278538b8be4ee2384df7b3dfc6abcf1bff2fb7f1bc562bcfd', 30],
      ['00000001 419a54789f1bc5314f16dc2df1dcec8dfa38c5b712ee2d8b6d8977e1', 30],
    ],
  ],
  [
    'h264',
    'x264, high, CABAC and weights, -qp 33',
    [
      [
        '00000001 6764000aacb208f6022000000300200000030281e244c9 00000001 68ebc1d2c8b0 00000001 6588843fbc199e9d9fbbffc3ab2635e406dbb14133dcb03cc7e6bd17',
        30,
      ],
      ['00000001 419a3b1f894701d461551b88431aa02867ebb6f265267772a97fc0ae', 33],
      ['00000001 419a4f0864ca61ff29978692ba578e4665756d23953a0ccab060f047', 33],
    ],
  ],
];

test.each(STREAMS)('%s (%s) says how coarse its pictures are', (codec, _, frames) => {
  const read = quantizerReaderFor(codec)!;
  expect(frames.map(([text]) => read(hex(text)))).toEqual(frames.map(([, quantizer]) => quantizer));
});

test('a picture without its parameter sets, and one that shows another again, say nothing', () => {
  expect(quantizerReaderFor('h264')!(hex('00000001 419a39e278538b8be4ee2384df7b3dfc'))).toBeUndefined();
  expect(quantizerReaderFor('vp9')!(hex('88'))).toBeUndefined();
});

test.each(['vp8', 'vp9', 'h264'] as const)('whatever the bytes, reading %s ends and never throws', (codec) => {
  const [, , frames] = STREAMS.find(([name]) => name === codec)!;
  const real = hex(frames[0]![0]);
  const read = quantizerReaderFor(codec)!;
  const changed = fc.tuple(fc.nat(real.length - 1), fc.nat(255), fc.nat(real.length)).map(([at, value, length]) => {
    const bytes = real.slice(0, length);
    bytes[at] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), changed), (bytes) => {
      const quantizer = read(bytes);
      expect(quantizer === undefined || Number.isInteger(quantizer)).toBe(true);
    }),
  );
});
