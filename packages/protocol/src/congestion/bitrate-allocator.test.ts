import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitrateAllocator, type RateRequest } from './bitrate-allocator.js';

const audio: RateRequest = { kind: 'audio', weight: 1, layers: [{ minBps: 32_000, targetBps: 40_000, maxBps: 40_000 }] };
const video = (weight = 1, maxBps = 2_500_000): RateRequest => ({
  kind: 'video',
  weight,
  layers: [{ minBps: 100_000, targetBps: maxBps, maxBps }],
});
const simulcast: RateRequest = {
  kind: 'video',
  weight: 1,
  layers: [
    { minBps: 60_000, targetBps: 150_000, maxBps: 200_000 },
    { minBps: 300_000, targetBps: 500_000, maxBps: 700_000 },
    { minBps: 900_000, targetBps: 1_500_000, maxBps: 2_500_000 },
  ],
};

const layersOf = (allocator: BitrateAllocator, id: number): number[] =>
  [0, 1, 2].map((layer) => Math.round(allocator.rateOf(id, layer)));

describe('the allocator', () => {
  test('serves audio before video', () => {
    const allocator = new BitrateAllocator();
    allocator.set(1, video());
    allocator.set(2, audio);
    allocator.allocate(0, 150_000);
    expect([allocator.rateOf(2), allocator.rateOf(1)]).toEqual([40_000, 0]);
    allocator.allocate(0, 500_000);
    expect([allocator.rateOf(2), allocator.rateOf(1)]).toEqual([40_000, 460_000]);
    expect(allocator.demandBps).toBe(2_540_000);
  });

  test('says with how much nothing is switched off', () => {
    const allocator = new BitrateAllocator();
    allocator.set(1, video());
    allocator.set(2, audio);
    expect(allocator.leastBps).toBe(160_000);
    allocator.allocate(0, allocator.leastBps);
    expect([allocator.rateOf(2), allocator.rateOf(1)]).toEqual([40_000, 120_000]);
  });

  test('divides by weight what is above the least, and gives on what one cannot use', () => {
    const allocator = new BitrateAllocator();
    allocator.set(1, video(1));
    allocator.set(2, video(2));
    allocator.allocate(0, 800_000);
    expect([allocator.rateOf(1), allocator.rateOf(2)]).toEqual([300_000, 500_000]);
    allocator.set(2, video(2, 200_000));
    allocator.allocate(0, 800_000);
    expect([allocator.rateOf(1), allocator.rateOf(2)]).toEqual([600_000, 200_000]);
  });

  test('switches the track of least weight off where there is not enough for all', () => {
    const allocator = new BitrateAllocator();
    allocator.set(1, video(1));
    allocator.set(2, video(4));
    allocator.allocate(0, 150_000);
    expect([allocator.rateOf(1), allocator.rateOf(2)]).toEqual([0, 150_000]);
  });

  test('fills layers from the smallest up, each to its target, and the highest with the rest', () => {
    const allocator = new BitrateAllocator();
    allocator.set(1, simulcast);
    allocator.allocate(0, 1_900_000);
    expect(layersOf(allocator, 1)).toEqual([150_000, 500_000, 1_250_000]);
    allocator.allocate(0, 800_000);
    expect(layersOf(allocator, 1)).toEqual([150_000, 650_000, 0]);
    allocator.allocate(0, 120_000);
    expect(layersOf(allocator, 1)).toEqual([120_000, 0, 0]);
    allocator.allocate(0, 5_000_000);
    expect(allocator.sumOf(1)).toBe(200_000); // what was just switched off waits before it returns
  });

  test('brings a layer back only where there is plainly enough, and not at once', () => {
    const allocator = new BitrateAllocator();
    allocator.set(1, simulcast);
    allocator.allocate(0, 520_000);
    expect(layersOf(allocator, 1)).toEqual([150_000, 370_000, 0]);
    allocator.allocate(1_000, 440_000);
    expect(layersOf(allocator, 1)).toEqual([200_000, 0, 0]);
    allocator.allocate(5_000, 480_000);
    expect(layersOf(allocator, 1)).toEqual([200_000, 0, 0]);
    allocator.allocate(5_100, 520_000);
    expect(layersOf(allocator, 1)).toEqual([150_000, 370_000, 0]);
    allocator.allocate(6_000, 300_000);
    allocator.allocate(6_100, 700_000);
    expect(layersOf(allocator, 1)).toEqual([200_000, 0, 0]);
    expect(allocator.deadline).toBe(8_000);
    allocator.allocate(8_000, 700_000);
    expect(layersOf(allocator, 1)).toEqual([150_000, 550_000, 0]);
  });

  test('does not flap while the estimate trembles about a limit', () => {
    const allocator = new BitrateAllocator();
    allocator.set(1, simulcast);
    let switches = 0;
    let before = '';
    for (let now = 0; now < 60_000; now += 100) {
      allocator.allocate(now, 450_000 + 60_000 * Math.sin(now / 400));
      const isOn = layersOf(allocator, 1)
        .map((rate) => (rate > 0 ? 1 : 0))
        .join('');
      if (isOn !== before) switches += 1;
      before = isOn;
    }
    expect(switches).toBeLessThan(30);
  });

  test('never gives more than there is, nor more than was asked for', () => {
    const layer = fc
      .record({ min: fc.nat(500_000), target: fc.nat(1_000_000), max: fc.nat(1_000_000) })
      .map(({ min, target, max }) => ({ minBps: min, targetBps: min + target, maxBps: min + target + max }));
    const request = fc.record({
      kind: fc.constantFrom('audio' as const, 'video' as const),
      weight: fc.constantFrom(0.5, 1, 2, 4),
      layers: fc.array(layer, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 6 }), fc.array(fc.nat(8_000_000), { maxLength: 10 }), (requests, estimates) => {
        const allocator = new BitrateAllocator();
        for (const [id, one] of requests.entries()) allocator.set(id, one);
        estimates.forEach((estimate, i) => {
          allocator.allocate(i * 1_000, estimate);
          let sum = 0;
          requests.forEach((one, id) => {
            sum += allocator.sumOf(id);
            one.layers.forEach(({ minBps, maxBps }, at) => {
              const rate = allocator.rateOf(id, at);
              expect(rate === 0 || (rate >= minBps - 1 && rate <= maxBps + 1)).toBe(true);
            });
          });
          expect(sum).toBeLessThanOrEqual(estimate + 1);
        });
      }),
    );
  });
});
