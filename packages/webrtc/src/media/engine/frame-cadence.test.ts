import { describe, expect, test } from 'vitest';
import { FrameCadence } from './frame-cadence.js';

/** Frames at these instants, each of 1,000 bytes. */
function cadenceOf(instants: readonly number[]): FrameCadence {
  const cadence = new FrameCadence();
  for (const at of instants) cadence.frame(at, 1_000);
  return cadence;
}

const steady = (frames: number, gapMs: number): number[] => Array.from({ length: frames }, (_, i) => i * gapMs);

describe('the cadence of frames', () => {
  test('is counted over the last second', () => {
    const cadence = cadenceOf(steady(100, 40));
    expect(cadence.perSecond(99 * 40)).toBe(25);
    expect(cadence.perSecond(99 * 40 + 500)).toBe(13);
    expect(cadence.perSecond(99 * 40 + 1_000)).toBe(0);
  });

  test('sums gaps and their squares, so that a variance can be made of them', () => {
    const cadence = cadenceOf([0, 40, 80, 180]);
    expect(cadence.totalGap).toBeCloseTo(0.18);
    expect(cadence.totalSquaredGap).toBeCloseTo(0.04 ** 2 * 2 + 0.1 ** 2);
  });

  test('freezes where a gap is longer than usual by 150 ms and thrice the usual', () => {
    const before = steady(31, 40);
    const last = before.at(-1)!;
    expect(cadenceOf([...before, last + 189]).freezes).toBe(0);
    const frozen = cadenceOf([...before, last + 191]);
    expect(frozen).toMatchObject({ freezes: 1, pauses: 0 });
    expect(frozen.totalFreezes).toBeCloseTo(0.191);
  });

  test('pauses where nothing comes for five seconds', () => {
    const cadence = cadenceOf([...steady(10, 40), 20_000]);
    expect(cadence).toMatchObject({ freezes: 0, pauses: 1 });
    expect(cadence.totalPauses).toBeCloseTo(19.64);
  });

  test('knows frames of 2.5 times the usual size', () => {
    const cadence = cadenceOf(steady(50, 40));
    cadence.frame(2_000, 2_400);
    expect(cadence.hugeFrames).toBe(0);
    cadence.frame(2_040, 3_000);
    expect(cadence.hugeFrames).toBe(1);
  });
});
