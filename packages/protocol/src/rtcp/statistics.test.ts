import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../bytes/index.js';
import {
  arrivalOffsetMs,
  CcfbRecorder,
  compactNtpOf,
  decodeRtcp,
  ecnOf,
  encodeRtcp,
  isReceived,
  NTP_UNIX_OFFSET_MS,
  ntpFractionOf,
  ntpMsOf,
  ntpSecondsOf,
  ReceptionStatistics,
  roundTripMs,
  SenderStatistics,
  TWCC_REFERENCE_UNIT_MS,
  TWCC_TICKS_PER_MS,
  TwccRecorder,
} from './index.js';

const NTP_NOW = NTP_UNIX_OFFSET_MS + 1_790_000_000_123;

describe('what a receiver reports of a source (RFC 3550 A.3, A.8)', () => {
  test('counts losses in the interval and in all, through a wrap', () => {
    const statistics = new ReceptionStatistics(7, 90_000);
    expect(statistics.report(0)).toBeUndefined();
    for (let i = 0; i < 100; i++) if (i % 4 !== 3) statistics.received(i * 10, (65_500 + i) & 0xffff, i * 900);
    expect(statistics.report(1_000)).toMatchObject({
      ssrc: 7,
      fractionLost: 62,
      cumulativeLost: 24,
      extendedHighestSequence: 65_536 + 62,
    });
    for (let i = 100; i < 200; i++) statistics.received(i * 10, (65_500 + i) & 0xffff, i * 900);
    // The number before the interval's first, which was lost, counts as expected only now.
    expect(statistics.report(2_000)).toMatchObject({ fractionLost: Math.floor(256 / 101), cumulativeLost: 25 });
    expect(statistics.report(3_000)).toMatchObject({ fractionLost: 0 });
    expect([statistics.packetsReceived, statistics.packetsLost]).toEqual([175, 25]);
  });

  test('counts duplicates against losses, and never more than all as lost', () => {
    const statistics = new ReceptionStatistics(7, 48_000);
    for (const sequence of [1, 2, 2, 2, 3]) statistics.received(0, sequence, 0);
    expect(statistics.report(0)).toMatchObject({ fractionLost: 0, cumulativeLost: -2 });
    statistics.received(0, 1_000, 0);
    expect(statistics.report(0)).toMatchObject({ fractionLost: 255 });
  });

  test('measures jitter as the RFC does: nothing for a steady stream, a sixteenth of each difference', () => {
    const statistics = new ReceptionStatistics(7, 48_000);
    for (let i = 0; i < 50; i++) statistics.received(i * 20, i, i * 960);
    expect(statistics.jitterMs).toBe(0);
    statistics.received(50 * 20 + 16, 50, 50 * 960); // 16 ms late
    expect(statistics.jitterMs).toBeCloseTo(1, 6);
    expect(statistics.report(0)!.jitter).toBe(48);
    statistics.received(60_000, 51, 51 * 960); // a pause is no jitter
    expect(statistics.jitterMs).toBeCloseTo(1, 6);
  });

  test('R-19: wraps of the timestamp are no jitter', () => {
    const statistics = new ReceptionStatistics(7, 90_000);
    for (let i = 0; i < 100; i++) statistics.received(i * 10, i, (2 ** 32 - 45_000 + i * 900) % 2 ** 32);
    expect(statistics.jitterMs).toBe(0);
  });

  test('a source that begins anew is believed when two packets agree, and a stray one is not', () => {
    const statistics = new ReceptionStatistics(7, 90_000);
    for (let i = 0; i < 10; i++) statistics.received(0, i, 0);
    statistics.received(0, 30_000, 0);
    expect(statistics.report(0)).toMatchObject({ extendedHighestSequence: 9, cumulativeLost: 0 });
    for (let i = 40_000; i < 40_010; i++) statistics.received(0, i, 0);
    expect(statistics.report(0)).toMatchObject({ extendedHighestSequence: 40_009, fractionLost: 0, cumulativeLost: 0 });
  });

  test('names the last sender report and how long ago it came, and tells media time in the clock of the sender', () => {
    const statistics = new ReceptionStatistics(7, 90_000);
    statistics.received(0, 1, 9_000);
    const sent = new SenderStatistics(7);
    for (let i = 0; i < 3; i++) sent.sent(100);
    const report = sent.report(NTP_NOW, 9_000, []);
    expect(report).toMatchObject({ packetCount: 3, octetCount: 300, ntpSeconds: ntpSecondsOf(NTP_NOW) });
    expect(statistics.senderTimeOf(9_000)).toBeUndefined();
    statistics.receivedSenderReport(1_000, report);
    expect(statistics.report(1_500)).toMatchObject({
      lastSenderReport: compactNtpOf(NTP_NOW),
      delaySinceLastSenderReport: 32_768,
    });
    expect(statistics.senderTimeOf(9_000 + 90_000)).toBeCloseTo(NTP_NOW + 1_000, 2);
    expect(statistics.senderTimeOf(0)).toBeCloseTo(NTP_NOW - 100, 2);
  });
});

