import { describe, expect, test } from 'vitest';
import { medianOf } from './testing/figures.js';
import { rebinding } from './testing/rebinding.js';
import { connectOver, transferOver } from './testing/setup.js';

// A hundred handshakes of DTLS alone, and small MTUs, are in the tests of protocol/dtls; 10 MB and more losses in those of protocol/sctp.
describe('R-03: twenty connections of twenty', () => {
  test.each([
    [0, 500],
    [0.1, 1_000],
    [0.2, 2_000],
    [0.5, 10_000],
  ])('come about where %s of the packets are lost and a quarter is late, half of them within %s ms', async (loss, medianMs) => {
    const times: number[] = [];
    for (let seed = 1; seed <= 20; seed++) times.push(await connectOver({ delayMs: 25, loss, reorder: 0.25 }, seed));
    expect(Math.max(...times)).toBeLessThanOrEqual(30_000);
    expect(medianOf(times)).toBeLessThanOrEqual(medianMs);
  });
});

describe('R-04: a megabyte', () => {
  test.each([
    [0, 20e6], // the slow start is half of it
    [0.01, 10e6],
    [0.05, 3e6],
    [0.1, 1e6],
    [0.3, 0],
  ])(
    'arrives as it was where %s of the packets are lost, at %s bit/s and more, and never stops for ten seconds',
    async (loss, bps) => {
      const figures = await transferOver({ delayMs: 25, loss }, 1_000_000, 1);
      expect(figures.isExact).toBe(true);
      expect(figures.longestStallMs).toBeLessThan(10_000);
      expect(figures.bps).toBeGreaterThanOrEqual(bps);
    },
  );
});

test('R-09: a NAT that gives the caller another port stops sound and picture for no more than three seconds', async () => {
  const figures = await rebinding();
  expect(figures).toMatchObject({ connected: true, isSameSession: true });
  expect(figures.pictureBackMs).toBeLessThanOrEqual(3_000);
  expect(figures.soundBackMs).toBeLessThanOrEqual(3_000);
});
