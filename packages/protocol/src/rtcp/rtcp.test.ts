import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../bytes/index.js';
import { SeededRandom } from '../core/index.js';
import { decodeRtcp, encodeRtcp, isRtcp, MAX_BITRATE_BPS, RtcpBuilder, type RtcpPacket, randomCname, SdesItem } from './index.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u16 = fc.nat(0xffff);
const u8 = fc.nat(255);

function encode(...packets: readonly RtcpPacket[]): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(20_000));
  for (const packet of packets) encodeRtcp(packet, writer);
  expect(writer.failed).toBe(false);
  return writer.written;
}

const reports = fc.array(
  fc.record({
    ssrc: u32,
    fractionLost: u8,
    cumulativeLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
    extendedHighestSequence: u32,
    jitter: u32,
    lastSenderReport: u32,
    delaySinceLastSenderReport: u32,
  }),
  { maxLength: 31 },
);
const text = fc.string({ maxLength: 60 });
/** What a float of 17 or 18 bits says exactly. */
const bitrate = fc.tuple(fc.nat(0x1_ffff), fc.nat(20)).map(([mantissa, exponent]) => mantissa * 2 ** exponent);

/** Ascending serial numbers from a base, through a wrap. */
const lostSequences = fc
  .tuple(u16, fc.uniqueArray(fc.nat(2_000), { minLength: 1, maxLength: 60 }))
  .map(([base, offsets]) => offsets.sort((a, b) => a - b).map((offset) => (base + offset) & 0xffff));

const twcc = fc
  .record({
    base: u16,
    gaps: fc.array(
      fc.tuple(
        fc.oneof(fc.constant(0), fc.nat(40), fc.nat(9_000)),
        fc.oneof(fc.nat(255), fc.integer({ min: -9_000, max: 9_000 })),
      ),
      {
        minLength: 1,
        maxLength: 100,
      },
    ),
    trailing: fc.nat(200),
    referenceTime: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
    feedbackCount: u8,
  })
  .map(({ base, gaps, trailing, referenceTime, feedbackCount }): RtcpPacket => {
    const receivedSequences: number[] = [];
    const arrivalTicks: number[] = [];
    let index = 0;
    let ticks = 0;
    for (const [gap, delta] of gaps) {
      if (index + gap > 60_000) break;
      index += gap;
      ticks += delta;
      receivedSequences.push((base + index) & 0xffff);
      arrivalTicks.push(ticks);
      index += 1;
    }
    const packetStatusCount = index + trailing;
    return {
      type: 'twcc',
      senderSsrc: 1,
      mediaSsrc: 2,
      baseSequence: base,
      packetStatusCount,
      referenceTime,
      feedbackCount,
      receivedSequences,
      arrivalTicks,
    };
  });

