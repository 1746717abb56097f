import type { CodecFeedback, PayloadCodec } from '@maru/protocol/jsep';
import { describe, expect, test } from 'vitest';
import { receiveEncoded } from '../remote-source.js';
import { remoteStream } from '../stream.js';
import { type BenchPacket, encodePacket, SessionBench } from './testing/session-bench.js';

const codec = (name: string, payloadType: number, rest: Partial<PayloadCodec> = {}): PayloadCodec => ({
  name,
  clockRate: 90_000,
  parameters: '',
  feedback: [],
  payloadType,
  ...rest,
});
const sound = (name: string, payloadType: number, parameters = '', feedback: readonly CodecFeedback[] = []): PayloadCodec =>
  codec(name, payloadType, { clockRate: 48_000, channels: 2, parameters, feedback });

const OPUS = sound('opus', 111);
const SSRC = 0x1234;

/** A key frame of VP8 in one packet: a descriptor, and a frame that says its number (RFC 7741 §4.2, RFC 6386 §9.1). */
function vp8(number: number): Uint8Array {
  return Uint8Array.of(0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0, 0x20, 0, number, 1, 2, 3);
}
const numberOf = (data: Uint8Array): number => data[10]!;

const picture = (number: number, rest: Partial<BenchPacket> = {}): BenchPacket => ({
  payloadType: 96,
  sequenceNumber: 100 + number,
  rtpTimestamp: 3_000 * number,
  ssrc: SSRC,
  marker: true,
  payload: vp8(number),
  ...rest,
});

describe('what was described and not agreed on', () => {
  const watching = (described: readonly PayloadCodec[]): SessionBench => {
    const bench = new SessionBench();
    const entry = bench.add({ mid: '0', kind: 'video', codecs: [codec('VP8', 96)] });
    entry.slots.receiver.described = described;
    bench.configure();
    return bench;
  };

  test('is taken from who sends it nevertheless: whoever offers takes all that was offered', () => {
    const bench = watching([codec('VP8', 96), codec('VP8', 120)]);
    bench.receive(picture(1, { payloadType: 120 }));
    bench.receive(picture(2));
    expect(bench.received.map(({ data }) => numberOf(data))).toEqual([1, 2]);
    expect(bench.session.unknownPackets).toBe(0);
  });

  test('gives way to what was agreed on under the same number', () => {
    const bench = watching([codec('H264', 96)]);
    bench.receive(picture(1));
    expect(bench.received.map((media) => media.codec.name)).toEqual(['VP8']);
  });

  test('is all: other numbers belong to nobody', () => {
    const bench = watching([codec('VP8', 120)]);
    bench.receive(picture(1, { payloadType: 121 }));
    expect([bench.received.length, bench.session.unknownPackets]).toEqual([0, 1]);
  });
});

describe('redundant sound (RFC 2198)', () => {
  const hearing = (): SessionBench => {
    const bench = new SessionBench();
    bench.add({ mid: '0', kind: 'audio', codecs: [OPUS, sound('red', 63, '111/111')] });
    return bench;
  };
  /** Frame `number`, behind the one before it. */
  const packet = (number: number): BenchPacket => ({
    payloadType: 63,
    sequenceNumber: number,
    rtpTimestamp: 960 * number,
    ssrc: SSRC,
    payload: Uint8Array.of(0x80 | 111, 960 >> 6, (960 & 0x3f) << 2, 2, 111, 0x78, number - 1, 0x78, number),
  });
  const heard = (bench: SessionBench): number[] => bench.received.map(({ data }) => data[1]!);

  test('is given once, in order, also where a packet was lost', () => {
    const bench = hearing();
    for (const number of [1, 2, 4, 5, 7]) bench.receive(packet(number));
    expect(heard(bench)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(bench.received.map((media) => media.codec.name))).toEqual(new Set(['opus']));
    expect(bench.session.inboundStreams[0]!.stream.counters).toMatchObject({
      redundantFramesReceived: 5,
      redundantFramesDiscarded: 2,
    });
  });

  test('a packet that comes after its frame was heard brings nothing again', () => {
    const bench = hearing();
    for (const number of [1, 3, 2]) bench.receive(packet(number));
    expect(heard(bench)).toEqual([0, 1, 2, 3]);
  });

  test('S-50: headers that promise more than there is are dropped', () => {
    const bench = hearing();
    bench.receive({ ...packet(1), payload: Uint8Array.of(0x80 | 111, 0, 3, 0xff, 111, 1) });
    bench.receive(packet(2));
    expect(heard(bench)).toEqual([1, 2]);
  });
});

