import { describe, expect, test } from 'vitest';
import { PacketResults } from '../packet-results.js';
import { AcknowledgedBitrate } from './acknowledged-bitrate.js';
import { ApplicationLimit } from './application-limit.js';
import { Competition } from './competition.js';
import { CongestionWindow } from './congestion-window.js';
import { DelayBasedEstimate } from './delay-based.js';
import { InterArrival } from './inter-arrival.js';
import { LossBasedEstimate } from './loss-based.js';
import { ProbeMeasurement } from './probe-measurement.js';
import { ProbePlan } from './probe-plan.js';
import { RateControl } from './rate-control.js';
import { ReportedLoss } from './reported-loss.js';
import { RoundTripEstimate } from './round-trip.js';
import { TrendlineDetector } from './trendline.js';

/** Results of packets of 1,000 bytes: when each was sent and arrived; NaN for lost. */
function resultsOf(packets: readonly (readonly [sentAt: number, arrivedAt: number])[], probe = 0): PacketResults {
  const results = new PacketResults();
  for (const [sentAt, arrivedAt] of packets) results.add(sentAt, arrivedAt, 1_000, probe, !Number.isNaN(arrivedAt), false);
  return results;
}

describe('inter-arrival', () => {
  test('compares groups of packets that were sent within 5 ms', () => {
    const groups = new InterArrival();
    expect(groups.add(0, 100, 100)).toBe(false);
    expect(groups.add(3, 104, 104)).toBe(false);
    expect(groups.add(20, 120, 120)).toBe(false);
    expect(groups.add(40, 145, 145)).toBe(true);
    expect([groups.sentDeltaMs, groups.arrivalDeltaMs]).toEqual([17, 16]);
  });

  test('takes what a stalled path lets go at once for one group', () => {
    const groups = new InterArrival();
    groups.add(0, 100, 100);
    groups.add(20, 120, 120);
    for (const sentAt of [40, 60, 80]) expect(groups.add(sentAt, 200, 200)).toBe(sentAt === 40);
    expect(groups.add(100, 220, 220)).toBe(true);
    expect([groups.sentDeltaMs, groups.arrivalDeltaMs]).toEqual([60, 80]);
  });

  test('begins anew when the clock of the receiver jumps', () => {
    const groups = new InterArrival();
    for (let i = 0; i < 3; i++) groups.add(i * 20, i * 20, i * 20);
    groups.add(60, 3_600_000, 60);
    expect(groups.add(80, 3_600_020, 80)).toBe(false);
    groups.add(100, 3_600_040, 100);
    expect(groups.add(120, 3_600_060, 120)).toBe(true);
    expect(groups.arrivalDeltaMs).toBe(20);
  });
});

describe('the trendline', () => {
  const run = (detector: TrendlineDetector, groups: number, arrivalDelta: (i: number) => number): Set<string> => {
    const seen = new Set<string>();
    let at = 0;
    for (let i = 0; i < groups; i++) {
      const delta = arrivalDelta(i);
      at += delta;
      detector.add(10, delta, at);
      seen.add(detector.usage);
    }
    return seen;
  };

  test('sees a queue that grows, and one that empties', () => {
    const detector = new TrendlineDetector();
    run(detector, 40, () => 11.5);
    expect(detector.usage).toBe('over');
    run(detector, 60, () => 8);
    expect(detector.usage).toBe('under');
  });

  test('is not disturbed by jitter without a trend', () => {
    const seen = run(new TrendlineDetector(), 500, (i) => (i % 2 === 0 ? 8 : 12));
    expect([...seen]).toEqual(['normal']);
  });
});

describe('rate control', () => {
  test('falls to 85 % of what got through, and comes back by steps where the capacity is known', () => {
    const control = new RateControl(1_000_000, 30_000, 5_000_000);
    control.update(0, 'over', 800_000, 50);
    expect(control.bitsPerSecond).toBe(680_000);
    control.update(100, 'normal', 680_000, 50);
    control.update(1_100, 'normal', 680_000, 50);
    expect(control.bitsPerSecond).toBeGreaterThan(690_000);
    expect(control.bitsPerSecond).toBeLessThan(720_000);
  });

  test('grows by 8 % a second where it is not, no further than half as much again as got through', () => {
    const control = new RateControl(1_000_000, 30_000, 5_000_000);
    for (let now = 0; now <= 1_000; now += 50) control.update(now, 'normal', 1_000_000, 50);
    expect(control.bitsPerSecond).toBeCloseTo(1_080_000, -4);
    for (let now = 1_050; now <= 20_000; now += 50) control.update(now, 'normal', 1_000_000, 50);
    expect(control.bitsPerSecond).toBe(1_510_000);
  });

  test('holds while the queue empties', () => {
    const control = new RateControl(1_000_000, 30_000, 5_000_000);
    for (let now = 0; now < 1_000; now += 50) control.update(now, 'under', 900_000, 50);
    expect(control.bitsPerSecond).toBe(1_000_000);
  });

  test('who sends little, all of which comes through, loses a step and not what the path was shown to carry', () => {
    const control = new RateControl(1_000_000, 30_000, 5_000_000);
    control.isHeldUp = false;
    control.update(0, 'over', 300_000, 50);
    expect(control.bitsPerSecond).toBe(850_000);
    expect(control.mayDecrease(10, 50, 300_000)).toBe(false);
    control.isHeldUp = true;
    expect(control.mayDecrease(10, 50, 300_000)).toBe(true);
    control.update(100, 'over', 300_000, 50);
    expect(control.bitsPerSecond).toBe(255_000);
  });

  test('stays within its limits', () => {
    const control = new RateControl(100_000, 30_000, 120_000);
    for (let now = 0; now < 60_000; now += 50) control.update(now, 'normal', undefined, 50);
    expect(control.bitsPerSecond).toBe(120_000);
    for (let now = 60_000; now < 61_000; now += 50) control.update(now, 'over', 1_000, 50);
    expect(control.bitsPerSecond).toBe(30_000);
  });
});

