import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../../core/index.js';
import {
  digitOf,
  OpusPacketInfo,
  payloadLimits,
  RedBlocks,
  RedPacketizer,
  readComfortNoiseLevel,
  type ToneEvent,
  ToneReader,
  telephoneEventOf,
  tonePackets,
  WholePacketizer,
  writeComfortNoise,
} from '../index.js';
import { concat, hex } from '../testing/frames.js';
import { payloadsOf } from '../testing/stream.js';

describe('Opus', () => {
  const info = new OpusPacketInfo();
  const read = (bytes: Uint8Array) => info.read(bytes, 0, bytes.length);

  test('says its duration and channels by its first byte (RFC 6716 §3.1)', () => {
    const packets = [
      { toc: 0x00, mode: 'silk', channels: 1, samples: 480 }, // 10 ms narrowband
      { toc: 0x18, mode: 'silk', channels: 1, samples: 2_880 }, // 60 ms
      { toc: 0x6c, mode: 'hybrid', channels: 2, samples: 960 }, // 20 ms super-wideband, config 13
      { toc: 0xfc, mode: 'celt', channels: 2, samples: 960 }, // 20 ms fullband
      { toc: 0xe0, mode: 'celt', channels: 1, samples: 120 }, // 2.5 ms
    ];
    for (const { toc, mode, channels, samples } of packets) {
      expect(read(Uint8Array.of(toc, 1, 2, 3))).toBeUndefined();
      expect(info).toMatchObject({ mode, channels, samples, frameCount: 1, isSilent: false });
    }
  });

  test('counts the frames of each packing', () => {
    expect(read(Uint8Array.of(0xf9, 1, 2))).toBeUndefined(); // two equal
    expect(info).toMatchObject({ frameCount: 2, samples: 1_920 });
    expect(read(Uint8Array.of(0xfa, 1, 9, 8, 8))).toBeUndefined(); // two, the first of 1 byte
    expect(info.frameCount).toBe(2);
    expect(read(Uint8Array.of(0xfb, 3, 1, 2, 3))).toBeUndefined(); // three equal
    expect(info).toMatchObject({ frameCount: 3, samples: 2_880 });
    expect(read(Uint8Array.of(0xfb, 0x40 | 2, 1, 7, 7, 0))).toBeUndefined(); // two equal and a byte of padding
    expect(read(Uint8Array.of(0xfb, 0x80 | 2, 1, 7, 7, 7))).toBeUndefined(); // the first of 1 byte, the second of the rest
  });

  test('S-59: more than 120 ms, and frames that do not fill the packet, are refused', () => {
    expect(read(Uint8Array.of(0xfb, 7, ...new Uint8Array(7)))).toBeInstanceOf(Malformed); // 140 ms
    expect(read(Uint8Array.of(0xe3, 48, ...new Uint8Array(48)))).toBeUndefined(); // 48 of 2.5 ms: 120 ms
    expect(read(Uint8Array.of(0xe3, 49, ...new Uint8Array(49)))).toBeInstanceOf(Malformed);
    expect(read(Uint8Array.of(0xfb, 0))).toBeInstanceOf(Malformed);
    expect(read(Uint8Array.of(0xf9, 1, 2, 3))).toBeInstanceOf(Malformed); // two equal frames in three bytes
    expect(read(Uint8Array.of(0xfa, 252))).toBeInstanceOf(Malformed);
    expect(read(Uint8Array.of(0xfb, 0x41, 0xff))).toBeInstanceOf(Malformed);
    expect(read(new Uint8Array(0))).toBeInstanceOf(Malformed);
  });

  test('whatever the bytes, reading returns and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        if (!(read(bytes) instanceof Malformed)) expect(info.samples).toBeLessThanOrEqual(5_760);
      }),
    );
  });
});

describe('RED', () => {
  const blocks = new RedBlocks();
  function blocksOf(payload: Uint8Array) {
    const refusal = blocks.reset(payload, 0, payload.length);
    if (refusal) return refusal.reason;
    const found: object[] = [];
    while (blocks.next()) {
      const { payloadType, timestampOffset, blocksAfter, isPrimary, offset, length } = blocks;
      found.push({ payloadType, timestampOffset, blocksAfter, isPrimary, data: payload.slice(offset, offset + length) });
    }
    return found;
  }

  test('each frame is sent again with those after it', () => {
    const packetizer = new RedPacketizer(111, 2);
    const frames = [1, 2, 3, 4].map((fill) => new Uint8Array(fill * 3).fill(fill));
    const got = frames.map((frame, i) =>
      blocksOf(payloadsOf(packetizer.packetize(frame, (0xffff_fe00 + 960 * i) >>> 0, 1_200))[0]!),
    );
    const block = (index: number, age: number) => {
      return { payloadType: 111, timestampOffset: 960 * age, blocksAfter: age, isPrimary: age === 0, data: frames[index] };
    };
    expect(got).toEqual([
      [block(0, 0)],
      [block(0, 1), block(1, 0)],
      [block(0, 2), block(1, 1), block(2, 0)],
      [block(1, 2), block(2, 1), block(3, 0)],
    ]);
  });

  test('what is too large, too old or without room is left out', () => {
    const packetizer = new RedPacketizer(111, 1);
    const count = (payload: Uint8Array) => (blocksOf(payload) as object[]).length;
    const send = (size: number, rtpTimestamp: number, max = 1_200) =>
      count(payloadsOf(packetizer.packetize(new Uint8Array(size), rtpTimestamp, max))[0]!);
    send(1_100, 0);
    expect(send(10, 960)).toBe(1);
    expect(send(10, 960 + 0x4000)).toBe(1);
    expect(send(1_190, 2_000 + 0x4000)).toBe(1);
    expect(packetizer.packetize(new Uint8Array(1_200), 5_000, 1_200)).toBeInstanceOf(Malformed);
  });

  test('headers that lie are refused', () => {
    expect(blocksOf(hex('ef'))).toBe('payload/red/truncated');
    expect(blocksOf(hex('ef00000a'))).toBe('payload/red/truncated');
    expect(blocksOf(hex('ef00000a 6f 0102'))).toBe('payload/red/block-past-end');
    expect(blocksOf(concat(...Array.from({ length: 40 }, () => [0xef, 0, 0, 0]), [0x6f]))).toBe('payload/red/too-many-blocks');
    expect(blocksOf(hex('6f'))).toEqual([
      { payloadType: 111, timestampOffset: 0, blocksAfter: 0, isPrimary: true, data: new Uint8Array(0) },
    ]);
  });
});

