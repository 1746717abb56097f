import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../core/index.js';
import { RtpPacketView, RtpPacketWriter } from '../rtp/index.js';
import { createDepacketizer, createPacketizer, FrameAssembler, PayloadInfo, payloadLimits, type VideoCodec } from './index.js';
import { annexB, concat, H264_PPS, H264_SPS, hex, madeFrame } from './testing/frames.js';
import { payloadsOf } from './testing/stream.js';

/** Gives payloads as one frame and says what came of it. */
function assembled(codec: VideoCodec, payloads: readonly Uint8Array[], options = {}) {
  const assembler = new FrameAssembler(createDepacketizer(codec), options);
  const frames: Uint8Array[] = [];
  payloads.forEach((payload, i) => {
    assembler.receivePayload(0, i, 0, i === payloads.length - 1, payload, 0, payload.length);
    assembler.drain(({ bytes }) => frames.push(new Uint8Array(bytes)));
  });
  return { frames, counters: assembler.counters, needsKeyFrame: assembler.needsKeyFrame };
}

function refusal(codec: VideoCodec, digits: string): string | undefined {
  const bytes = hex(digits);
  return createDepacketizer(codec).read(bytes, 0, bytes.length, new PayloadInfo())?.reason;
}

const keyFrameOf = (codec: VideoCodec) =>
  payloadsOf(createPacketizer(codec).packetize(madeFrame(codec, new Uint8Array(50).fill(9), true).bytes, payloadLimits(1_200)));

describe('S-50: payloads that are empty or end within their descriptor', () => {
  test('are refused with a reason', () => {
    expect(refusal('vp8', '')).toBe('payload/vp8/descriptor-truncated');
    expect(refusal('vp8', '90')).toBe('payload/vp8/descriptor-truncated');
    expect(refusal('vp8', '90 80 ff')).toBe('payload/vp8/descriptor-truncated');
    expect(refusal('vp8', '90 f0 80 01 02 03')).toBe('payload/vp8/nothing-after-descriptor');
    expect(refusal('vp9', '80 ff')).toBe('payload/vp9/descriptor-truncated');
    expect(refusal('vp9', '08')).toBe('payload/vp9/nothing-after-descriptor');
    expect(refusal('h264', '')).toBe('payload/h264/truncated');
    expect(refusal('h265', '26')).toBe('payload/h265/truncated');
    expect(refusal('av1', '10')).toBe('payload/av1/truncated');
  });

  test('a packet without payload is no gap and no frame', () => {
    const [first] = keyFrameOf('vp8');
    const assembler = new FrameAssembler(createDepacketizer('vp8'));
    const got: number[] = [];
    for (const [sequence, payload] of [
      [0, new Uint8Array(0)],
      [1, first!],
      [2, new Uint8Array(0)],
    ] as const) {
      assembler.receivePayload(0, sequence, 0, payload.length > 0, payload, 0, payload.length);
      assembler.drain(({ packetCount }) => got.push(packetCount));
    }
    expect(got).toEqual([1]);
    expect(assembler.deadline).toBe(Infinity);
  });
});

describe('S-55: layers', () => {
  test('a VP9 scalability structure that lies about its length is refused', () => {
    expect(refusal('vp9', '0a ff 0780')).toBe('payload/vp9/descriptor-truncated'); // eight resolutions announced
    expect(refusal('vp9', '0a 08 ff 04')).toBe('payload/vp9/descriptor-truncated'); // 255 pictures announced
    expect(refusal('vp9', '5a 03 03 03 03 00')).toBe('payload/vp9/more-than-three-references');
  });

  test('AV1 lengths of more than 32 bits, without end, or past the end are refused', () => {
    expect(refusal('av1', '00 ffffffffffffffff 7f 00')).toBe('payload/av1/element-past-end');
    expect(refusal('av1', '00 80808080808080 8001 32')).toBe('payload/av1/element-past-end');
    expect(refusal('av1', '00 ffffffff 7f 32')).toBe('payload/av1/element-past-end');
    expect(refusal('av1', '00 05 32 00')).toBe('payload/av1/element-past-end');
    expect(refusal('av1', '30 01 32')).toBe('payload/av1/element-past-end'); // three elements announced, two there
    expect(refusal('av1', '10 b2 00')).toBe('payload/av1/not-an-obu');
  });

  test('an AV1 OBU whose own size disagrees with its element loses the frame, not the stream', () => {
    const [good] = keyFrameOf('av1');
    const { frames, counters } = assembled('av1', [hex('18 0a 7f 00')]);
    expect([frames.length, counters.packetsMalformed]).toEqual([0, 1]);
    expect(assembled('av1', [good!]).frames).toHaveLength(1);
  });
});