describe('the acknowledged rate', () => {
  test('is what arrived in the last moments', () => {
    const rate = new AcknowledgedBitrate();
    rate.add(resultsOf(Array.from({ length: 50 }, (_, i) => [i * 10, 1_000 + i * 10])));
    expect(rate.bitsPerSecond).toBeCloseTo(800_000, -3);
  });

  test('is no less where packets overtake one another by more than it looks back', () => {
    const rate = new AcknowledgedBitrate();
    const packets = Array.from({ length: 200 }, (_, i) => [i * 10, 1_000 + i * 10 + ((i * 137) % 200)] as const);
    for (let at = 1_050; at <= 3_000; at += 50) {
      rate.add(resultsOf(packets.filter(([, arrivedAt]) => arrivedAt > at - 50 && arrivedAt <= at)));
      if (at === 2_900) expect(rate.bitsPerSecond).toBeGreaterThan(720_000);
    }
  });

  test('is no less where a feedback is lost, and no more where it comes late', () => {
    const rate = new AcknowledgedBitrate();
    const arrivals = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => [(from + i) * 10, 1_000 + (from + i) * 10] as const);
    rate.add(resultsOf(arrivals(0, 40)));
    const later = resultsOf(arrivals(60, 70));
    for (const [sentAt] of arrivals(40, 60)) later.addUntold(sentAt, 1_000);
    rate.add(later);
    expect(rate.bitsPerSecond).toBeCloseTo(800_000, -5);
    const late = resultsOf(arrivals(40, 60));
    late.wasUntold.fill(1, 0, late.count);
    rate.add(late);
    expect(rate.bitsPerSecond).toBeCloseTo(800_000, -5);
  });

  test('counts nothing of what nobody told of for long: that was no lost feedback', () => {
    const rate = new AcknowledgedBitrate();
    const results = resultsOf(Array.from({ length: 11 }, (_, i) => [2_000 + i * 40, 3_000 + i * 40]));
    for (let sentAt = 0; sentAt < 2_000; sentAt += 10) results.addUntold(sentAt, 1_000);
    rate.add(results);
    expect(rate.bitsPerSecond).toBeCloseTo(200_000, -5);
  });

  test('is never more than what was sent, whatever the receiver says of its times', () => {
    const rate = new AcknowledgedBitrate();
    rate.add(resultsOf(Array.from({ length: 50 }, (_, i) => [i * 10, 1_000])));
    expect(rate.bitsPerSecond).toBeLessThan(810_000);
  });
});