describe('protected pictures', () => {
  /** The exclusive-or of what comes after the fixed headers, and of their fields, of two packets in a row. */
  function exclusiveOr(first: BenchPacket, second: BenchPacket): { head: number[]; length: number; rest: Uint8Array } {
    const [a, b] = [encodePacket(first), encodePacket(second)];
    const rest = new Uint8Array(Math.max(a.length, b.length) - 12);
    for (const one of [a, b]) for (let i = 12; i < one.length; i++) rest[i - 12]! ^= one[i]!;
    const head = [0, 1, 4, 5, 6, 7].map((i) => a[i]! ^ b[i]!);
    return { head, length: (a.length - 12) ^ (b.length - 12), rest };
  }

  /** What protects two packets in a row (RFC 5109 §7.3). */
  function ulpfec(first: BenchPacket, second: BenchPacket): Uint8Array {
    const { head, length, rest } = exclusiveOr(first, second);
    const base = first.sequenceNumber;
    return Uint8Array.of(
      ...[head[0]! & 0x3f, head[1]!, base >> 8, base & 0xff, ...head.slice(2)],
      ...[length >> 8, length & 0xff, rest.length >> 8, rest.length & 0xff, 0xc0, 0],
      ...rest,
    );
  }

  /** The same of FlexFEC-03, with a mask of 15 bits. */
  function flexfec(first: BenchPacket, second: BenchPacket): Uint8Array {
    const { head, length, rest } = exclusiveOr(first, second);
    const base = first.sequenceNumber;
    return Uint8Array.of(
      ...[head[0]! & 0x3f, head[1]!, length >> 8, length & 0xff, ...head.slice(2)],
      ...[1, 0, 0, 0, 0, 0, SSRC >> 8, SSRC & 0xff, base >> 8, base & 0xff, 0x80 | 0x60, 0],
      ...rest,
    );
  }

  const inRed = (packet: BenchPacket): BenchPacket => ({
    ...packet,
    payloadType: 114,
    payload: Uint8Array.of(packet.payloadType, ...packet.payload),
  });

  const seeing = (): SessionBench => {
    const bench = new SessionBench();
    const codecs = [codec('VP8', 96), codec('red', 114), codec('ulpfec', 116), codec('flexfec-03', 118)];
    bench.add({ mid: '0', kind: 'video', codecs, extensions: { 'transport-cc': 2 } });
    return bench;
  };
  const seen = (bench: SessionBench): number[] => bench.received.map(({ data }) => numberOf(data));
  /** What senders write at the last moment is no part of what is protected. */
  const numbered = (packet: BenchPacket, number: number): BenchPacket => ({
    ...packet,
    extensions: [{ id: 2, value: [0, number] }],
  });

  test('come out of RED as they went in, and what is lost comes back by ULPFEC', () => {
    const bench = seeing();
    const [first, second, third] = [picture(1), picture(2), picture(4)];
    const [a, b] = [numbered(first, 0), numbered(second, 0)];
    bench.receive(inRed(numbered(first, 1)));
    bench.receive(inRed({ ...picture(3), payloadType: 116, marker: false, payload: ulpfec(a, b) }));
    bench.receive(inRed(numbered(third, 3)));
    expect(seen(bench)).toEqual([1, 2, 4]);
    const { stream } = bench.session.inboundStreams[0]!;
    expect(stream.mending!.counters).toMatchObject({ packetsReceived: 1, packetsDiscarded: 0 });
  });

  test('what is lost comes back by FlexFEC, from a source of its own', () => {
    const bench = seeing();
    const [a, b] = [numbered(picture(2), 0), numbered(picture(3), 0)];
    const protection = { ...picture(1), payloadType: 118, ssrc: 0x99, marker: false };
    bench.receive(numbered(picture(1), 1));
    bench.receive({ ...protection, payload: flexfec(numbered(picture(0), 0), numbered(picture(1), 0)) });
    bench.receive(numbered(picture(2), 2));
    bench.receive({ ...protection, payload: flexfec(a, b) });
    bench.receive(numbered(picture(4), 4));
    expect(seen(bench)).toEqual([1, 2, 3, 4]);
  });

  test('that follow one another are given at once: nobody sends again what is lost between them, and it is not asked for any longer', () => {
    const bench = new SessionBench();
    const feedback = ['', 'pli'].map((parameter) => ({ type: 'nack', parameter }));
    const codecs = [codec('VP8', 96, { feedback }), codec('red', 114, { feedback }), codec('ulpfec', 116, { feedback })];
    bench.add({ mid: '0', kind: 'video', codecs });
    for (let number = 0; number < 40; number++) {
      // Numbered by the payload too (RFC 7741 §4.2), the first a key frame; what protects it would come after it, and is lost
      const payload = Uint8Array.of(0x90, 0x80, number, ...vp8(number).subarray(1));
      if (number > 0) payload[3]! |= 1;
      bench.receive(inRed({ ...picture(number), sequenceNumber: 100 + 2 * number, payload }));
      bench.pass(50);
    }
    const types = bench.reports.map(({ type }) => type);
    expect(bench.received).toHaveLength(40);
    expect(types).not.toContain('pli');
    expect(types).not.toContain('nack');
  });

  test('S-60: what protects a stream of another section changes nothing', () => {
    const bench = seeing();
    bench.add({ mid: '1', kind: 'video', codecs: [codec('VP8', 97), codec('flexfec-03', 119)] });
    bench.receive(picture(1));
    const payload = flexfec(picture(1), picture(2));
    bench.receive({ ...picture(1), payloadType: 119, ssrc: 0x99, payload });
    expect(seen(bench)).toEqual([1]);
    expect(bench.session.unknownPackets).toBe(1);
  });
});