describe('telephone events', () => {
  const tone = { event: telephoneEventOf('5'), durationMs: 100, clockRate: 8_000 };

  test('a tone is a packet each 20 ms with the duration so far, its end three times (RFC 4733 §2.5.1)', () => {
    expect(
      tonePackets(tone).map(({ atMs, isMarked, payload }) => [atMs, isMarked, Buffer.from(payload).toString('hex')]),
    ).toEqual([
      [20, true, '050a00a0'],
      [40, false, '050a0140'],
      [60, false, '050a01e0'],
      [80, false, '050a0280'],
      [100, false, '058a0320'],
      [120, false, '058a0320'],
      [140, false, '058a0320'],
    ]);
  });

  function heard(
    packets: readonly { timestampOffset: number; payload: Uint8Array }[],
    reader = new ToneReader(),
    start = 0xffff_ff00,
  ) {
    return packets.flatMap(({ timestampOffset, payload }) => {
      const events = reader.receive((start + timestampOffset) >>> 0, payload, 0, payload.length);
      if (events instanceof Malformed) throw new Error(events.reason);
      return events as ToneEvent[];
    });
  }
  const summary = (events: readonly ToneEvent[]) => events.map(({ type, event, duration }) => `${type} ${event} ${duration}`);

  test('begins once and ends once, whatever is lost, repeated or late', () => {
    const packets = tonePackets(tone);
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }), (order) => {
        const reader = new ToneReader();
        const events = [
          ...heard(
            order.map((i) => packets[i]!),
            reader,
          ),
          ...heard(packets.slice(4), reader),
        ];
        expect(events.map(({ type }) => type)).toEqual(['tone-began', 'tone-ended']);
        expect(events[1]).toEqual({ type: 'tone-ended', event: 5, duration: 800 });
      }),
    );
  });

  test('one that lasts longer than 16 bits can say goes on in further segments (RFC 4733 §2.5.1.3)', () => {
    const packets = tonePackets({ event: 1, durationMs: 6_000, clockRate: 48_000 });
    expect([...new Set(packets.map(({ timestampOffset }) => timestampOffset))]).toEqual([0, 65_535, 131_070, 196_605, 262_140]);
    expect(packets.filter(({ isMarked }) => isMarked)).toHaveLength(1);
    expect(summary(heard(packets))).toEqual(['tone-began 1 960', 'tone-ended 1 288000']);
  });

  test('a tone whose end is lost ends when the next begins', () => {
    const reader = new ToneReader();
    const first = heard(tonePackets(tone).slice(0, 3), reader, 1_000);
    const second = heard(tonePackets({ ...tone, event: 11 }), reader, 5_000);
    expect(summary([...first, ...second])).toEqual([
      'tone-began 5 160',
      'tone-ended 5 480',
      'tone-began 11 160',
      'tone-ended 11 800',
    ]);
  });

  test('digits have event codes', () => {
    expect([...'0159*#ABCDabcd'].map(telephoneEventOf)).toEqual([0, 1, 5, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15]);
    expect([telephoneEventOf(','), telephoneEventOf(''), telephoneEventOf('12')]).toEqual([-1, -1, -1]);
    expect([digitOf(10), digitOf(16)]).toEqual(['*', undefined]);
  });

  test('whatever the bytes, reading returns', () => {
    const reader = new ToneReader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), fc.nat(9_000), (bytes, rtpTimestamp) => {
        reader.receive(rtpTimestamp, bytes, 0, bytes.length);
      }),
    );
  });
});

test('comfort noise has a level', () => {
  const out = new Uint8Array(2);
  expect(writeComfortNoise(67.4, out, 1)).toBe(1);
  expect(readComfortNoiseLevel(out, 1, 1)).toBe(67);
  expect(readComfortNoiseLevel(out, 0, 0)).toBe(127);
  expect(writeComfortNoise(1, out, 2)).toBe(0);
});

test('an audio frame is one payload', () => {
  const packetizer = new WholePacketizer();
  expect(payloadsOf(packetizer.packetize(Uint8Array.of(1, 2, 3), payloadLimits(3)))).toEqual([Uint8Array.of(1, 2, 3)]);
  expect(packetizer.packetize(Uint8Array.of(1, 2, 3), payloadLimits(2))).toBeInstanceOf(Malformed);
  expect(packetizer.packetize(new Uint8Array(0), payloadLimits(2))).toBeInstanceOf(Malformed);
});