describe('the estimate by losses', () => {
  /** Ten seconds at a rate over a path with a capacity and a loss of its own. */
  function send(estimate: LossBasedEstimate, rate: () => number, capacityBps: number, ownLoss: number): void {
    let now = 0;
    let count = 0;
    for (let feedback = 0; feedback < 200; feedback++) {
      const results = new PacketResults();
      const interval = 8_000_000 / rate();
      const share = Math.max(0, 1 - capacityBps / rate());
      for (; now < (feedback + 1) * 50; now += interval) {
        count += 1;
        // Spread evenly: what a fraction says, without chance.
        const isLost = Math.floor(count * (share + ownLoss)) > Math.floor((count - 1) * (share + ownLoss));
        results.add(now, isLost ? Number.NaN : now + 50, 1_000, 0, !isLost, false);
      }
      estimate.add(now, results, Math.min(rate(), capacityBps) * (1 - ownLoss), 2_000_000);
    }
  }

  test('does not limit a path that loses some packets whatever the rate', () => {
    const estimate = new LossBasedEstimate();
    send(estimate, () => 1_500_000, Infinity, 0.05);
    expect(estimate.isLimiting).toBe(false);
    expect(estimate.lossShare).toBeCloseTo(0.05, 1);
  });

  test('falls to what a path carries that drops the rest', () => {
    const estimate = new LossBasedEstimate();
    send(estimate, () => Math.min(2_000_000, estimate.bitsPerSecond), 800_000, 0);
    expect(estimate.bitsPerSecond).toBeGreaterThan(600_000);
    expect(estimate.bitsPerSecond).toBeLessThan(1_050_000);
  });

  test('finds out by going slower that heavy losses are the path’s own', () => {
    const estimate = new LossBasedEstimate();
    const rates: number[] = [];
    send(
      estimate,
      () => {
        rates.push(Math.min(2_000_000, estimate.bitsPerSecond));
        return rates.at(-1)!;
      },
      Infinity,
      0.25,
    );
    const late = rates.slice(rates.length / 2);
    expect(late.reduce((sum, rate) => sum + rate, 0) / late.length).toBeGreaterThan(800_000);
  });

  test('does not count what was only overtaken', () => {
    const estimate = new LossBasedEstimate();
    for (let feedback = 0; feedback < 100; feedback++) {
      const results = new PacketResults();
      for (let i = 0; i < 10; i++) results.add(feedback * 50 + i * 5, Number.NaN, 1_000, 0, i % 2 === 0, false);
      for (let i = 1; i < 10; i += 2) results.add(feedback * 50 + i * 5, Number.NaN, 1_000, 0, true, true);
      estimate.add(feedback * 50, results, 1_000_000, 2_000_000);
    }
    expect(estimate.lossShare).toBeLessThan(0.01);
  });
});

describe('probes', () => {
  const situation = { estimateBps: 300_000, isOverused: false, lastDecreaseAt: Number.NEGATIVE_INFINITY, isLossLimited: false };

  test('begin with three and six times the rate, and go on while they succeed', () => {
    const plan = new ProbePlan();
    plan.start(0, 300_000);
    expect([plan.next(0, situation), plan.next(0, situation), plan.next(0, situation)]).toEqual([900_000, 1_800_000, undefined]);
    plan.shown(200, 1_700_000);
    expect(plan.next(200, situation)).toBe(3_400_000);
    plan.shown(400, 1_800_000);
    expect(plan.next(400, situation)).toBeUndefined();
  });

  test('ask for no more than the application can use', () => {
    const plan = new ProbePlan();
    plan.demandBps = 400_000;
    plan.start(0, 300_000);
    expect(plan.next(0, situation)).toBe(600_000);
    expect(plan.next(5_000, { ...situation, estimateBps: 400_000 })).toBe(600_000);
    expect(plan.next(50_000, { ...situation, estimateBps: 400_000 })).toBeUndefined();
  });

  test('come ever more seldom while they do not help, and soon again after a drop', () => {
    const plan = new ProbePlan();
    plan.start(0, 300_000);
    while (plan.next(0, situation)) {}
    const at: number[] = [];
    for (let now = 100; now < 60_000; now += 100) if (plan.next(now, situation)) at.push(now);
    expect(at.slice(0, 5)).toEqual([1_000, 3_000, 7_000, 12_000, 17_000]);
    plan.estimated(60_000, 100_000);
    expect(plan.next(62_000, situation)).toBe(600_000);
  });

  test('wait while the path is overused or loses packets', () => {
    const plan = new ProbePlan();
    plan.start(0, 300_000);
    while (plan.next(0, situation)) {}
    expect(plan.next(2_000, { ...situation, isOverused: true })).toBeUndefined();
    expect(plan.next(4_000, { ...situation, isLossLimited: true })).toBeUndefined();
    expect(plan.next(6_000, { ...situation, lastDecreaseAt: 5_500 })).toBeUndefined();
    expect(plan.next(7_000, situation)).toBe(600_000);
  });

  const measured = (packets: readonly (readonly [number, number])[]): number | undefined => {
    const measurement = new ProbeMeasurement();
    measurement.begin(3, 5_000);
    return measurement.add(resultsOf(packets, 3));
  };

  test('show the rate at which they came through', () => {
    expect(measured([0, 1, 2, 3, 4].map((i) => [i * 4, 100 + i * 4]))).toBeCloseTo(2_000_000);
  });

  test('show a little less than the rate of a path that they fill', () => {
    expect(measured([0, 1, 2, 3, 4].map((i) => [i * 4, 100 + i * 8]))).toBeCloseTo(950_000);
  });

  test('show nothing when they come all at once, or in part', () => {
    expect(measured([0, 1, 2, 3, 4].map((i) => [i * 4, 100 + i / 1_000]))).toBeUndefined();
    expect(measured([0, 1, 2].map((i) => [i * 4, 100 + i * 4]))).toBeUndefined();
  });
});