const packet: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({
    type: fc.constant('sender-report'),
    senderSsrc: u32,
    ntpSeconds: u32,
    ntpFraction: u32,
    rtpTimestamp: u32,
    packetCount: u32,
    octetCount: u32,
    reports,
  }),
  fc.record({ type: fc.constant('receiver-report'), senderSsrc: u32, reports }),
  fc.record({
    type: fc.constant('source-description'),
    chunks: fc.array(
      fc.record({ ssrc: u32, items: fc.array(fc.record({ item: fc.integer({ min: 1, max: 20 }), text }), { maxLength: 4 }) }),
      { maxLength: 5 },
    ),
  }),
  fc.record({
    type: fc.constant('goodbye'),
    ssrcs: fc.array(u32, { maxLength: 31 }),
    reason: fc.option(fc.constant('camera unplugged'), { nil: undefined }),
  }),
  fc.record({
    type: fc.constant('application'),
    subtype: fc.nat(31),
    senderSsrc: u32,
    name: u32,
    data: fc.uint8Array({ maxLength: 3 }).map((one) => new Uint8Array(4 * one.length)),
  }),
  fc.record({ type: fc.constant('nack'), senderSsrc: u32, mediaSsrc: u32, lostSequences }),
  fc.record({ type: fc.constant('pli'), senderSsrc: u32, mediaSsrc: u32 }),
  fc.record({
    type: fc.constant('fir'),
    senderSsrc: u32,
    requests: fc.array(fc.record({ ssrc: u32, commandSequence: u8 }), { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constantFrom('tmmbr' as const, 'tmmbn' as const),
    senderSsrc: u32,
    entries: fc.array(fc.record({ ssrc: u32, maxBitrateBps: bitrate, overheadBytes: fc.nat(511) }), { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant('remb'), senderSsrc: u32, bitrateBps: bitrate, ssrcs: fc.array(u32, { maxLength: 8 }) }),
  twcc,
  fc.record({
    type: fc.constant('ccfb'),
    senderSsrc: u32,
    streams: fc.array(fc.record({ ssrc: u32, beginSequence: u16, metrics: fc.array(u16, { maxLength: 40 }) }), { maxLength: 4 }),
    reportTimestamp: u32,
  }),
  fc.record({
    type: fc.constant('extended-report'),
    senderSsrc: u32,
    blocks: fc.array(
      fc.oneof(
        fc.record({ type: fc.constant('receiver-reference-time'), ntpSeconds: u32, ntpFraction: u32 }),
        fc.record({
          type: fc.constant('delay-since-last-receiver-report'),
          entries: fc.array(fc.record({ ssrc: u32, lastReceiverReport: u32, delaySinceLastReceiverReport: u32 }), {
            maxLength: 4,
          }),
        }),
      ),
      { maxLength: 4 },
    ),
  }),
);

describe('a packet', () => {
  test('is decoded as it was encoded, alone and in company', () => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 4 }), (packets) => {
        expect(decodeRtcp(encode(...packets))).toEqual({ packets, unknownPackets: 0, refusal: undefined });
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, string, RtcpPacket]>([
    ['PLI of Chromium', '81ce0002 00000001 12345678', { type: 'pli', senderSsrc: 1, mediaSsrc: 0x1234_5678 }],
    [
      'NACK of 100, 101 and 116',
      '81cd0003 00000001 00000002 0064 8001',
      { type: 'nack', senderSsrc: 1, mediaSsrc: 2, lostSequences: [100, 101, 116] },
    ],
    [
      'FIR',
      '84ce0004 00000001 00000000 00000002 07000000',
      { type: 'fir', senderSsrc: 1, requests: [{ ssrc: 2, commandSequence: 7 }] },
    ],
    [
      'REMB of 1 Mbit/s',
      '8fce0005 00000001 00000000 52454d42 010bd090 00000002',
      { type: 'remb', senderSsrc: 1, bitrateBps: 1_000_000, ssrcs: [2] },
    ],
    [
      'TWCC of draft-holmer: a run, a vector',
      '8fcd0007 00000001 00000002 0064 0007 000010 05 2003 b000 04 08 0c 10 00 00 00 00',
      {
        type: 'twcc',
        senderSsrc: 1,
        mediaSsrc: 2,
        baseSequence: 100,
        packetStatusCount: 7,
        referenceTime: 16,
        feedbackCount: 5,
        receivedSequences: [100, 101, 102, 103, 104],
        arrivalTicks: [4, 12, 24, 40, 40],
      },
    ],
  ])('%s means what it should', (_, bytes, expected) => {
    expect(decodeRtcp(hex(bytes)).packets).toEqual([expected]);
  });

  test('CNAME goes out as RFC 3550 §6.5 draws it', () => {
    const chunks = [{ ssrc: 1, items: [{ item: SdesItem.cname, text: 'ab' }] }];
    expect(Buffer.from(encode({ type: 'source-description', chunks })).toString('hex')).toBe(
      '81ca000300000001010261620000' + '0000',
    );
  });

  test('may be padded, the last one of a compound', () => {
    const { packets } = decodeRtcp(hex('a1ce0003 00000001 12345678 00000004'));
    expect(packets).toEqual([{ type: 'pli', senderSsrc: 1, mediaSsrc: 0x1234_5678 }]);
  });

  test('of a type or a format that nobody knows is passed over', () => {
    const rest = '81ce0002 00000001 12345678';
    expect(decodeRtcp(hex(`80d00001 00000000 9fcd0002 00000001 00000002 9fce0002 00000001 00000002 ${rest}`))).toMatchObject({
      unknownPackets: 3,
      packets: [{ type: 'pli' }],
    });
  });

  test('of an XR with blocks that nobody knows has the others', () => {
    const { packets } = decodeRtcp(hex('80cf0006 00000001 01000001 deadbeef 04000002 00000005 00000006'));
    expect(packets).toEqual([
      { type: 'extended-report', senderSsrc: 1, blocks: [{ type: 'receiver-reference-time', ntpSeconds: 5, ntpFraction: 6 }] },
    ]);
  });
});

test('RTP and RTCP on one port are told apart by the second byte (RFC 5761 §4)', () => {
  for (let second = 0; second < 256; second++) expect(isRtcp(Uint8Array.of(0x80, second))).toBe(second >= 192 && second <= 223);
  expect(isRtcp(Uint8Array.of(0x80))).toBe(false);
});

describe('S-51', () => {
  test.each([
    ['rtcp/header/truncated', '81ce00'],
    ['rtcp/header/length-past-end', '81ceffff 00000001'],
    ['rtcp/header/not-version-2', '01ce0002 00000001 12345678'],
    ['rtcp/padding/not-within-packet', 'a1ce0002 00000001 000000ff'],
    ['rtcp/sender-report/truncated', '80c80000'],
    ['rtcp/sender-report/truncated', '9fc80006 00000001 00000000 00000000 00000000 00000000 00000000'],
    ['rtcp/receiver-report/truncated', '9fc90001 00000001'],
    ['rtcp/source-description/truncated', '81ca0002 00000001 01ff6162'],
    ['rtcp/goodbye/truncated', '9fcb0001 00000001'],
    ['rtcp/nack/truncated', '81cd0001 00000001'],
    ['rtcp/pli/truncated', '81ce0001 00000001'],
    ['rtcp/fir/truncated', '84ce0003 00000001 00000000 00000002'],
    ['rtcp/remb/truncated', '8fce0004 00000001 00000000 52454d42 ff0bd090'],
    ['rtcp/application-feedback/not-remb', '8fce0004 00000001 00000000 41424344 00000000'],
    ['rtcp/extended-report/block-past-end', '80cf0002 00000001 0400ffff'],
    ['rtcp/twcc/truncated', '8fcd0004 00000001 00000002 0064 ffff 000010 05'],
    ['rtcp/twcc/truncated', '8fcd0005 00000001 00000002 0064 ffff 000010 05 3fff 3fff'],
    ['rtcp/twcc/no-status', '8fcd0004 00000001 00000002 0064 0000 000010 05'],
    ['rtcp/twcc/reserved-symbol', '8fcd0005 00000001 00000002 0064 0007 000010 05 6007 0000'],
    ['rtcp/ccfb/truncated', '8bcd0004 00000001 00000002 0000ffff 00000000'],
  ])('%s: what came before counts, the rest is dropped', (reason, bytes) => {
    const before = '81ce0002 00000001 12345678';
    const after = reason.startsWith('rtcp/header') ? '' : before;
    const { packets, refusal } = decodeRtcp(hex(before + bytes + after));
    expect(refusal?.reason).toBe(reason);
    expect(packets.length).toBe(1);
  });

  test('whatever the bytes, decoding ends without a throw, and what it makes is bounded by what came', () => {
    const header = fc
      .tuple(fc.nat(31), fc.integer({ min: 200, max: 207 }), fc.nat(12))
      .map(([count, type, words]) => [0x80 | count, type, 0, words]);
    const piece = fc.tuple(header, fc.uint8Array({ minLength: 0, maxLength: 48 })).map(([head, body]) => [...head, ...body]);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const bytes = Uint8Array.from(pieces.flat());
        expect(decodeRtcp(bytes).packets.length).toBeLessThanOrEqual(bytes.length / 4);
      }),
      { numRuns: 3_000 },
    );
  });

  test('a datagram of a thousand packets, or of feedback that claims 65,535 arrivals thirty times over, takes at most 5 ms', () => {
    const many = hex('80c90001 00000001'.repeat(1_000));
    expect(decodeRtcp(many)).toMatchObject({ packets: { length: 64 }, refusal: { reason: 'rtcp/compound/too-many-packets' } });
    const bomb = hex('8fcd0007 00000001 00000002 0000 ffff 000010 00 3fff 3fff 3fff 3fff 3fff 3fff'.repeat(37));
    const lost = hex(
      '8fcd0009 00000001 00000002 0000 ffff 000010 00 1fff 1fff 1fff 1fff 1fff 1fff 1fff 1fff 0007 0000'.repeat(30),
    );
    for (const bytes of [many, bomb, lost, hex(`81cd05ff 00000001 00000002 ${'0000ffff'.repeat(1_534)}`)]) {
      let leastMs = Infinity;
      for (let i = 0; i < 40; i++) {
        const startedAt = performance.now();
        decodeRtcp(bytes);
        leastMs = Math.min(leastMs, performance.now() - startedAt);
      }
      expect(leastMs).toBeLessThan(5);
    }
  });

  test('bitrates are clamped, whatever the exponent says', () => {
    const { packets } = decodeRtcp(
      hex('8fce0004 00000001 00000000 52454d42 00ffffff' + '83cd0004 00000001 00000000 00000002 fffffe28'),
    );
    expect(packets).toMatchObject([{ bitrateBps: MAX_BITRATE_BPS }, { entries: [{ maxBitrateBps: MAX_BITRATE_BPS }] }]);
  });
});

