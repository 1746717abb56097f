import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TwccPacket } from '../rtcp/index.js';
import { CongestionController } from './congestion-controller.js';

/** Sends some video, lets `lie` answer, and goes on for some seconds. */
function call(
  controller: CongestionController,
  ms: number,
  lie: (now: number, sequences: readonly number[]) => readonly TwccPacket[],
): void {
  controller.pacer.canPad = true;
  controller.connect(0);
  let unheard: number[] = [];
  for (let now = 0; now < ms; now += 5) {
    if (now % 35 === 0) for (let i = 0; i < 3; i++) controller.queue(now, 'video', 1, i, 1_000);
    controller.advance(now);
    while (controller.take(now)) unheard.push(controller.sent(now, 1_000));
    if (now % 50 !== 0 || unheard.length === 0) continue;
    for (const feedback of lie(now, unheard)) controller.receiveTwcc(now, feedback);
    unheard = [];
    expect(controller.availableBps).toBeGreaterThanOrEqual(30_000);
    expect(controller.availableBps).toBeLessThanOrEqual(5_000_000);
    expect(controller.targetBps).toBeGreaterThanOrEqual(30_000);
  }
}

const options = { startBps: 300_000, minBps: 30_000, maxBps: 5_000_000 };
const twcc = (
  base: number,
  count: number,
  sequences: readonly number[],
  ticks: readonly number[],
  referenceTime: number,
): TwccPacket => ({
  type: 'twcc',
  senderSsrc: 1,
  mediaSsrc: 2,
  baseSequence: base,
  packetStatusCount: count,
  referenceTime,
  feedbackCount: 0,
  receivedSequences: sequences,
  arrivalTicks: ticks,
});

describe('lies of a receiver (S-54)', () => {
  test('that everything came at once: the rate follows what is sent, and no further', () => {
    const controller = new CongestionController(options);
    call(controller, 20_000, (_, sequences) => [
      twcc(
        sequences[0]!,
        sequences.length,
        sequences,
        sequences.map(() => 0),
        0,
      ),
    ]);
    expect(controller.availableBps).toBeLessThanOrEqual(5_000_000);
  });

  test('that everything was lost: audio would go on', () => {
    const controller = new CongestionController(options);
    call(controller, 20_000, (_, sequences) => [twcc(sequences[0]!, sequences.length, [], [], 0)]);
    expect(controller.availableBps).toBeGreaterThanOrEqual(30_000);
  });

  test('of the future, of other numbers, and of the past', () => {
    const controller = new CongestionController(options);
    let time = 0;
    call(controller, 20_000, (now, sequences) => {
      time = (time * 1_103_515_245 + now) & 0x7f_ffff;
      const base = (sequences[0]! + (now % 3) * 20_000) & 0xffff;
      return [
        twcc(
          base,
          65_535,
          sequences,
          sequences.map((_, i) => i * time),
          time,
        ),
      ];
    });
  });

  test('ten thousand a second: all but a hundred are ignored', () => {
    const controller = new CongestionController(options);
    let told = 0;
    call(controller, 2_000, (_, sequences) => {
      told += 500;
      return Array.from({ length: 500 }, () =>
        twcc(
          sequences[0]!,
          sequences.length,
          sequences,
          sequences.map(() => 0),
          0,
        ),
      );
    });
    expect(controller.feedbackIgnored).toBeGreaterThan(told - 310);
  });

  test('of any kind leave the estimate within its limits', () => {
    const claim = fc.record({
      jump: fc.constantFrom(0, 0, 1, -1, 30_000),
      count: fc.integer({ min: 1, max: 65_535 }),
      reference: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
      tick: fc.integer({ min: -0x8000, max: 0x7fff }),
      isReceived: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(claim, { minLength: 1, maxLength: 40 }), (claims) => {
        let turn = 0;
        call(new CongestionController(options), 4_000, (_, sequences) => {
          const { jump, count, reference, tick, isReceived } = claims[turn++ % claims.length]!;
          const received = isReceived ? sequences : [];
          return [
            twcc(
              (sequences[0]! + jump) & 0xffff,
              count,
              received,
              received.map((__, i) => i * tick),
              reference,
            ),
          ];
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('the controller', () => {
  test('does not go beyond what the receiver or the configuration allow', () => {
    const controller = new CongestionController(options);
    controller.receiveRemb(0, 200_000);
    expect([controller.availableBps, controller.limitedBy]).toEqual([200_000, 'receiver']);
    controller.receiveRemb(0, 2 ** 40);
    controller.limit(0, 30_000, 100_000);
    expect([controller.availableBps, controller.limitedBy]).toEqual([100_000, 'configured']);
    controller.receiveRemb(0, 0);
    expect(controller.availableBps).toBe(30_000);
  });

  test('goes by reports where there is no feedback of packets', () => {
    const controller = new CongestionController(options);
    for (let now = 0; now < 10_000; now += 1_000) controller.receiveReport(now, 0, 40);
    expect(controller.availableBps).toBeGreaterThan(500_000);
    for (let now = 10_000; now < 15_000; now += 1_000) controller.receiveReport(now, 0.3, 40);
    expect(controller.availableBps).toBeLessThan(300_000);
    expect([controller.limitedBy, controller.roundTripMs]).toEqual(['loss', 40]);
  });

  test('says once when the target has changed', () => {
    const controller = new CongestionController(options);
    expect([controller.takeChange(), controller.takeChange()]).toEqual([true, false]);
    controller.receiveRemb(0, 100_000);
    expect([controller.takeChange(), controller.takeChange()]).toEqual([true, false]);
  });

  test('halves its rate each second while nothing is heard of what it sends', () => {
    const controller = new CongestionController({ ...options, startBps: 1_000_000 });
    controller.demand(0, 1_000_000);
    call(controller, 6_000, (now, sequences) => {
      if (now > 1_000) return [];
      const ticks = sequences.map((_, i) => i * 4);
      return [twcc(sequences[0]!, sequences.length, sequences, ticks, Math.floor(now / 64))];
    });
    expect(controller.availableBps).toBeLessThan(100_000);
  });

  test('waits for nothing once nothing is sent', () => {
    const controller = new CongestionController(options);
    controller.connect(0);
    for (let now = 0; now < 10_000; now = Math.max(now + 1, Math.min(controller.deadline, 10_000))) controller.advance(now);
    expect(controller.deadline).toBe(Infinity);
  });

  test('begins anew on another path', () => {
    const controller = new CongestionController({ ...options, startBps: 2_000_000 });
    call(controller, 1_000, (now, sequences) => [
      twcc(
        sequences[0]!,
        sequences.length,
        sequences,
        sequences.map((_, i) => i * 4),
        Math.floor(now / 64),
      ),
    ]);
    controller.pathChanged(1_000);
    expect([controller.availableBps, controller.history.inFlightBytes]).toEqual([300_000, 0]);
  });
});