test('the application is limited while it uses little of what it may', () => {
  const application = new ApplicationLimit();
  const use = (from: number, bitsPerSecond: number): void => {
    for (let now = from; now < from + 2_000; now += 10) application.sent(now, bitsPerSecond / 800, 1_000_000);
  };
  use(0, 200_000);
  expect(application.isLimited).toBe(true);
  use(2_000, 950_000);
  expect(application.isLimited).toBe(false);
});

test('the delay-based estimate falls when a queue grows, and forgets it after a silence', () => {
  const estimate = new DelayBasedEstimate(1_000_000, 30_000, 2_000_000);
  for (let i = 0; i < 100; i++) estimate.add(i * 10, resultsOf([[i * 10, i * 10 * 1.2]]), 800_000, undefined, 50);
  expect(estimate.bitsPerSecond).toBeLessThan(700_000);
  expect(estimate.usage).toBe('over');
  estimate.add(5_000, resultsOf([[5_000, 5_050]]), 600_000, undefined, 50);
  expect(estimate.usage).toBe('normal');
});

describe('competition', () => {
  /** How many milliseconds of each second it is believed, under a queue that depends on whether we hold back. */
  const believed = (seconds: number, queueMs: (isHoldingBack: boolean, now: number) => number): number[] => {
    const competition = new Competition();
    let heldAt = Number.NEGATIVE_INFINITY;
    return Array.from({ length: seconds }, (_, second) => {
      let ms = 0;
      for (let now = second * 1_000; now < (second + 1) * 1_000; now += 50) {
        if (competition.update(now, queueMs(now - heldAt < 1_500, now), 1_000_000)) heldAt = now;
        if (competition.isCompeting) ms += 50;
      }
      return ms;
    });
  };

  test('is believed while a queue stands that we do not fill, with pauses to look', () => {
    const seconds = believed(40, () => 150);
    expect(seconds.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(seconds.filter((ms) => ms === 1_000).length).toBeGreaterThan(25);
    expect(seconds.slice(10).some((ms) => ms === 0)).toBe(true);
  });

  test('is not believed where the queue goes when we hold back, and ends when it does', () => {
    expect(believed(40, (isHoldingBack) => (isHoldingBack ? 10 : 150)).every((ms) => ms === 0)).toBe(true);
    const seconds = believed(40, (isHoldingBack, now) => (isHoldingBack && now > 10_000 ? 10 : 150));
    expect(seconds[10]).toBe(1_000);
    expect(seconds.slice(18).every((ms) => ms === 0)).toBe(true);
  });

  test('is of those who have less than their part of what the path carried before', () => {
    const competition = new Competition();
    for (let now = 0; now < 1_000; now += 50) competition.update(now, 0, 3_000_000);
    for (let now = 1_000; now < 10_000; now += 50) competition.update(now, 150, 1_500_000);
    expect(competition.isCompeting).toBe(true);
    expect([1_500_000, 1_000_000].map((rate) => competition.isStarving(rate))).toEqual([false, true]);
  });

  test('is not believed for a queue that comes and goes', () => {
    expect(believed(40, (_, now) => (Math.floor(now / 2_000) % 2 === 0 ? 200 : 5)).every((ms) => ms === 0)).toBe(true);
  });
});

test('the congestion window tells encoders to give less while too much is on its way', () => {
  const window = new CongestionWindow();
  for (let i = 0; i < 10; i++) window.adapt(100_000, 1_000_000, 50);
  expect(window.isFull).toBe(true);
  expect(window.encoderShare).toBeLessThan(0.5);
  window.adapt(1_000, 1_000_000, 50);
  expect([window.isFull, window.encoderShare]).toEqual([false, 1]);
});

test('round trips are smoothed, and the shortest is remembered for some seconds', () => {
  const roundTrip = new RoundTripEstimate();
  roundTrip.add(0, 50);
  for (let now = 100; now < 4_000; now += 100) roundTrip.add(now, 200);
  expect(roundTrip.shortestMs).toBe(50);
  expect(roundTrip.smoothedMs).toBeGreaterThan(190);
  for (let now = 4_000; now < 20_000; now += 100) roundTrip.add(now, 200);
  expect(roundTrip.shortestMs).toBe(200);
});

test('without feedback of packets, reports of loss move the rate', () => {
  const reported = new ReportedLoss();
  reported.add(0, 0, 300_000, 1_000_000);
  for (let now = 1_000; now < 10_000; now += 1_000) reported.add(now, 0, 300_000, 1_000_000);
  expect(reported.bitsPerSecond).toBeGreaterThan(550_000);
  const before = reported.bitsPerSecond!;
  reported.add(11_000, 0.2, 300_000, 1_000_000);
  expect(reported.bitsPerSecond).toBeCloseTo(before * 0.9);
});