describe('S-55: dependency descriptors', () => {
  const DESCRIPTOR_ID = 4;
  const KEY_FRAME = Uint8Array.of(0x10, ...madeFrame('vp8', new Uint8Array(50), true).bytes);
  const DELTA_FRAME = Uint8Array.of(0x10, 1, 2, 3);
  const MIDDLE = Uint8Array.of(0, 1, 2, 3);
  const anyPacket = fc.record({
    ahead: fc.integer({ min: -40, max: 1_100 }),
    descriptor: fc.uint8Array({ maxLength: 255 }),
    isMarked: fc.boolean(),
    payload: fc.constantFrom(new Uint8Array(0), KEY_FRAME, DELTA_FRAME, MIDDLE),
  });

  function packetOf(
    sequenceNumber: number,
    rtpTimestamp: number,
    descriptor: Uint8Array,
    payload: Uint8Array,
    isMarked: boolean,
  ) {
    const bytes = new Uint8Array(1_500);
    const writer = new RtpPacketWriter().begin(bytes, 0, bytes.length, 96, isMarked, sequenceNumber, rtpTimestamp, 7, 'two-byte');
    if (descriptor.length > 0) bytes.set(descriptor, writer.extension(DESCRIPTOR_ID, descriptor.length));
    const view = new RtpPacketView();
    expect(view.wrap(bytes.subarray(0, writer.payload(payload).finish()))).toBeUndefined();
    return view;
  }

  test('of any bytes, in any order and with any gaps, stop nothing: the next key frame is shown', () => {
    fc.assert(
      fc.property(fc.array(anyPacket, { maxLength: 40 }), (packets) => {
        const assembler = new FrameAssembler(createDepacketizer('vp8'));
        let highest = 60_000;
        packets.forEach(({ ahead, descriptor, isMarked, payload }, i) => {
          assembler.receive(i, packetOf((highest + ahead) & 0xffff, i >> 1, descriptor, payload, isMarked), DESCRIPTOR_ID);
          assembler.drain(() => {});
          if (i % 4 === 3) assembler.advance(i + 1_000);
          assembler.drain(() => {});
          highest = Math.max(highest, highest + ahead);
        });
        const shown: number[] = [];
        for (let i = 0; i < 3; i++) {
          const view = packetOf((highest + 1 + i) & 0xffff, 1_000 + i, new Uint8Array(0), KEY_FRAME, true);
          assembler.receive(10_000 + i, view, DESCRIPTOR_ID);
          assembler.drain(({ rtpTimestamp }) => shown.push(rtpTimestamp));
          while (assembler.deadline <= 20_000) {
            assembler.advance(20_000);
            assembler.drain(({ rtpTimestamp }) => shown.push(rtpTimestamp));
          }
        }
        expect(shown).toContain(1_002);
      }),
    );
  });

  test('a frame whose descriptor claims a structure that it has not, and which is no key frame, is passed over', () => {
    const assembler = new FrameAssembler(createDepacketizer('vp8'));
    const shown: number[] = [];
    const give = (sequenceNumber: number, descriptor: Uint8Array, payload: Uint8Array) => {
      assembler.receive(0, packetOf(sequenceNumber, sequenceNumber, descriptor, payload, true), DESCRIPTOR_ID);
      assembler.drain(({ rtpTimestamp }) => shown.push(rtpTimestamp));
    };
    const none = new Uint8Array(0);
    give(0, none, KEY_FRAME);
    give(2, none, DELTA_FRAME);
    assembler.advance(1e9);
    give(3, Uint8Array.of(0xc0, 0, 1, 0x80, 0xff), DELTA_FRAME);
    give(4, none, KEY_FRAME);
    expect(shown).toEqual([0, 4]);
  });
});

