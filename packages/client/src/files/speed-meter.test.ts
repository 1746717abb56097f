import { expect, test } from 'vitest';
import { SpeedMeter } from './speed-meter.js';

test('an even flow is measured as it is', () => {
  const meter = new SpeedMeter();
  for (let at = 0; at <= 10_000; at += 100) meter.add(at, at * 500);
  expect(meter.bytesPerSecond(10_000)).toBeCloseTo(500_000);
});

test('when nothing comes any more the speed sinks, to nothing in the end', () => {
  const meter = new SpeedMeter();
  for (let at = 0; at <= 2_000; at += 100) meter.add(at, at * 500);
  expect(meter.bytesPerSecond(4_000)).toBeLessThan(300_000);
  expect(meter.bytesPerSecond(60_000)).toBe(0);
});

test('the first moment says nothing', () => {
  const meter = new SpeedMeter();
  meter.add(0, 0);
  meter.add(60, 1_000_000);
  expect(meter.bytesPerSecond(60)).toBe(0);
});