describe('a builder', () => {
  const pli: RtcpPacket = { type: 'pli', senderSsrc: 1, mediaSsrc: 2 };

  test('fills datagrams up to their limit, and the next one after that', () => {
    const builder = new RtcpBuilder(30);
    expect(builder.isEmpty).toBe(true);
    expect([builder.add(pli), builder.add(pli), builder.add(pli)]).toEqual([true, true, false]);
    expect(decodeRtcp(builder.take().slice()).packets).toEqual([pli, pli]);
    expect(builder.add(pli)).toBe(true);
    expect(builder.take().length).toBe(12);
  });

  test('refuses what a format cannot say, and keeps what it had', () => {
    const builder = new RtcpBuilder();
    const long = 'x'.repeat(256);
    builder.add(pli);
    expect(builder.add({ type: 'goodbye', ssrcs: [1], reason: long })).toBe(false);
    expect(builder.add({ type: 'goodbye', ssrcs: Array<number>(32).fill(1), reason: undefined })).toBe(false);
    expect(builder.add({ type: 'source-description', chunks: [{ ssrc: 1, items: [{ item: 1, text: long }] }] })).toBe(false);
    const jump = {
      type: 'twcc',
      senderSsrc: 1,
      mediaSsrc: 2,
      baseSequence: 0,
      packetStatusCount: 2,
      referenceTime: 0,
      feedbackCount: 0,
    } as const;
    expect(builder.add({ ...jump, receivedSequences: [0, 1], arrivalTicks: [0, 40_000] })).toBe(false);
    expect(builder.add({ ...jump, receivedSequences: [1, 0], arrivalTicks: [0, 0] })).toBe(false);
    expect(decodeRtcp(builder.take()).packets).toEqual([pli]);
  });
});

test('S-57: a CNAME says nothing and is another one each time', () => {
  const random = new SeededRandom(1);
  const names = Array.from({ length: 100 }, () => randomCname(random));
  expect(new Set(names).size).toBe(100);
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9+/]{16}$/);
});