test('the round trip is now less the report less the stay, and lies are no round trip (RFC 3550 §6.4.1)', () => {
  const sentAt = compactNtpOf(NTP_NOW);
  expect(roundTripMs(sentAt, 65_536 / 2, NTP_NOW + 640)).toBeCloseTo(140, 0);
  expect(roundTripMs(0, 5, NTP_NOW)).toBeUndefined();
  expect(roundTripMs(sentAt, 65_536, NTP_NOW)).toBeUndefined();
  expect(roundTripMs(sentAt, 0, NTP_NOW)).toBe(0);
  // Through the wrap of the 32 bits, which comes every 18 hours.
  const atWrap = 65_536_000 * 60_000 - 20;
  expect(roundTripMs(compactNtpOf(atWrap) || 1, 0, atWrap + 100)).toBeCloseTo(100, 0);
});

test('NTP time survives being taken apart', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 4.29e12, noNaN: true }), (ntpMs) => {
      expect(Math.abs(ntpMsOf(ntpSecondsOf(ntpMs), ntpFractionOf(ntpMs)) - ntpMs)).toBeLessThan(0.001);
    }),
  );
});

/** What a sender would read out of the recorder's feedback: arrival in ms by number. */
function toldBy(
  recorder: TwccRecorder,
  limitBytes = 1_100,
): { readonly arrivals: Map<number, number>; readonly told: number; readonly packets: number } {
  const arrivals = new Map<number, number>();
  let told = 0;
  let packets = 0;
  for (let feedback = recorder.build(1, 2, limitBytes); feedback; feedback = recorder.build(1, 2, limitBytes)) {
    const writer = new ByteWriter(new Uint8Array(limitBytes + 16));
    encodeRtcp(feedback, writer);
    expect(writer.failed).toBe(false);
    const [decoded] = decodeRtcp(writer.written).packets;
    expect(decoded).toEqual(feedback);
    told += feedback.packetStatusCount;
    packets += 1;
    feedback.receivedSequences.forEach((sequence, i) => {
      arrivals.set(
        sequence,
        (feedback.referenceTime & 0xff_ffff) * TWCC_REFERENCE_UNIT_MS + feedback.arrivalTicks[i]! / TWCC_TICKS_PER_MS,
      );
    });
  }
  return { arrivals, told, packets };
}