describe('simulcast that is taken layer by layer (RFC 8853)', () => {
  test('comes with the name of its layer', () => {
    const bench = new SessionBench();
    bench.add({ mid: '0', kind: 'video', codecs: [codec('VP8', 96)], extensions: { mid: 1, rid: 2 } });
    for (const [index, rid] of ['l', 'h'].entries()) {
      const extensions = [
        { id: 1, value: [0x30] },
        { id: 2, value: [rid.charCodeAt(0)] },
      ];
      bench.receive(picture(index, { ssrc: SSRC + index, extensions }));
    }
    expect(bench.received.map(({ rid, ssrc }) => [rid, ssrc])).toEqual([
      ['l', SSRC],
      ['h', SSRC + 1],
    ]);
  });

  describe('and what is sent again of it', () => {
    const MID = { id: 1, value: [0x30] };
    const named = (id: 2 | 3, rid: string) => [MID, { id, value: [rid.charCodeAt(0)] }];
    /** Picture `number` of the stream under `ssrc`, again (RFC 4588 §4). */
    const again = (number: number, extensions: BenchPacket['extensions'] = []): BenchPacket => ({
      payloadType: 97,
      sequenceNumber: number,
      rtpTimestamp: 3_000 * number,
      ssrc: 0x99,
      marker: true,
      extensions,
      payload: Uint8Array.of(0, 100 + number, ...vp8(number)),
    });
    const watching = (): SessionBench => {
      const bench = new SessionBench();
      const codecs = [codec('VP8', 96), codec('rtx', 97, { parameters: 'apt=96' })];
      bench.add({ mid: '0', kind: 'video', codecs, extensions: { mid: 1, rid: 2, 'repaired-rid': 3 } });
      return bench;
    };

    test('mends the layer that it names, also where it came first, and not the one that was alone then', () => {
      const bench = watching();
      bench.receive(picture(1, { extensions: named(2, 'q') }));
      bench.receive(again(9, named(3, 'f'))); // a probe of a browser: its largest size has not come yet
      bench.receive(picture(1, { ssrc: SSRC + 1, extensions: named(2, 'f') }));
      bench.receive(again(2, named(3, 'f')));
      bench.receive(picture(2));
      bench.receive(picture(3, { ssrc: SSRC + 1 }));
      bench.receive(again(4)); // it is known by now
      const seen = bench.received.map(({ rid, data }) => `${rid}${numberOf(data)}`);
      expect(seen).toEqual(['q1', 'f1', 'f2', 'q2', 'f3', 'f4']);
      const repairs = bench.session.inboundStreams.map(({ stream }) => stream.counters.retransmittedPacketsReceived);
      expect(repairs).toEqual([0, 2]);
    });

    test('is of nobody where it does not say of whom', () => {
      const bench = watching();
      bench.receive(picture(1, { extensions: named(2, 'q') }));
      bench.receive(again(2, [MID]));
      expect([bench.received.length, bench.session.unknownPackets]).toEqual([1, 1]);
    });

    test('is of the only stream where none has a name', () => {
      const bench = watching();
      bench.receive(picture(1, { extensions: [MID] }));
      bench.receive(again(2, [MID]));
      expect(bench.received.map(({ data }) => numberOf(data))).toEqual([1, 2]);
    });
  });
});