describe('S-59: bombs', () => {
  const start = annexB([H264_SPS, H264_PPS]).length;

  test('an FU-A without start gives no frame', () => {
    const sets = concat([0x78, 0, H264_SPS.length], H264_SPS, [0, H264_PPS.length], H264_PPS);
    expect(assembled('h264', [sets, hex('7c 45 aabb')])).toMatchObject({ frames: [], counters: { packetsMalformed: 1 } });
    const whole = assembled('h264', [sets, hex('7c 85 e0bb'), hex('7c 45 cc')]);
    expect(whole.frames[0]?.subarray(start)).toEqual(hex('00000001 65 e0bb cc'));
  });

  test('an FU-A without end, and one within another, give no frame', () => {
    const sets = concat([0x78, 0, H264_SPS.length], H264_SPS, [0, H264_PPS.length], H264_PPS);
    expect(assembled('h264', [sets, hex('7c 85 e0bb')]).frames).toEqual([]);
    expect(assembled('h264', [sets, hex('7c 85 e0bb'), hex('7c 85 e0bb'), hex('7c 45 cc')]).frames).toEqual([]);
    expect(refusal('h264', '7c 9c 00')).toBe('payload/h264/payload-structure-within-another'); // FU-A of FU-A
  });

  test('an aggregation within an aggregation, and units of 65,535 bytes in a short one, are refused', () => {
    expect(refusal('h264', '78 0004 78 0001 65')).toBe('payload/h264/payload-structure-within-another');
    expect(refusal('h264', '78 ffff 65 88')).toBe('payload/h264/unit-past-end-of-aggregation');
    expect(refusal('h264', '78 0000')).toBe('payload/h264/unit-past-end-of-aggregation');
    expect(refusal('h265', '6001 0005 6001 0001 26')).toBe('payload/h265/payload-structure-within-another');
    expect(refusal('h265', '6001 ffff 2601')).toBe('payload/h265/unit-past-end-of-aggregation');
    for (const type of ['79', '7a', '7b', '7d', '7e', '60'])
      expect(refusal('h264', `${type} 00 00`)).toMatch(/unknown-payload-type/);
    expect(refusal('h265', '6401 00 00')).toBe('payload/h265/unknown-payload-type'); // PACI
  });

  test('a key frame that claims 16,383 × 16,383 is not given to a decoder', () => {
    const bomb = hex('10 1000009d012a ff3fff3f 00');
    expect(assembled('vp8', [bomb])).toMatchObject({ frames: [], needsKeyFrame: true, counters: { framesLost: 1 } });
    expect(assembled('vp8', [bomb], { maxPixels: 16_383 * 16_383 }).frames).toHaveLength(1);
    const limited = { maxPixels: 3_840 * 2_160 };
    expect(assembled('vp8', [hex('10 1000009d012a 000f7008 00')], limited).frames).toHaveLength(1); // 3840 × 2160
    expect(assembled('vp8', [hex('10 1000009d012a 000f7108 00')], limited).frames).toHaveLength(0); // one row more
  });

  test('a frame without end stays within its bytes', () => {
    const first = hex('10 1000009d012a 80026801 00');
    const rest = concat([0], new Uint8Array(1_000));
    const { frames, counters } = assembled('vp8', [first, ...Array.from({ length: 300 }, () => rest)], {
      maxFrameBytes: 100_000,
    });
    expect([frames.length, counters.framesLost]).toEqual([0, 1]);
  });

  test('a picture of thousands of units is refused', () => {
    const sets = concat([0x78, 0, H264_SPS.length], H264_SPS, [0, H264_PPS.length], H264_PPS);
    const many = concat([0x78], ...Array.from({ length: 400 }, () => [0, 1, 0x09]));
    expect(assembled('h264', [sets, many, many, many, many]).frames).toEqual([]);
  });

  test('what encoders give is checked too', () => {
    const refused = (codec: VideoCodec, digits: string) => createPacketizer(codec).packetize(hex(digits), payloadLimits(1_200));
    for (const codec of ['vp8', 'vp9', 'h264', 'h265', 'av1'] as const) expect(refused(codec, '')).toBeInstanceOf(Malformed);
    expect(refused('h264', '65 88 84')).toBeInstanceOf(Malformed);
    expect(refused('av1', '32 ff ff')).toBeInstanceOf(Malformed);
    const lengths = createPacketizer('h264', { nalFormat: 'length-prefixed' });
    expect(lengths.packetize(hex('7fffffff 65'), payloadLimits(1_200))).toBeInstanceOf(Malformed);
    expect(createPacketizer('vp8').packetize(new Uint8Array(1_000), payloadLimits(4))).toBeInstanceOf(Malformed);
  });
});
