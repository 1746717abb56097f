import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CcfbRecorder, type TwccPacket, TwccRecorder } from '../rtcp/index.js';
import { PacketResults } from './packet-results.js';
import { SendHistory } from './send-history.js';

const feedback = (over: Partial<TwccPacket>): TwccPacket => ({
  type: 'twcc',
  senderSsrc: 1,
  mediaSsrc: 2,
  baseSequence: 0,
  packetStatusCount: 1,
  referenceTime: 0,
  feedbackCount: 0,
  receivedSequences: [],
  arrivalTicks: [],
  ...over,
});

describe('what was sent', () => {
  test('is joined with transport-wide feedback: what arrived, when, and what did not', () => {
    const history = new SendHistory(0xfffe);
    const arrivals = new TwccRecorder();
    const sequences = [0, 10, 20, 30].map((now) => history.sent(now, 100 + now, now === 20 ? 7 : 0));
    expect(sequences).toEqual([0xfffe, 0xffff, 0, 1]);
    for (const i of [0, 2, 3]) arrivals.received(1_000 + i * 10, sequences[i]!);

    const results = new PacketResults();
    history.joinTwcc(arrivals.build(1, 2)!, results);

    expect(results.count).toBe(4);
    expect([...results.isReceived.slice(0, 4)]).toEqual([1, 0, 1, 1]);
    expect([...results.bytes.slice(0, 4)]).toEqual([100, 110, 120, 130]);
    expect(results.probes[2]).toBe(7);
    expect(results.arrivedAt[3]! - results.arrivedAt[0]!).toBe(30);
    expect(results.newestSentAt).toBe(30);
    expect(history.inFlightBytes).toBe(0);
  });

  test('is not on its way any more once something later has arrived; feedback that comes late is news all the same', () => {
    const history = new SendHistory();
    for (let i = 0; i < 4; i++) history.sent(i, 100);
    const results = new PacketResults();
    history.joinTwcc(feedback({ baseSequence: 3, receivedSequences: [3], arrivalTicks: [0] }), results);
    expect(history.inFlightBytes).toBe(100);
    expect(history.oldestInFlightAt).toBe(3);
    history.joinTwcc(feedback({ baseSequence: 1, packetStatusCount: 2, receivedSequences: [1], arrivalTicks: [0] }), results);
    expect([...results.isReceived.slice(0, results.count)]).toEqual([1, 0]);
    expect(history.inFlightBytes).toBe(100);
  });

  test('is known by stream where feedback comes by stream (RFC 8888)', () => {
    const history = new SendHistory();
    const arrivals = new CcfbRecorder();
    for (let i = 0; i < 4; i++) {
      history.sentOf(i * 10, 0xaaaa_aaaa, (0xfffe + i) & 0xffff, 200);
      if (i !== 1) arrivals.received(500 + i * 10, 0xaaaa_aaaa, (0xfffe + i) & 0xffff);
    }
    const results = new PacketResults();
    history.joinCcfb(arrivals.build(600, 3_900_000_000_000, 1)!, results);
    expect([...results.isReceived.slice(0, results.count)]).toEqual([1, 0, 1, 1]);
    expect(results.arrivedAt[3]! - results.arrivedAt[0]!).toBeCloseTo(30, -0.5);
  });

  test('that was said to be lost and comes after all is told of once more', () => {
    const history = new SendHistory();
    for (let i = 0; i < 3; i++) history.sent(i, 100);
    const results = new PacketResults();
    history.joinTwcc(
      feedback({ baseSequence: 1, packetStatusCount: 3, receivedSequences: [1, 3], arrivalTicks: [0, 4] }),
      results,
    );
    expect([...results.isReceived.slice(0, 3)]).toEqual([1, 0, 1]);
    history.joinTwcc(feedback({ baseSequence: 2, receivedSequences: [2], arrivalTicks: [8] }), results);
    expect([results.count, results.isReceived[0], results.wasLost[0]]).toEqual([1, 1, 1]);
    history.joinTwcc(feedback({ baseSequence: 2, receivedSequences: [2], arrivalTicks: [8] }), results);
    expect(results.count).toBe(0);
  });

  test('follows the reference time over its wrap after 12 days', () => {
    const history = new SendHistory();
    const results = new PacketResults();
    history.sent(0, 100);
    history.joinTwcc(feedback({ baseSequence: 1, receivedSequences: [1], arrivalTicks: [0], referenceTime: 0x7f_ffff }), results);
    const before = results.arrivedAt[0]!;
    history.sent(64, 100);
    history.joinTwcc(
      feedback({ baseSequence: 2, receivedSequences: [2], arrivalTicks: [0], referenceTime: -0x80_0000 }),
      results,
    );
    expect(results.arrivedAt[0]! - before).toBe(64);
  });

  test('counts as on its way until it is settled or ten seconds old', () => {
    const history = new SendHistory();
    history.sent(0, 100);
    history.sent(5_000, 50);
    expect([history.inFlightBytes, history.oldestInFlightAt]).toEqual([150, 0]);
    history.advance(10_001);
    expect([history.inFlightBytes, history.oldestInFlightAt]).toEqual([50, 5_000]);
    history.reset();
    expect([history.inFlightBytes, history.oldestInFlightAt]).toEqual([0, undefined]);
  });

  test('whatever feedback claims, has one result at most for each packet that was sent', () => {
    const sequence = fc.nat(0xffff);
    const claim = fc.record({
      baseSequence: sequence,
      packetStatusCount: fc.integer({ min: 1, max: 65_535 }),
      referenceTime: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
      receivedSequences: fc.array(sequence, { maxLength: 20 }),
      arrivalTicks: fc.array(fc.integer(), { maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 20 }), fc.nat(30_000), (claims, packets) => {
        const history = new SendHistory();
        for (let i = 0; i < packets; i++) history.sent(i, 100);
        const results = new PacketResults();
        let received = 0;
        for (const one of claims) {
          history.joinTwcc(feedback(one), results);
          received += results.isReceived.slice(0, results.count).reduce((sum, is) => sum + is, 0);
        }
        expect(received).toBeLessThanOrEqual(Math.min(packets, 8_192));
        expect(history.inFlightBytes).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 50 },
    );
  });
});