test('those who were mixed in are told for ten seconds, the last first', () => {
  const bench = new SessionBench();
  bench.add({ mid: '0', kind: 'audio', codecs: [OPUS] });
  const packet = { payloadType: 111, ssrc: SSRC, payload: Uint8Array.of(0x78, 1) };
  bench.receive({ ...packet, sequenceNumber: 1, rtpTimestamp: 960, csrcs: [7, 8] });
  bench.pass(5_000);
  bench.receive({ ...packet, sequenceNumber: 2, rtpTimestamp: 1_920, csrcs: [7] });
  const sources = (): unknown =>
    bench.session.recentSources('0').contributing.map(({ source, rtpTimestamp }) => [source, rtpTimestamp]);
  expect(sources()).toEqual([
    [7, 1_920],
    [8, 960],
  ]);
  bench.pass(6_000);
  expect(sources()).toEqual([[7, 1_920]]);
  bench.pass(6_000);
  expect(sources()).toEqual([]);
});

describe('reports', () => {
  const CCFB: CodecFeedback = { type: 'ack', parameter: 'ccfb' };
  const RRTR: CodecFeedback = { type: 'rrtr', parameter: '' };

  test('tell by stream what came, where that was agreed on and packets have no numbers (RFC 8888)', () => {
    const bench = new SessionBench();
    bench.add({ mid: '0', kind: 'audio', codecs: [sound('opus', 111, '', [CCFB])], extensions: { 'transport-cc': 2 } });
    const packet = { payloadType: 111, ssrc: SSRC, payload: Uint8Array.of(0x78, 1) };
    for (const sequenceNumber of [5, 6, 8]) bench.receive({ ...packet, sequenceNumber, rtpTimestamp: 960 * sequenceNumber });
    bench.pass(60);
    const [report] = bench.reports.filter(({ type }) => type === 'ccfb');
    expect(report).toMatchObject({ streams: [{ ssrc: SSRC, beginSequence: 5 }] });
    expect(bench.reports.some(({ type }) => type === 'twcc')).toBe(false);
  });

  test('tell our time where that was agreed on, and theirs is answered (RFC 3611 §4.4, §4.5)', () => {
    const bench = new SessionBench();
    bench.add({ mid: '0', kind: 'audio', codecs: [sound('opus', 111, '', [RRTR])] });
    bench.receive({ payloadType: 111, ssrc: SSRC, sequenceNumber: 1, payload: Uint8Array.of(0x78, 1) });
    bench.receiveRtcp({
      type: 'extended-report',
      senderSsrc: SSRC,
      blocks: [{ type: 'receiver-reference-time', ntpSeconds: 0x1_0000, ntpFraction: 0 }],
    });
    bench.pass(2_000);
    const blocks = bench.reports.flatMap((report) => (report.type === 'extended-report' ? report.blocks : []));
    expect(blocks.some(({ type }) => type === 'receiver-reference-time')).toBe(true);
    const answers = blocks.filter(({ type }) => type === 'delay-since-last-receiver-report');
    expect(answers).toMatchObject([{ entries: [{ ssrc: SSRC, lastReceiverReport: 0 }] }]);
  });
});

