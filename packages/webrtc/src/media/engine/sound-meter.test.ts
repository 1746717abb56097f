import { expect, test } from 'vitest';
import { levelOf, SoundMeter } from './sound-meter.js';

test('decibels below full scale are a number from 0 to 1', () => {
  expect(levelOf(0)).toBe(1);
  expect(levelOf(20)).toBeCloseTo(0.1);
  expect(levelOf(127)).toBe(0);
});

test('energy is the square of the level over time (webrtc-stats, totalAudioEnergy)', () => {
  const meter = new SoundMeter();
  for (let i = 0; i <= 50; i++) meter.packet(0xffff_ff00 + i * 960, 48_000, 20);
  expect(meter.totalDuration).toBeCloseTo(1);
  expect(meter.totalEnergy).toBeCloseTo(0.01);
});

test('late packets and packets without a level change no level', () => {
  const meter = new SoundMeter();
  meter.packet(1_920, 48_000, 0);
  meter.packet(960, 48_000, 20);
  meter.packet(2_880, 48_000, undefined);
  expect(meter.level).toBe(1);
  expect(meter.totalDuration).toBeCloseTo(0.02);
});