describe('transport-wide feedback', () => {
  test('tells of each packet once, with its time to a quarter of a millisecond, whatever was lost and however late', () => {
    const arrival = fc.tuple(fc.nat(40), fc.oneof(fc.constant(1), fc.integer({ min: -30, max: 300 })));
    fc.assert(
      fc.property(fc.nat(0xffff), fc.array(arrival, { minLength: 1, maxLength: 300 }), (start, steps) => {
        const recorder = new TwccRecorder();
        const expected = new Map<number, number>();
        let now = 5_000;
        let highest = start;
        for (const [later, step] of steps) {
          now += later;
          const sequence = Math.max(start, highest + step);
          highest = Math.max(highest, sequence);
          const key = sequence & 0xffff;
          if (!expected.has(key)) expected.set(key, now);
          recorder.received(now, key);
        }
        const tooOld = highest - 8_192;
        const { arrivals } = toldBy(recorder);
        for (const [sequence, at] of arrivals) expect(Math.abs(at - expected.get(sequence)!)).toBeLessThanOrEqual(0.125);
        for (const sequence of expected.keys()) {
          const unrolled = start + ((sequence - start) & 0xffff);
          if (unrolled > tooOld && highest - start < 60_000) expect(arrivals.has(sequence)).toBe(true);
        }
        expect(recorder.hasNews).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test('tells of a packet that was sent before the first one, across the turn of the numbers', () => {
    const recorder = new TwccRecorder();
    for (const sequence of [0, 65_535, 1]) recorder.received(100, sequence);
    expect(recorder.build(1, 2)).toMatchObject({ baseSequence: 65_535, receivedSequences: [65_535, 0, 1] });
  });

  test('tells of losses at the beginning of the next interval, and of a late packet once more from there', () => {
    const recorder = new TwccRecorder();
    for (const sequence of [10, 11]) recorder.received(100, sequence);
    expect(recorder.build(1, 2)).toMatchObject({ baseSequence: 10, packetStatusCount: 2, feedbackCount: 0 });
    recorder.received(200, 14);
    expect(recorder.build(1, 2)).toMatchObject({
      baseSequence: 12,
      packetStatusCount: 3,
      receivedSequences: [14],
      feedbackCount: 1,
    });
    recorder.received(210, 12);
    expect(recorder.build(1, 2)).toMatchObject({ baseSequence: 12, receivedSequences: [12, 14] });
    expect(recorder.build(1, 2)).toBeUndefined();
  });

  test('parts what is too much for one packet, and what is too far apart in time', () => {
    const recorder = new TwccRecorder();
    for (let i = 0; i < 2_000; i++) recorder.received(i * 3, 65_000 + i);
    const { arrivals, told, packets } = toldBy(recorder, 400);
    expect([arrivals.size, told]).toEqual([2_000, 2_000]);
    expect(packets).toBeGreaterThan(5);
    recorder.received(100_000, 67_001);
    recorder.received(120_000, 67_002);
    expect(toldBy(recorder).packets).toBe(2);
  });

  test('survives numbers that jump anywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 100 }), (sequences) => {
        const recorder = new TwccRecorder();
        for (const [i, sequence] of sequences.entries()) recorder.received(i, sequence);
        expect(toldBy(recorder).told).toBeLessThanOrEqual(8_192 + 100);
      }),
      { numRuns: 100 },
    );
  });
});

describe('feedback of RFC 8888', () => {
  test('tells of each number of each stream, with its age and its ECN field', () => {
    const recorder = new CcfbRecorder();
    for (const [at, sequence, ecn] of [
      [0, 65_534, 1],
      [10, 0, 3],
      [20, 1, 0],
    ] as const) {
      recorder.received(at, 0xdead_beef, sequence, ecn);
    }
    recorder.received(20, 5, 100);
    const feedback = recorder.build(30, NTP_NOW, 9)!;
    expect(feedback).toMatchObject({ senderSsrc: 9, reportTimestamp: compactNtpOf(NTP_NOW) });
    const [stream, other] = feedback.streams;
    expect(stream).toMatchObject({ ssrc: 0xdead_beef, beginSequence: 65_534 });
    expect(stream!.metrics.map(isReceived)).toEqual([true, false, true, true]);
    expect(stream!.metrics.map(ecnOf)).toEqual([1, 0, 3, 0]);
    expect(arrivalOffsetMs(stream!.metrics[0]!)).toBeCloseTo(30, 0);
    expect(other).toMatchObject({ ssrc: 5, beginSequence: 100 });
    expect(recorder.build(40, NTP_NOW, 9)).toBeUndefined();
  });

  test('is parted by the limit, forgets streams that end, and takes no more than 64', () => {
    const recorder = new CcfbRecorder();
    for (let i = 0; i < 1_000; i++) recorder.received(i, 1, i);
    let told = 0;
    for (let feedback = recorder.build(1_000, NTP_NOW, 9, 300); feedback; feedback = recorder.build(1_000, NTP_NOW, 9, 300)) {
      const writer = new ByteWriter(new Uint8Array(300));
      encodeRtcp(feedback, writer);
      expect(writer.failed).toBe(false);
      told += feedback.streams[0]!.metrics.length;
    }
    expect(told).toBe(1_000);
    for (let ssrc = 2; ssrc < 200; ssrc++) recorder.received(0, ssrc, 1);
    expect(recorder.build(0, NTP_NOW, 9, 10_000)!.streams.length).toBe(63);
    recorder.forget(1);
    recorder.received(0, 500, 1);
    expect(recorder.build(0, NTP_NOW, 9)!.streams).toMatchObject([{ ssrc: 500 }]);
  });
});