describe('media in its time', () => {
  const packet = (number: number): BenchPacket => ({
    payloadType: 111,
    sequenceNumber: number,
    rtpTimestamp: 960 * number,
    ssrc: SSRC,
    payload: Uint8Array.of(0x78, number),
  });

  test('comes evenly and late by what was asked for, and at once to those who pass it on', () => {
    const bench = new SessionBench();
    const { slots, receiver } = bench.add({ mid: '0', kind: 'audio', codecs: [OPUS] });
    slots.receiver.jitterBufferTarget = 200;
    receiveEncoded(receiver.track, () => {}, { pace: 'in-time' });
    bench.configure();
    const start = bench.now;
    for (let number = 0; number < 200; number++) {
      const jitterMs = number % 3 === 0 ? 15 : 0;
      bench.pass(start + 20 * number + jitterMs - bench.now);
      bench.receive(packet(number));
    }
    bench.pass(1_000);
    expect(bench.received).toHaveLength(200);
    expect(bench.played).toHaveLength(200);
    const late = bench.played.slice(50).map(({ media, at }) => at - (start + 20 * media.data[1]!));
    for (const ms of late) expect(ms).toBeGreaterThanOrEqual(195);
    expect(Math.max(...late) - Math.min(...late)).toBeLessThan(15);
  });

  test('sound waits for pictures of its stream that come later', () => {
    const bench = new SessionBench();
    const stream = remoteStream('one');
    const audio = bench.add({ mid: '0', kind: 'audio', codecs: [OPUS] });
    const video = bench.add({ mid: '1', kind: 'video', codecs: [codec('VP8', 96)] });
    for (const { slots } of [audio, video]) {
      slots.receiver.streams = [stream];
      slots.receiver.jitterBufferTarget = 0;
    }
    bench.configure();
    const start = bench.now;
    /** What was captured at `ms` by the sender's clock has these timestamps. */
    const report = (senderSsrc: number, rtpTimestamp: number, ms: number): void =>
      bench.receiveRtcp({
        type: 'sender-report',
        senderSsrc,
        ntpSeconds: 1_000 + Math.floor(ms / 1_000),
        ntpFraction: ((ms % 1_000) / 1_000) * 2 ** 32,
        rtpTimestamp,
        packetCount: 0,
        octetCount: 0,
        reports: [],
      });
    const videoLateMs = 300;
    for (let ms = 0; ms < 20_000; ms += 20) {
      bench.pass(start + ms - bench.now);
      bench.receive(packet(ms / 20));
      const filmedMs = ms - videoLateMs;
      const number = filmedMs / 40;
      if (filmedMs >= 0 && Number.isInteger(number))
        bench.receive(
          picture(number & 0xff, {
            ssrc: 0x77,
            sequenceNumber: number,
            rtpTimestamp: 90 * filmedMs,
            payload: vp8(number & 0xff),
          }),
        );
      if (ms % 1_000 === 0) report(SSRC, 48 * ms, ms);
      if (ms % 1_000 === 500) report(0x77, 90 * ms, ms);
    }
    const lateBy = (kind: string, unitsPerMs: number): number => {
      const { media, at } = bench.played.filter((one) => (one.media.ssrc === SSRC) === (kind === 'audio')).at(-1)!;
      return at - start - media.rtpTimestamp / unitsPerMs;
    };
    expect(Math.abs(lateBy('audio', 48) - lateBy('video', 90))).toBeLessThan(40);
  });

  test('is not held when nobody wants it so', () => {
    const bench = new SessionBench();
    bench.add({ mid: '0', kind: 'audio', codecs: [OPUS] });
    bench.receive(packet(1));
    bench.pass(1_000);
    expect(bench.session.inboundStreams[0]!.stream.playout).toBeUndefined();
  });
});
